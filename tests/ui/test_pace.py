"""Pictures go out as fast as the line takes them, and no faster."""

import asyncio
import re

from hypothesis import given
from hypothesis import strategies as st

from dofisac_tui.ui.pictures.flow_control import LEAST_WINDOW, NUMBERS, WINDOW_SECONDS, FlowControl


class Clock:
    """A clock that is put on by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def column(question: str) -> int:
    found = re.search(r"\x1b\[2;(\d+)H\x1b\[6n", question)
    assert found
    return int(found[1])


async def waits(flow_control: FlowControl) -> bool:
    try:
        await asyncio.wait_for(flow_control.turn(), 0.05)
    except TimeoutError:
        return True
    return False


async def test_a_full_window_holds_the_next_picture_back_until_an_answer_comes() -> None:
    flow_control = FlowControl(answers=True, clock=Clock())
    questions = [flow_control.sent(LEAST_WINDOW // 2) for _ in range(2)]
    assert await waits(flow_control)
    flow_control.answered(column(questions[0]))
    assert not await waits(flow_control)


async def test_the_window_grows_with_the_line() -> None:
    clock = Clock()
    flow_control = FlowControl(answers=True, clock=clock)
    for _ in range(40):
        question = flow_control.sent(100_000)
        clock.now += 0.01  # ten megabytes a second
        flow_control.answered(column(question))
    assert 0.8 < flow_control.window / (10_000_000 * WINDOW_SECONDS) <= 1.01
    for _ in range(40):
        question = flow_control.sent(10_000)
        clock.now += 1.0
        flow_control.answered(column(question))
    assert flow_control.window == LEAST_WINDOW


async def test_a_remote_line_is_slow_until_it_is_found_to_be_fast() -> None:
    clock = Clock()
    for remote in (True, False):
        flow_control = FlowControl(answers=True, remote=remote, clock=clock)
        assert flow_control.is_slow is remote
        for seconds, slow in ((0.01, False), (1.0, remote)):
            for _ in range(20):
                question = flow_control.sent(50_000)
                clock.now += seconds
                flow_control.answered(column(question))
            assert flow_control.is_slow is slow


async def test_a_terminal_that_never_answers_is_never_asked() -> None:
    flow_control = FlowControl(answers=False)
    assert [flow_control.sent(10**6) for _ in range(5)] == [""] * 5
    assert not await waits(flow_control)


async def test_an_answer_that_never_comes_holds_nothing_up_for_long() -> None:
    flow_control = FlowControl(answers=True)
    for _ in range(6):
        flow_control.sent(LEAST_WINDOW)
        await asyncio.wait_for(flow_control.turn(), 5)
    assert flow_control.sent(1) == ""


@given(st.lists(st.integers(0, 10**6) | st.integers(-NUMBERS, -1)))
def test_whatever_is_answered_nothing_is_counted_twice(steps: list[int]) -> None:
    flow_control = FlowControl(answers=True, clock=Clock())
    for step in steps:
        if step < 0:
            flow_control.answered(-step)
        else:
            flow_control.sent(step)
        assert flow_control._unanswered == sum(size for size, _ in flow_control._under_way.values())
