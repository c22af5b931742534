"""The walk through a root: what it finds, what it passes over, and in what order."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dofisac_tui.config import Indexing
from dofisac_tui.indexing.scan import FoundFile, Scan, UnreadableEntry
from tests.processes import as_nobody, folder_open_to_all


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    return folder


def _make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def _scan(folder: Path, excluded: Path | None = None, **options: bool) -> list[FoundFile | UnreadableEntry]:
    return list(Scan(bytes(folder), Indexing(**options), bytes(excluded or folder / "library")))


def _found(folder: Path, excluded: Path | None = None, **options: bool) -> list[str]:
    """The photos found, by their paths below the folder; the test fails when anything was unreadable."""
    found = _scan(folder, excluded, **options)
    assert not [item for item in found if isinstance(item, UnreadableEntry)]
    return [os.fsdecode(os.path.relpath(item.path, bytes(folder))) for item in found]


def test_a_file_comes_with_its_size_and_time(tree: Path) -> None:
    (tree / "a.jpg").write_bytes(b"12345")
    os.utime(tree / "a.jpg", ns=(1, 1_500_000_000_123_456_789))
    assert _scan(tree) == [FoundFile(bytes(tree / "a.jpg"), 5, 1_500_000_000_123_456_789)]


def test_only_names_of_photos_count(tree: Path) -> None:
    _make(tree, "a.jpg", "b.JPEG", "c.HeIc", "d.txt", "jpg", "e.jpg.part", "f.mp4", "in/g.webp")
    assert _found(tree) == ["a.jpg", "b.JPEG", "c.HeIc", "in/g.webp"]


def test_hidden_and_system_folders(tree: Path) -> None:
    _make(tree, ".a.jpg", ".cache/b.jpg", "._c.jpg", "@eaDir/d.jpg", "#recycle/e.jpg", "lost+found/f.jpg", "in/._g.jpg")
    assert _found(tree) == []
    assert _found(tree, hidden=True) == [".a.jpg", ".cache/b.jpg"]


def test_nomedia_ends_a_branch(tree: Path) -> None:
    _make(tree, "in/.nomedia", "in/a.jpg", "in/deep/b.jpg", "c.jpg")
    assert _found(tree) == ["c.jpg"]


def test_ignore_files_hold_for_their_branch_and_inner_ones_overrule(tree: Path) -> None:
    _make(tree, "a.png", "in/b.png", "in/keep.png", "in/deep/keep.png", "drafts/c.jpg", "other/keep.png")
    (tree / ".dofisacignore").write_text("*.png\ndrafts/\n")
    (tree / "in" / ".dofisacignore").write_text("!keep.png\n")
    assert _found(tree) == ["in/deep/keep.png", "in/keep.png"]


def test_a_bad_ignore_file_makes_its_folder_unreadable_and_no_other(tree: Path) -> None:
    _make(tree, "a.jpg", "in/b.jpg", "out/c.jpg")
    (tree / "in" / ".dofisacignore").write_text("!\n")
    first, problem, last = _scan(tree)
    assert [first.path, last.path] == [bytes(tree / "a.jpg"), bytes(tree / "out" / "c.jpg")]
    assert isinstance(problem, UnreadableEntry) and problem.is_folder
    assert "no pattern" in problem.error.title


NAMES = st.sampled_from(
    [b"a", b"a-b", b"a.jpg", b"a.png", b"ab", b"b.jpg", b"B.jpg", b"a b.jpg", b"\xff.jpg", b"a!.jpg"]
)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.lists(NAMES, min_size=1, max_size=4).map(tuple), max_size=25))
def test_the_order_is_that_of_the_bytes_of_whole_paths(paths: set[tuple[bytes, ...]]) -> None:
    folder = os.fsencode(tempfile.mkdtemp())
    try:
        expected = set()
        for parts in paths:
            path = os.path.join(folder, *parts)
            try:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "xb"):
                    if path.endswith((b".jpg", b".png")):
                        expected.add(path)
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                continue  # the name is taken by a file, or by a folder
        found = [item.path for item in Scan(folder, Indexing(), b"/nowhere")]
    finally:
        shutil.rmtree(folder)
    assert found == sorted(expected)


def test_what_is_named_like_a_photo_and_is_none(tree: Path) -> None:
    os.mkfifo(tree / "fifo.jpg")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tree / "socket.jpg"))
    (tree / "broken.jpg").symlink_to("nowhere.jpg")
    (tree / "loop.jpg").symlink_to("loop.jpg")
    _make(tree, "folder.jpg/a.jpg", "notes.txt")
    (tree / "broken.txt").symlink_to("nowhere")
    found = {os.path.relpath(item.path, bytes(tree)): item for item in _scan(tree)}
    problems = {
        name: (item.error.failure_class, item.error.title, item.is_folder)
        for name, item in found.items()
        if isinstance(item, UnreadableEntry)
    }
    assert problems == {
        b"broken.jpg": ("unreadable", "This link leads nowhere", False),
        b"fifo.jpg": ("unsupported", "This is not a regular file", False),
        b"loop.jpg": ("unreadable", "This link leads in a circle", False),
        b"socket.jpg": ("unsupported", "This is not a regular file", False),
    }
    assert found.keys() - problems.keys() == {b"folder.jpg/a.jpg"}


def test_a_link_to_a_photo_is_a_photo(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.jpg").write_bytes(b"123")
    (tree / "a.jpg").symlink_to(tmp_path / "elsewhere.jpg")
    (file,) = _scan(tree)
    assert isinstance(file, FoundFile) and file.size == 3


def test_links_to_folders_are_entered_only_when_wanted_and_each_folder_once(tree: Path, tmp_path: Path) -> None:
    _make(tree, "in/a.jpg", "b.jpg")
    _make(tmp_path, "out/c.jpg", "out/deep/d.jpg")
    for name, target in (
        ("to_out", tmp_path / "out"),
        ("to_out_again", tmp_path / "out"),
        ("up", tree),
        ("in/up", tree / "in"),
        ("in/round", tree / "in" / "round"),
        ("to_deep", tmp_path / "out" / "deep"),
    ):
        (tree / name).symlink_to(target)
    (tmp_path / "out" / "back").symlink_to(tree)
    assert _found(tree) == ["b.jpg", "in/a.jpg"]
    assert _found(tree, follow_links=True) == ["b.jpg", "in/a.jpg", "to_deep/d.jpg", "to_out/c.jpg"]


@pytest.mark.parametrize("follow_links", [False, True])
def test_the_library_is_never_entered(tree: Path, follow_links: bool) -> None:
    _make(tree, "a.jpg", "library/thumbs/b.jpg", "libraries/c.jpg")
    (tree / "link").symlink_to(tree / "library")
    assert _found(tree, tree / "library", follow_links=follow_links) == ["a.jpg", "libraries/c.jpg"]


def test_the_library_is_known_by_any_path(tree: Path, tmp_path: Path) -> None:
    _make(tree, "a.jpg", "library/b.jpg")
    (tmp_path / "link").symlink_to(tree)
    assert _found(tmp_path / "link", tree / "library") == ["a.jpg"]


@contextlib.contextmanager
def _nested(folder: Path, name: str, depth: int) -> Iterator[None]:
    """Folders inside each other, a photo in the innermost, removed by a tool that has no stack to overflow."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        for _ in range(depth):
            Path(name).mkdir()
            os.chdir(name)
        Path("a.jpg").touch()
        yield
    finally:
        os.chdir(before)
        subprocess.run(["rm", "-r", folder / name], check=True)


def test_folders_may_be_nested_deeper_than_the_stack(tree: Path) -> None:
    _make(tree, "e.jpg")
    with _nested(tree, "d", 1500):
        assert [len(Path(name).parts) for name in _found(tree)] == [1501, 1]


def test_a_path_too_long_for_the_system_is_told_and_the_rest_is_read(tree: Path) -> None:
    _make(tree, "e.jpg")
    with _nested(tree, "d" * 250, 20):
        problem, file = _scan(tree)
    assert isinstance(problem, UnreadableEntry) and problem.is_folder
    assert file.path == bytes(tree / "e.jpg")


@pytest.fixture
def closed_tree() -> Iterator[Path]:
    """Folders that everybody may list but for `closed`."""
    with folder_open_to_all() as folder:
        _make(folder, "a.jpg", "closed/b.jpg", "closed.jpg", "open/c.jpg")
        (folder / "closed").chmod(0o000)
        yield folder
        (folder / "closed").chmod(0o700)


def test_a_folder_without_permission_is_told_and_the_rest_is_read(closed_tree: Path) -> None:
    lines = as_nobody(lambda: "\n".join(f"{type(item).__name__} {item.path.decode()}" for item in _scan(closed_tree)))
    assert lines.splitlines() == [
        f"FoundFile {closed_tree}/a.jpg",
        f"FoundFile {closed_tree}/closed.jpg",
        f"UnreadableEntry {closed_tree}/closed",
        f"FoundFile {closed_tree}/open/c.jpg",
    ]


def test_what_goes_while_it_is_walked_is_no_failure(tree: Path) -> None:
    _make(tree, "a.jpg", "b.jpg", "c/d.jpg")
    walk = iter(Scan(bytes(tree), Indexing(), b"/nowhere"))
    assert next(walk).path == bytes(tree / "a.jpg")
    (tree / "b.jpg").unlink()
    shutil.rmtree(tree / "c")
    (folder,) = walk
    assert isinstance(folder, UnreadableEntry) and folder.is_folder  # what was below it is unknown
    assert folder.error.title == "This folder went while it was read"
