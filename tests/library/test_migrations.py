"""A library of an older version is brought up to date, after a backup copy, by one process at a time."""

import shutil
from multiprocessing import get_context
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from dofisac_tui.errors import LibraryError
from dofisac_tui.library import meta
from dofisac_tui.library import migrations as migrations_module
from dofisac_tui.library.database import FILE_NAME, MIGRATIONS, create_library, open_library
from dofisac_tui.library.migrations import migrations
from tests.processes import meet


def _first(count: int) -> Migrations:
    """The migrations of an older version of this program."""
    blank = Database(memory=True)
    older = Migrations("dofisac")
    for migration in migrations.pending(blank)[:count]:
        older(name=migration.name)(migration.fn)
    blank.close()
    return older


def test_the_names_are_those_of_the_migrations() -> None:
    blank = Database(memory=True)
    assert tuple(migration.name for migration in migrations.pending(blank)) == MIGRATIONS
    blank.close()


@pytest.fixture
def old_library(tmp_path: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrations_module, "migrations", _first(2))
        with create_library(tmp_path) as library, library.write() as connection:
            meta.put(connection, "key", "value")
            assert not library.rows("SELECT 1 FROM sqlite_master WHERE name = 'votes'")
    return tmp_path


def _backups(folder: Path) -> list[Path]:
    return sorted(folder.glob("library-before-migration-*"))


@pytest.mark.parametrize("read_only", [False, True])
def test_an_old_library_is_brought_up_to_date_after_a_backup(old_library: Path, read_only: bool) -> None:
    with open_library(old_library, read_only) as library:
        assert library.value("SELECT COUNT(*) FROM votes") == 0
        assert meta.get(library, "key") == "value"
    (backup,) = _backups(old_library)
    assert backup.stat().st_mode & 0o777 == 0o600
    copy = Database(backup)
    assert "votes" not in copy.table_names()
    assert copy.execute("SELECT value FROM meta WHERE key = 'key'").fetchone() == ("value",)
    copy.close()


def test_a_library_that_is_up_to_date_is_not_copied(old_library: Path) -> None:
    for _ in range(2):
        open_library(old_library).close()
    assert len(_backups(old_library)) == 1


def test_a_backup_is_a_library_that_opens(old_library: Path, tmp_path: Path) -> None:
    open_library(old_library).close()
    restored = tmp_path / "restored"
    restored.mkdir()
    _backups(old_library)[0].rename(restored / FILE_NAME)
    with open_library(restored) as library:
        assert meta.get(library, "key") == "value"
        assert library.value("PRAGMA journal_mode") == "wal"


def _open_each(folders: list[Path], place: Path) -> list[int]:
    votes = []
    for number, folder in enumerate(folders):
        meet(place, f"start{number}")
        with open_library(folder) as library:
            votes.append(library.value("SELECT COUNT(*) FROM votes"))
    return votes


def test_two_processes_that_open_an_old_library_at_once(
    old_library: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("copies")
    folders = [place / str(number) for number in range(10)]
    for folder in folders:
        shutil.copytree(old_library, folder)
    with get_context("spawn").Pool(2) as pool:
        assert pool.starmap(_open_each, [(folders, place)] * 2, chunksize=1) == [[0] * 10] * 2
    assert [len(_backups(folder)) for folder in folders] == [1] * 10


def test_a_migration_that_fails_changes_nothing(old_library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = _first(2)

    @broken()
    def breaks(db: Database) -> None:
        db.execute("CREATE TABLE half (made)")
        db.execute("CREATE TABLE half (made)")

    monkeypatch.setattr(migrations_module, "migrations", broken)
    with pytest.raises(LibraryError, match="cannot be used: table half already exists"):
        open_library(old_library)
    assert len(_backups(old_library)) == 1
    monkeypatch.undo()
    with open_library(old_library) as library:
        assert not library.rows("SELECT 1 FROM sqlite_master WHERE name = 'half'")
        assert meta.get(library, "key") == "value"
