"""review on real photos: what it prints, and what it says where there is nothing to ask."""

import shutil
from pathlib import Path

import pytest

from dofisac_tui.clustering.run import cluster
from tests.cli.conftest import Dofisac
from tests.clustering.people_library import people_library

ROW = {
    "face_a", "face_b", "match", "distance", "settles", "reason", "person_id_a", "person_id_b",
    "path_a", "path_b", "box_a", "box_b",
}  # fmt: skip


@pytest.fixture
def library(indexed: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy of the library of sample photos, to be changed."""
    return Path(shutil.copytree(indexed[0], tmp_path / "library"))


def test_before_the_first_clustering_it_says_what_to_do(dofisac: Dofisac, library: Path) -> None:
    done = dofisac("--library", library, "review")
    assert (done.code, done.out) == (0, "") and "dofisac-tui cluster people" in done.err
    assert dofisac("--library", library, "review", "--json").data == []


def test_a_library_of_strangers_leaves_nothing_to_ask(dofisac: Dofisac, library: Path) -> None:
    assert dofisac("--library", library, "cluster", "people").code == 0
    done = dofisac("--library", library, "review")
    assert (done.code, done.out, done.err) == (0, "", "Nothing is left to ask.\n")


@pytest.fixture
def halves(tmp_path: Path) -> Path:
    """A library with a person in two clusters, whose faces are further apart than two of one cluster."""
    made = people_library(tmp_path)
    for number in range(12):
        made.put([number % 3], noise=0.2)
    for _ in range(8):
        made.put([0], noise=0.42)
    cluster(made.library, "people")
    made.library.close()
    return made.library.folder


def test_questions_are_printed_and_a_vote_on_one_takes_it_off(dofisac: Dofisac, halves: Path) -> None:
    rows = dofisac("--library", halves, "review", "--json").data
    assert rows and all(set(row) == ROW for row in rows)
    assert all(0 <= row["match"] <= 100 and row["settles"] >= 1 for row in rows)
    assert rows[0]["path_a"].startswith("/photos/") and len(rows[0]["box_b"]) == 4
    pair = rows[0]["face_a"], rows[0]["face_b"]
    assert dofisac("--library", halves, "vote", "match", *pair, "yes").code == 0
    left = dofisac("--library", halves, "review", "--json").data
    assert all({row["face_a"], row["face_b"]} != set(pair) for row in left)


def test_the_text_is_a_line_for_each_question(dofisac: Dofisac, halves: Path) -> None:
    done = dofisac("--library", halves, "review", "--limit", 3)
    heading, *lines = done.out.splitlines()
    assert heading.split()[:5] == ["face", "face", "match", "distance", "settles"]
    assert 1 <= len(lines) <= 3 and all("/photos/" in line for line in lines)
