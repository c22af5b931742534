"""votes export, import and agreement; undo and redo in processes that follow each other; a library built anew."""

import json
import shutil
from pathlib import Path

import pytest

from dofisac_tui.library.database import open_library
from dofisac_tui.library.ledger import one_act
from dofisac_tui.library.voting import vote_match
from tests.cli.conftest import Dofisac
from tests.clustering.people_library import people_library
from tests.processes import run_python

COMMAND = "import sys; from dofisac_tui.cli import main; sys.argv = ['dofisac-tui', *sys.argv[1:]]; main()"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A library of two persons with four faces each."""
    filling = people_library(tmp_path)
    for who in (0, 0, 0, 0, 1, 1, 1, 1):
        filling.put([who])
    filling.library.close()
    return filling.library.folder


def in_new_process(library: Path, *arguments: str) -> object:
    return json.loads(run_python(COMMAND, "--library", library, *arguments, "--json"))


def test_undo_and_redo_walk_on_from_where_another_process_left(library: Path) -> None:
    def held() -> list[str]:
        votes = in_new_process(library, "votes", "--standing")
        assert isinstance(votes, list)
        return [vote["answer"] for vote in votes]

    in_new_process(library, "vote", "match", "1", "2", "yes")
    in_new_process(library, "vote", "match", "1", "5", "no")
    in_new_process(library, "vote", "undo")
    assert held() == ["yes"]
    in_new_process(library, "vote", "undo")
    assert held() == []
    in_new_process(library, "vote", "redo")
    in_new_process(library, "vote", "redo")
    assert held() == ["yes", "no"]


def test_a_verdict_on_a_whole_group_is_taken_back_as_one(dofisac: Dofisac, library: Path) -> None:
    with open_library(library) as opened, one_act(opened):
        vote_match(opened, 1, 2, "yes", "screens")
        vote_match(opened, 1, 5, "no", "screens")
    dofisac("--library", library, "vote", "match", 1, 3, "yes")
    assert dofisac("--library", library, "vote", "undo", "--json").data["undoes"] == 3
    assert [row["undoes"] for row in dofisac("--library", library, "vote", "undo", "--json").data] == [2, 1]
    assert dofisac("--library", library, "votes", "--standing", "--json").data == []
    assert "vote 5" in dofisac("--library", library, "vote", "redo").out
    file = library / "votes.jsonl"
    dofisac("--library", library, "votes", "export", file)
    assert dofisac("--library", library, "votes", "import", file, "--json").data == {"added": 0, "known": 8}


def test_votes_are_carried_over_once(dofisac: Dofisac, library: Path, tmp_path: Path) -> None:
    file = tmp_path / "votes.jsonl"
    copy = shutil.copytree(library, tmp_path / "copy")
    dofisac("--library", library, "vote", "match", 1, 2, "yes")
    dofisac("--library", library, "vote", "match", 1, 5, "no")
    assert dofisac("--library", library, "votes", "export", file).code == 0
    assert dofisac("--library", copy, "votes", "import", file, "--json").data == {"added": 2, "known": 0}
    again = dofisac("--library", copy, "votes", "import", file)
    assert (again.code, again.out) == (0, "") and "Added 0 votes; 2 were here already." in again.err
    wanted, found = (dofisac("--library", each, "votes", "--json").data for each in (library, copy))
    assert found == wanted


def test_a_bad_file_is_refused_in_one_sentence_and_nothing_is_changed(
    dofisac: Dofisac, library: Path, tmp_path: Path
) -> None:
    file = tmp_path / "votes.jsonl"
    dofisac("--library", library, "vote", "match", 1, 2, "yes")
    dofisac("--library", library, "votes", "export", file)
    file.write_text(file.read_text().replace('"answer": "yes"', '"answer": "perhaps"'))
    refused = dofisac("--library", library, "votes", "import", file)
    assert (refused.code, refused.out) == (1, "") and len(refused.err.splitlines()) == 1
    assert "its answer cannot be right" in refused.err
    assert dofisac("--library", library, "votes", "import", tmp_path / "none").code == 1
    assert len(dofisac("--library", library, "votes", "--json").data) == 1


def test_agreement_counts_votes_by_kind(dofisac: Dofisac, library: Path) -> None:
    dofisac("--library", library, "vote", "match", 1, 2, "yes")
    dofisac("--library", library, "vote", "match", 1, 3, "no")
    (report,) = dofisac("--library", library, "votes", "agreement", "--json").data
    assert set(report) == {"space", "searched", "kinds", "against_vote_ids", "lost"}
    assert report["kinds"] == {
        "match yes": {"votes": 1, "found": 1, "agree": 1},
        "match no": {"votes": 1, "found": 1, "agree": 0},
    }
    assert (report["searched"], report["against_vote_ids"], report["lost"]) == (True, [2], [])
    shown = dofisac("--library", library, "votes", "agreement").out
    assert "(in use)" in shown and "against what the models say: votes 2" in shown


def test_decisions_outlive_the_library_and_the_folder(dofisac: Dofisac, tmp_path: Path, sample_photos: Path) -> None:
    """Real photos and real models: vote, export, remove the library, move the photos, index anew, import."""
    photos, library, file = tmp_path / "photos", tmp_path / "real", tmp_path / "votes.jsonl"
    photos.mkdir()
    for name in ("t1.jpg", "astronaut.png"):
        shutil.copy(sample_photos / name, photos / name)
    dofisac("--library", library, "index", photos)
    first, *others = [
        each["face_id"] for each in dofisac("--library", library, "faces", photos / "t1.jpg", "--json").data
    ]
    (astronaut,) = dofisac("--library", library, "faces", photos / "astronaut.png", "--json").data
    for other in (*others, astronaut["face_id"]):
        dofisac("--library", library, "vote", "match", first, other, "no")
    dofisac("--library", library, "votes", "export", file)
    before = dofisac("--library", library, "votes", "--json").data
    shutil.rmtree(library)
    (tmp_path / "moved").mkdir()
    for number, path in enumerate(sorted(photos.iterdir())):
        path.rename(tmp_path / "moved" / f"{number}{path.suffix}")
    dofisac("--library", library, "index", tmp_path / "moved")
    assert dofisac("--library", library, "votes", "import", file, "--json").data == {"added": 6, "known": 0}
    assert dofisac("--library", library, "votes", "--json").data == before
    (report,) = dofisac("--library", library, "votes", "agreement", "--json").data
    assert report["kinds"] == {"match no": {"votes": 6, "found": 6, "agree": 6}} and report["lost"] == []
