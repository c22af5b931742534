"""What the app uses of Textual under a private name is still there, and does what it did."""

import inspect
from typing import ClassVar

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from dofisac_tui.ui.textual_internals import (
    BatchedScreen,
    ClosingApp,
    forward_key,
    parse_input,
    run_binding,
    wait_for_repaint,
    wait_until_mounted,
)


class Counting(ClosingApp):
    BINDINGS: ClassVar = [("x", "count", "count")]
    counted = 0

    def compose(self) -> ComposeResult:
        yield Input()

    def action_count(self) -> None:
        self.counted += 1


@pytest.mark.parametrize(
    ("owner", "method"),
    [
        (Screen, "_compositor_refresh"),
        (App, "_handle_exception"),
        (App, "_check_bindings"),
        (Widget, "_forward_event"),
        (events.Key, "_set_forwarded"),
    ],
)
def test_the_private_methods_are_there(owner: type, method: str) -> None:
    assert inspect.isfunction(getattr(owner, method))


def test_typed_bytes_become_keys() -> None:
    keys = [message.key for message in parse_input("a\x1b[B\r") if isinstance(message, events.Key)]
    assert keys == ["a", "down", "enter"]


async def test_a_binding_runs_before_the_call_returns() -> None:
    app = Counting()
    async with app.run_test():
        app.set_focus(None)
        await run_binding(app, events.Key("x", "x"))
        assert app.counted == 1


async def test_a_forwarded_key_reaches_one_widget_and_no_binding() -> None:
    app = Counting()
    async with app.run_test() as pilot:
        line = app.query_one(Input)
        forward_key(line, events.Key("x", "x"))
        await pilot.pause()
        assert (line.value, app.counted) == ("x", 0)


async def test_a_screen_can_be_awaited_and_a_repaint_too() -> None:
    app = Counting()
    async with app.run_test():
        app.push_screen(Screen())
        await wait_until_mounted(app.screen)
        assert app.screen.is_mounted
        with app.batch_update():
            assert app._batch_count == 1
        await wait_for_repaint(app.screen)


async def test_a_batched_screen_is_painted_after_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[bool] = []
    original = Screen._compositor_refresh

    def record(screen: Screen[object]) -> None:
        painted.append(bool(screen.app._batch_count))
        original(screen)

    monkeypatch.setattr(Screen, "_compositor_refresh", record)
    app = Counting()
    async with app.run_test() as pilot:
        app.push_screen(BatchedScreen())
        await pilot.pause()
        with app.batch_update():
            app.screen._compositor_refresh()
            assert app.screen._repaint_required
        await pilot.pause()
    assert painted
    assert not any(painted)


async def test_a_missing_widget_is_an_error_until_the_app_is_closing(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Exception] = []
    monkeypatch.setattr(App, "_handle_exception", lambda _, error: heard.append(error))
    app = Counting()
    async with app.run_test():
        app._handle_exception(NoMatches())
        assert len(heard) == 1
        app._exit = True
        app._handle_exception(NoMatches())
        app._handle_exception(ValueError())
        assert [type(error) for error in heard] == [NoMatches, ValueError]
        app._exit = False
