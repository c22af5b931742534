"""A run that is limited to some files and folders says of them what a run over the whole root would."""

import os
import random
import shutil
from pathlib import Path

import pytest

from dofisac_tui.config import Indexing
from dofisac_tui.indexing.changes import find_changes
from dofisac_tui.indexing.indexer import Indexer
from dofisac_tui.indexing.inference import Inference
from dofisac_tui.indexing.scan import Scan, UnreadableEntry
from dofisac_tui.library.database import Library
from dofisac_tui.library.failures import record_failure
from dofisac_tui.library.roots import all_roots
from tests.indexing.conftest import SETTINGS, Recorder, Run


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Photos in folders with rules, hidden ones, and links."""
    tree = tmp_path / "tree"
    for name in ("a.jpg", "b/c.jpg", "b/d/e.png", "b/d/f.txt", "g/h.jpg", "g/.nomedia", ".i/j.jpg", "k/@eaDir/l.jpg"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).touch()
    (tree / "b" / ".dofisacignore").write_text("*.png\n!/d/kept.png\n")
    (tree / "b" / "d" / "kept.png").touch()
    (tree / "m.jpg").symlink_to("nowhere")
    (tree / "n").symlink_to("b")
    return tree


def _below(tree: Path, place: bytes) -> list[bytes]:
    return [item.path for item in Scan(bytes(tree), Indexing(), b"/nowhere").below(place)]


def test_every_place_yields_what_the_whole_walk_has_there(tree: Path) -> None:
    whole = [item.path for item in Scan(bytes(tree), Indexing(), b"/nowhere")]
    assert len(whole) == 4
    places = [bytes(path) for path in tree.rglob("*")] + [bytes(tree), bytes(tree / "none" / "x.jpg")]
    for place in places:
        assert _below(tree, place) == [path for path in whole if path == place or path.startswith(place + b"/")]


def test_a_rule_that_cannot_be_read_closes_all_below_it(tree: Path) -> None:
    (tree / "b" / ".dofisacignore").write_bytes(b"!\n")
    (problem,) = Scan(bytes(tree), Indexing(), b"/nowhere").below(bytes(tree / "b" / "d" / "kept.png"))
    assert isinstance(problem, UnreadableEntry) and problem.is_folder and problem.path == bytes(tree / "b")


def test_a_deep_place_needs_no_stack(tmp_path: Path) -> None:
    place = bytes(tmp_path) + b"/x" * 1500 + b"/a.jpg"
    assert _below(tmp_path, place) == []


def test_only_the_places_are_looked_at(library: Library, root: Path, run: Run, inference: Inference) -> None:
    run()
    shutil.copy(root / "t1.jpg", root / "new.jpg")
    (root / "t1.jpg").unlink()
    (root / "coffee.png").unlink()
    with library.write() as connection:
        record_failure(connection, bytes(root / "gone.jpg"), 1, "read", "unreadable", "?", None)
    report = Indexer(library, SETTINGS, inference, Recorder()).update(
        all_roots(library), [bytes(root / "t1.jpg"), bytes(root / "new.jpg"), b"/elsewhere/x.jpg"]
    )
    assert (report.moved, report.absent, report.indexed) == (1, 0, 0)
    assert library.value("SELECT COUNT(*) FROM photos WHERE absent_since IS NULL") == 3, "coffee.png was not asked for"
    assert library.value("SELECT COUNT(*) FROM failures") == 1
    report = Indexer(library, SETTINGS, inference, Recorder()).update(all_roots(library), [bytes(root)])
    assert report.absent == 1
    assert library.value("SELECT COUNT(*) FROM failures") == 0


def test_a_place_within_another_is_looked_at_once(library: Library, root: Path) -> None:
    (root / "in").mkdir()
    shutil.copy(root / "t1.jpg", root / "in" / "a.jpg")
    (known,) = all_roots(library)
    places = [bytes(root / "in" / "a.jpg"), bytes(root / "in"), bytes(root / "in")]
    changes = find_changes(library, known, Indexing(), set(), frozenset(), places)
    assert [file.path for file in changes.to_read] == [bytes(root / "in" / "a.jpg")]


def test_a_survey_settles_what_needs_no_reading_and_puts_moved_files_first(
    library: Library, root: Path, run: Run, inference: Inference
) -> None:
    run()
    (root / "t1.jpg").rename(root / "z.jpg")
    for name, age in (("old.png", 5), ("new.png", 9)):
        shutil.copy(root / "coffee.png", root / name)
        (root / name).write_bytes((root / name).read_bytes() + b"x" * age)
        os.utime(root / name, (age, age))
    indexer = Indexer(library, SETTINGS, inference, Recorder())
    names = [Path(os.fsdecode(file.path)).name for file in indexer.survey(all_roots(library))]
    assert names == ["z.jpg", "new.png", "old.png"]
    assert indexer.report.absent == 1
    report = Indexer(library, SETTINGS, inference, Recorder()).update(
        all_roots(library), [bytes(root / name) for name in names]
    )
    assert (report.moved, report.indexed) == (1, 2)


def test_a_run_that_is_stopped_stores_what_was_read_and_marks_nothing_as_gone(
    library: Library, root: Path, run: Run, inference: Inference
) -> None:
    run()
    (root / "t1.jpg").unlink()
    shutil.copy(root / "coffee.png", root / "copy.png")
    answers = iter([False] + [True] * 9)
    indexer = Indexer(library, SETTINGS, inference, Recorder(), stop=lambda: next(answers))
    report = indexer.run(all_roots(library))
    assert (report.indexed, report.absent) == (1, 0)


def test_places_and_whole_roots_agree_after_random_changes(
    library: Library, root: Path, run: Run, inference: Inference
) -> None:
    chance = random.Random(5)
    run()
    for _ in range(15):
        photos = [path for path in root.rglob("*") if path.is_file()]
        photo = chance.choice(photos)
        target = root / chance.choice("xyz") / f"{chance.randrange(99)}{photo.suffix}"
        target.parent.mkdir(exist_ok=True)
        if chance.random() < 0.5 or len(photos) < 3:
            shutil.copy(photo, target)
        else:
            photo.rename(target)
        Indexer(library, SETTINGS, inference, Recorder()).update(all_roots(library), [bytes(photo), bytes(target)])
    report = run()
    assert (report.indexed, report.moved, report.absent, report.failed) == (0, 0, 0, 0)
    assert report.unchanged == len([path for path in root.rglob("*") if path.is_file()])
