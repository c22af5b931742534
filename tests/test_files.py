"""Files of our own are whole or not there, and nobody else's to read."""

import os
from pathlib import Path

import pytest

from dofisac_tui.files import locked, make_private_folder, remove_unfinished, replacing


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize("durable", [True, False])
def test_the_new_file_takes_the_place_of_the_old_one_at_the_end(tmp_path: Path, durable: bool) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    with replacing(target, durable) as building:
        building.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert _mode(target) == 0o600
    assert os.listdir(tmp_path) == ["file"]


def test_after_an_error_everything_is_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt), replacing(target) as building:
        building.write_text("half")
        raise KeyboardInterrupt
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_folders_and_files_are_private_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        with replacing(tmp_path / "a" / "b" / "file") as building:
            building.write_bytes(b"")
    finally:
        os.umask(before)
    assert [_mode(tmp_path / name) for name in ("a", "a/b", "a/b/file")] == [0o700, 0o700, 0o600]


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o755)
    make_private_folder(tmp_path / "a" / "b")
    assert (_mode(tmp_path / "a"), _mode(tmp_path / "a" / "b")) == (0o755, 0o700)
    make_private_folder(tmp_path / "a" / "b")


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in (".0123abcd.file", ".0123abcd.other", "file"):
        (tmp_path / name).touch()
    remove_unfinished(tmp_path / "file")
    assert sorted(os.listdir(tmp_path)) == [".0123abcd.other", "file"]


@pytest.mark.parametrize("name", ["folder", "file"])
def test_a_lock_keeps_others_out_until_it_is_released(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    path = tmp_path / name
    with locked(path) as first, locked(path, 0.05) as second:
        assert first is not None and second is None
    with locked(path, 0, shared=True) as first, locked(path, 0, shared=True) as second, locked(path, 0) as third:
        assert first is not None and second is not None and third is None


def test_a_shared_lock_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), locked(tmp_path / "file", 0, shared=True):
        pass
