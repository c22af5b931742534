"""Which files and folders are passed over."""

import shutil
import subprocess
from pathlib import Path

import pytest
from pathspec import GitIgnoreSpec

from dofisac_tui.errors import PhotoError
from dofisac_tui.indexing.ignore import IGNORE_FILE, IgnoreRules, is_system_name


@pytest.mark.parametrize(
    ("name", "normally", "with_hidden"),
    [
        (b"a.jpg", False, False),
        (b".hidden.jpg", True, False),
        (b".thumbnails", True, False),
        (b"._a.jpg", True, True),
        (b"@eaDir", True, True),
        (b"#recycle", True, True),
        (b"$RECYCLE.BIN", True, True),
        (b"lost+found", True, True),
        (b"__MACOSX", True, True),
        (b"eaDir", False, False),
    ],
)
def test_names_of_systems(name: bytes, normally: bool, with_hidden: bool) -> None:
    assert is_system_name(name, hidden=False) is normally
    assert is_system_name(name, hidden=True) is with_hidden


def _rules(folder: Path, text: str | bytes, outer: IgnoreRules | None = None) -> IgnoreRules:
    folder.mkdir(exist_ok=True)
    (folder / IGNORE_FILE.decode()).write_bytes(text if isinstance(text, bytes) else text.encode())
    return (outer or IgnoreRules()).entering(bytes(folder), {IGNORE_FILE})


def _ignored(rules: IgnoreRules, folder: Path, *names: str) -> list[str]:
    """Those of the names that are passed over; a name that ends in a slash is a folder."""
    return [name for name in names if rules.ignores(bytes(folder / name), name.endswith("/"))]


def test_a_folder_without_rules_has_those_of_the_outer_one(tmp_path: Path) -> None:
    rules = _rules(tmp_path, "*.png")
    assert rules.entering(bytes(tmp_path / "in"), {b"a.png"}) is rules
    assert _ignored(rules, tmp_path, "a.png", "in/b.png", "a.jpg") == ["a.png", "in/b.png"]
    assert _ignored(IgnoreRules(), tmp_path, "a.png") == []


def test_an_inner_file_overrules_an_outer_one_and_speaks_for_its_folder_only(tmp_path: Path) -> None:
    outer = _rules(tmp_path, "*.png\nraw/\n")
    inner = _rules(tmp_path / "in", "!keep*.png\n/*.jpg\n", outer)
    names = ("in/a.png", "in/keep.png", "in/deep/keep.png", "in/a.jpg", "in/deep/a.jpg", "in/raw/", "in/raw")
    assert _ignored(inner, tmp_path, *names) == ["in/a.png", "in/a.jpg", "in/raw/"]
    assert _ignored(outer, tmp_path, "keep.png", "a.jpg") == ["keep.png"]


PATTERNS = [
    "*.png", "/a.jpg", "a.jpg", "deep/", "deep/*", "**/deep", "a/**/z.jpg", "# a.jpg", r"\#a.jpg",
    "a*\n!a.jpg", "/*\n!/deep/", "[ab].jpg", "?.jpg", "a.jpg ", r"a\ b.jpg", "b c.jpg", "é*.jpg",
]  # fmt: skip
FILES = (
    "a.jpg",
    "b.jpg",
    "a.png",
    "#a.jpg",
    "a b.jpg",
    "b c.jpg",
    "été.jpg",
    "deep/a.jpg",
    "x/deep/b.gif",
    "a/x/z.jpg",
)


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_syntax_is_that_of_git(tmp_path: Path, pattern: str) -> None:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text(pattern)
    git = subprocess.run(
        ["git", "-c", "core.quotePath=off", "check-ignore", "--no-index", *FILES, "deep", "x/deep"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    ignored = _ignored(_rules(tmp_path, pattern), tmp_path, *FILES, "deep/", "x/deep/")
    assert [name.rstrip("/") for name in ignored] == git.stdout.splitlines()


def test_lines_end_as_any_editor_ends_them_and_hold_any_byte(tmp_path: Path) -> None:
    rules = _rules(tmp_path, b"\xef\xbb\xbfa.jpg\r\nb\x0bc.jpg\r\n\xff.jpg\n" + "d\u2028e.jpg".encode())
    assert _ignored(rules, tmp_path, "a.jpg", "b\x0bc.jpg", "b", "c.jpg", "d\u2028e.jpg", "e.jpg") == [
        "a.jpg",
        "b\x0bc.jpg",
        "d\u2028e.jpg",
    ]
    assert rules.ignores(bytes(tmp_path) + b"/\xff.jpg", is_folder=False)
    assert not rules.ignores(bytes(tmp_path) + b"/\xfe.jpg", is_folder=False)


def test_a_line_that_is_no_pattern_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        PhotoError, match=r"\.dofisacignore in this folder has a line that is no pattern: .*'!'"
    ) as wrong:
        _rules(tmp_path, "*.png\n!\n")
    assert wrong.value.failure_class == "unreadable"


def test_the_rules_of_the_topmost_folder(tmp_path: Path) -> None:
    rules = IgnoreRules(((b"/", GitIgnoreSpec.from_lines(["/proc/", "*.png"])),))
    assert rules.ignores(b"/proc", is_folder=True)
    assert rules.ignores(b"/home/a.png", is_folder=False)
    assert not rules.ignores(b"/home/proc", is_folder=True)
