"""One registry of actions: what is bound exists, is documented, and can be changed without silent mistakes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.command import CommandList, CommandPalette
from textual.driver import Driver
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import Input

from dofisac_tui.config import Settings
from dofisac_tui.errors import ConfigError
from dofisac_tui.ui.app import DofisacApp
from dofisac_tui.ui.duplicates.duplicates_screen import DuplicatesScreen
from dofisac_tui.ui.keys.actions import ACTIONS, BY_NAME, PRESETS, SCREENS, actions_of, key_line
from dofisac_tui.ui.keys.key_document import key_document
from dofisac_tui.ui.keys.keymap import keymap
from dofisac_tui.ui.photo.photo_screen import PhotoScreen
from dofisac_tui.ui.pictures.flow_control import FlowControl
from dofisac_tui.ui.pictures.picture import Picture
from dofisac_tui.ui.pictures.terminal import Protocol
from dofisac_tui.ui.screen_table import screen_class
from dofisac_tui.ui.search.search_screen import SearchScreen
from dofisac_tui.ui.status.welcome_screen import WelcomeScreen
from tests.ui.conftest import MakeApp
from tests.ui.helpers import said, searching, shown, until

CLASSES = {**{name: screen_class(name) for name in SCREENS}, "photo": PhotoScreen, "welcome": WelcomeScreen}


@pytest.mark.parametrize("screen", CLASSES)
def test_every_action_of_a_screen_has_its_method(screen: str) -> None:
    missing = [
        action.name
        for action in actions_of(screen)
        if not callable(getattr(CLASSES[screen], f"action_{action.method.partition('(')[0]}", None))
    ]
    assert missing == []


def test_every_main_screen_exists() -> None:
    assert set(DofisacApp.MODES) == set(SCREENS)


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_have_no_mistakes(preset: str) -> None:
    keys = keymap({"preset": preset})
    assert set(keys) == set(BY_NAME)


def test_names_are_given_once() -> None:
    assert len(BY_NAME) == len(ACTIONS)


@pytest.mark.parametrize("screen", [*SCREENS, "photo", "welcome"])
def test_the_key_line_is_short_and_leads_to_all_keys(screen: str) -> None:
    line = key_line(screen, keymap({}))
    assert len(line) <= 8
    assert line[-1] == ("?", "keys")


def test_the_document_is_what_the_registry_says() -> None:
    document = Path(__file__).parents[2] / "KEYS.md"
    assert document.read_text(encoding="utf-8") == key_document(keymap({})), "make it anew: dofisac-tui keys > KEYS.md"


def test_every_mistake_is_told_at_once() -> None:
    wrong = {
        "preset": "vim",
        "vote.yess": "p",
        "vote.redo": "ctrl+m",
        "move.left": "blah",
        "vote.yes": "n",
        "vote.undo": 3,
    }
    with pytest.raises(ConfigError) as told:
        keymap(wrong)
    for words in (
        "'vim'",
        "vote.yess",
        "did you mean vote.yes",
        "ctrl+m",
        "'blah'",
        "n means both",
        "vote.undo must be",
    ):
        assert words in str(told.value)


@pytest.mark.parametrize(
    ("key", "instead"),
    [("shift+a", "'A'"), ("ctrl+A", "'ctrl+a'"), ("ctrl+shift+a", "'ctrl+a'"), ("<any>", "not a key")],
)
def test_keys_that_no_terminal_sends_are_told(key: str, instead: str) -> None:
    with pytest.raises(ConfigError) as told:
        keymap({"vote.redo": key})
    assert instead in str(told.value)


@given(st.dictionaries(st.text(max_size=12) | st.sampled_from(list(BY_NAME)), st.text(max_size=6) | st.integers()))
def test_settings_of_any_kind_are_taken_or_refused(settings: dict[str, object]) -> None:
    try:
        keys = keymap(settings)
    except ConfigError:
        return
    assert set(keys) == set(BY_NAME)


async def test_a_changed_key_does_what_the_old_one_did(make_app: MakeApp) -> None:
    app = make_app(settings=Settings(keys={"app.next_screen": "ctrl+t"}))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("tab")
        assert app.current_mode == "search"
        await pilot.press("ctrl+t")
        await pilot.pause()
        assert app.current_mode == "people"


async def test_words_name_the_keys_in_force(make_app: MakeApp) -> None:
    app = make_app(settings=Settings(keys={"watcher.toggle": "ctrl+w", "score.1": "ctrl+a", "score.6": "ctrl+e"}))
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("f8")
        await until(pilot, lambda: "ctrl+w: start" in shown(app))
        await pilot.press("f3")
        await until(pilot, lambda: "ctrl+a-ctrl+e score" in shown(app))


async def in_palette(pilot: Pilot[Any]) -> list[str]:
    """What it offers, once it has found something."""
    command_list = pilot.app.screen.query_one(CommandList)
    await until(pilot, lambda: command_list.option_count)
    return [str(option.prompt) for option in command_list.options]


async def test_the_palette_has_every_action_of_the_screen_and_its_key(make_app: MakeApp) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        offered = await in_palette(pilot)
        moving = [action for action in actions_of("search") if action.name.startswith("move.")]
        assert len(offered) == len(list(actions_of("search"))) - len(moving) - 1  # without the palette itself
        assert "f3        people: Go to People" in offered
        await pilot.press(*"people", "enter")
        await until(pilot, lambda: app.current_mode == "people")


@pytest.mark.parametrize(
    ("screen", "typed", "first"),
    [
        ("review", "skip", "s         skip"),
        ("people", "merge", "m         merge"),
        ("people", "show or hide", "I         show ignored"),
    ],
)
async def test_the_palette_finds_what_is_called_or_does_what_was_typed(
    make_app: MakeApp, screen: str, typed: str, first: str
) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=(100, 30)) as pilot:
        await app.go_to(screen)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await pilot.press(*typed)
        await pilot.pause(0.5)
        assert (await in_palette(pilot))[0].startswith(first)


@pytest.mark.parametrize("protocol", [Protocol.SIXEL, Protocol.HALFBLOCKS])
async def test_below_the_palette_nothing_is_sent_behind_pictures(make_app: MakeApp, protocol: Protocol) -> None:
    app = make_app(protocol)
    app.flow_control = FlowControl(answers=True)
    async with searching(app) as (pilot, screen):
        picture = next(each for each in screen.grid.query(Picture))
        await until(pilot, lambda: picture.encoded)

        def sent() -> str:
            strips = picture.render_lines(Region.from_offset((0, 0), picture.size))
            return "".join(segment.text for segment in strips[-1] if segment.control)

        assert sent()
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        assert not sent()


@pytest.mark.parametrize("screen", SCREENS)
async def test_a_search_begins_on_every_screen(make_app: MakeApp, screen: str) -> None:
    app = make_app(Protocol.NONE)
    async with app.run_test(size=(100, 30)) as pilot:
        await app.go_to(screen)
        await pilot.press("slash")
        await until(pilot, lambda: app.current_mode == "search" and isinstance(app.focused, Input))


async def test_keys_typed_while_the_terminal_was_asked_do_what_they_do_later(make_app: MakeApp) -> None:
    app = make_app(Protocol.NONE)
    app.terminal = replace(app.terminal, typed="\t/coffee\n")
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "people" in app._screen_stacks)
        search = app.screen
        assert isinstance(search, SearchScreen)
        await until(pilot, lambda: search._request.query.text == "coffee")


async def test_the_screen_is_drawn_anew_when_the_app_comes_back(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(Protocol.NONE)
    drawn: list[bool] = []
    async with searching(app) as (pilot, _):
        monkeypatch.setattr(app, "redraw", lambda: drawn.append(True))
        app.post_message(Driver.SignalResume())
        await until(pilot, lambda: drawn)


async def test_without_a_shell_behind_it_the_app_is_not_stopped(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[bool] = []
    app = make_app(Protocol.NONE)
    monkeypatch.setattr(app, "action_suspend_process", lambda: stopped.append(True))
    async with searching(app) as (pilot, _):
        for shell in (False, True):
            monkeypatch.setattr("dofisac_tui.ui.base.library_screen.has_job_control", lambda shell=shell: shell)
            await pilot.press("ctrl+z")
            assert bool(stopped) is shell
        assert "Not started from a shell" in said(app)


async def test_a_group_that_is_read_while_somebody_goes_on_is_not_opened(make_app: MakeApp) -> None:
    app = make_app(Protocol.NONE)
    async with searching(app) as (pilot, _):
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, DuplicatesScreen) and app.screen.group)
        duplicates = app.screen
        assert isinstance(duplicates, DuplicatesScreen)
        assert duplicates.group
        opening = duplicates._open_group(duplicates.group)
        await app.go_to("search")
        await opening
        await pilot.pause()
        assert len(app.screen_stack) == 1
