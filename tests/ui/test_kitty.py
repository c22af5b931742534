"""Kitty's pictures: uploaded once, drawn by characters, and forgotten at the end."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.fake_terminal import FakeTerminal
from dofisac_tui.ui.pictures import kitty_images
from dofisac_tui.ui.pictures.kitty_images import KittyImages, Upload
from tests.ui.kitty_terminal import KittyTerminal


@pytest.fixture
def terminal(library_folder: Path) -> Iterator[FakeTerminal]:
    """The app in a terminal that answers as kitty does."""
    command = [sys.executable, "-m", "dofisac_tui", "--library", str(library_folder), "open", "--no-watch"]
    terminal = FakeTerminal(command, protocol="kitty")
    yield terminal
    terminal.process.kill()
    terminal.process.wait()


def press(terminal: FakeTerminal, kitty: KittyTerminal, keys: bytes) -> None:
    """Press keys and take in all that they lead to."""
    terminal.press(keys)
    terminal.quiet(0.7)
    kitty.read(terminal.screen)


def test_a_picture_is_uploaded_once_however_often_it_is_drawn(terminal: FakeTerminal) -> None:
    kitty = KittyTerminal()
    photos = 11
    terminal.until(lambda screen: screen.count(b"a=p") >= photos)
    terminal.quiet(1.5)
    kitty.read(terminal.screen)
    for key in (b"l", b"h", b"\x1b[13~", b"\x1b[12~", b"?", b"\x1b", b"\x10", b"\x1b"):  # people, search, help, palette
        press(terminal, kitty, key)
    assert set(kitty.uploads.values()) == {1}
    assert kitty.missing == []
    before = set(kitty.images)
    terminal.press(b"\x0c")  # a terminal that was cleared gets them anew
    terminal.until(lambda screen: screen.count(b"a=p") >= photos)
    terminal.quiet(1.5)
    kitty.read(terminal.screen)
    assert kitty.uploads.most_common(1)[0][1] == 2
    assert kitty.missing == []
    assert set(kitty.images) < before
    terminal.press(b"q")
    terminal.quiet(0.7)
    assert terminal.process.wait(30) == 0
    terminal.quiet(0.1)
    kitty.read(terminal.screen)
    assert kitty.images == {}


def test_pictures_drawn_longest_ago_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kitty_images, "MOST_PICTURES", 2)
    sent: list[str] = []
    pictures = KittyImages(sent.append)
    one, two, three = (Upload(number, f"<{number}>", 100) for number in (1, 2, 3))
    for upload in (one, two, one, three, one):
        pictures.hold(upload)
    assert sent == ["<1>", "<2>", "<3>", "\x1b_Ga=d,d=I,i=2,q=2\x1b\\"]
    assert two not in pictures
    pictures.forget_all()
    assert one not in pictures


def test_what_the_terminal_holds_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kitty_images, "MOST_BYTES", 250)
    sent: list[str] = []
    pictures = KittyImages(sent.append)
    for number in range(5):
        pictures.hold(Upload(number, "", 100))
    assert [Upload(number, "", 100) in pictures for number in range(5)] == [False, False, False, True, True]
    pictures.hold(Upload(9, "", 1000))  # one that is larger than all is held nevertheless
    assert Upload(9, "", 1000) in pictures
