"""cluster, clusters, people, vote and votes on real photos: two people in many pictures, and pictures of nobody."""

import json
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Dofisac

REPORT = {"run", "kind", "clusters", "noise", "items", "changed", "held", "seconds"}
CLUSTER = {"id", "kind", "size", "person_id", "person", "score", "members"}
MEMBER = {"photo_id", "face_id", "path"}
VOTE = {
    "vote_id", "cast_at", "source", "kind", "answer", "content_a", "box_a", "content_b", "box_b", "subject", "undoes",
    "space", "distance", "match",
}  # fmt: skip


@pytest.fixture
def library(crowd: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy of that library, to be changed."""
    return Path(shutil.copytree(crowd[0], tmp_path / "library"))


def person(dofisac: Dofisac, library: Path, start: str) -> dict[str, Any]:
    """The current cluster of the photos whose names begin like this."""
    for cluster in dofisac("--library", library, "clusters", "people", "--json").data:
        if any(Path(member["path"]).name.startswith(start) for member in cluster["members"]):
            found: dict[str, Any] = cluster
            return found
    raise AssertionError(start)


def test_people_are_found_named_and_searched(dofisac: Dofisac, library: Path) -> None:
    report = dofisac("--library", library, "cluster", "people", "--json").data
    assert set(report) == REPORT and (report["kind"], report["held"]) == ("people", 0)
    assert report["changed"] == report["items"] - report["noise"]
    astronaut, actor = person(dofisac, library, "ast"), person(dofisac, library, "Tom")
    assert set(astronaut) == CLUSTER and set(astronaut["members"][0]) == MEMBER
    assert (astronaut["size"], actor["size"]) == (6, 5)
    named = dofisac("--library", library, "people", "name", astronaut["id"], "Eileen", "Collins", "--json").data
    assert set(named) == VOTE and (named["kind"], named["answer"]) == ("name", "Eileen Collins")
    assert dofisac("--library", library, "cluster", "people", "--json").data["changed"] == 0
    assert person(dofisac, library, "ast") == {**astronaut, "person": "Eileen Collins"}
    listed = dofisac("--library", library, "people", "--json").data
    assert listed[0] == {
        "person_id": astronaut["id"], "person": "Eileen Collins", "faces": 6, "photos": 6, "ignored": False,
    }  # fmt: skip
    assert [each["person"] for each in listed].count(None) == len(listed) - 1
    refused = dofisac("--library", library, "people", "name", actor["id"], "eileen collins")
    assert refused.code == 1 and "people merge" in refused.err


def test_photos_are_found_by_name_alone_and_with_other_terms(dofisac: Dofisac, library: Path) -> None:
    dofisac("--library", library, "cluster", "people")
    for start, name in (("ast", "Eileen Collins"), ("Tom", "Tom")):
        dofisac("--library", library, "people", "name", person(dofisac, library, start)["id"], name)

    def found(*arguments: str) -> set[str]:
        hits = dofisac("--library", library, "search", *arguments, "--json").data
        return {Path(hit["path"]).name[:3] for hit in hits}

    everybody = found("in:photos")
    assert found("--person", "eileen collins") == found('@"Eileen Collins"') == {"ast", "odd"}
    assert found("@tom") == {"Tom"} and found("@tom", "in:nowhere") == set()
    assert found('@"Eileen Collins"', "@tom") == set()
    assert found('-@"Eileen Collins"') == everybody - {"ast", "odd"}
    hits = dofisac("--library", library, "search", "@tom", "--json").data
    assert len(hits) == 5 and all(hit["face_id"] and hit["match"] > 90 for hit in hits)
    unknown = dofisac("--library", library, "search", "@nobody")
    assert unknown.code == 1 and 'No person named "nobody"' in unknown.err
    assert "Did you mean Eileen Collins?" in dofisac("--library", library, "search", "--person", "eileen").err


def test_faces_of_forgotten_photos_are_in_no_cluster(dofisac: Dofisac, library: Path, crowd: tuple[Path, Path]) -> None:
    run = dofisac("--library", library, "cluster", "people", "--json").data["run"]
    dofisac("--library", library, "people", "name", person(dofisac, library, "Tom")["id"], "Tom")
    assert dofisac("--library", library, "roots", "remove", crowd[1]).code == 0
    for _ in range(2):
        assert dofisac("--library", library, "clusters", "people", "--json").data == []
        assert "No clusters were found" in dofisac("--library", library, "clusters", "people").err
        (tom,) = dofisac("--library", library, "people", "--json").data
        assert (tom["person"], tom["faces"], tom["photos"]) == ("Tom", 0, 0)
        dofisac("--library", library, "cluster", "people")
        assert dofisac("--library", library, "cluster", "people", "--rollback", run).code == 0


def test_people_are_found_by_another_method(dofisac: Dofisac, library: Path) -> None:
    report = dofisac("--library", library, "cluster", "people", "--method", "dbscan", "--json").data
    assert set(report) == REPORT
    assert (person(dofisac, library, "ast")["size"], person(dofisac, library, "Tom")["size"]) == (6, 5)
    assert "dbscan" in dofisac("cluster", "--help").out


def test_a_proposal_is_refused_aloud(dofisac: Dofisac, library: Path) -> None:
    assert "Nothing is proposed" in dofisac("--library", library, "cluster", "people", "--refuse").err
    done = dofisac("--library", library, "cluster", "people", "--propose")
    assert "--diff 1 shows them" in done.err
    assert "proposed for people" in dofisac("--library", library, "cluster", "people", "--refuse").err


def test_a_no_parts_two_faces_for_ever_and_undo_takes_it_back(dofisac: Dofisac, library: Path) -> None:
    dofisac("--library", library, "cluster", "people")
    faces = [member["face_id"] for member in person(dofisac, library, "Tom")["members"]]
    vote = dofisac("--library", library, "vote", "match", faces[0], faces[1], "no", "--json").data
    assert set(vote) == VOTE and vote["distance"] < 0.5 and vote["match"] > 90
    for _ in range(2):
        dofisac("--library", library, "cluster", "people")
        those = [
            {member["face_id"] for member in each["members"]}
            for each in dofisac("--library", library, "clusters", "people", "--json").data
        ]
        assert not any({faces[0], faces[1]} <= each for each in those)
    undone = dofisac("--library", library, "vote", "undo", "--json").data
    assert (undone["kind"], undone["undoes"]) == ("undo", vote["vote_id"])
    dofisac("--library", library, "cluster", "people")
    assert person(dofisac, library, "Tom")["size"] == 5
    assert dofisac("--library", library, "vote", "redo", "--json").data["undoes"] == undone["vote_id"]
    assert len(dofisac("--library", library, "votes", "--json").data) == 3
    assert len(dofisac("--library", library, "votes", "--standing", "--json").data) == 1


def test_merge_split_and_rollback(dofisac: Dofisac, library: Path) -> None:
    first = dofisac("--library", library, "cluster", "people", "--json").data["run"]
    before = dofisac("--library", library, "clusters", "people", "--json").data
    astronaut, actor = person(dofisac, library, "ast"), person(dofisac, library, "Tom")
    dofisac("--library", library, "people", "merge", astronaut["id"], actor["id"])
    assert person(dofisac, library, "Tom")["size"] == 11
    second = dofisac("--library", library, "cluster", "people", "--json").data
    assert second["run"] > first and person(dofisac, library, "Tom")["id"] == astronaut["id"]
    leaving = [member["face_id"] for member in actor["members"]]
    dofisac("--library", library, "people", "split", astronaut["id"], *leaving)
    assert person(dofisac, library, "Tom")["size"] == 5
    dofisac("--library", library, "cluster", "people")
    assert (person(dofisac, library, "Tom")["size"], person(dofisac, library, "ast")["size"]) == (5, 6)
    for _ in range(2):
        dofisac("--library", library, "vote", "undo")
    back = dofisac("--library", library, "cluster", "people", "--rollback", first, "--json")
    assert set(back.data) == REPORT and back.data["run"] == first
    assert dofisac("--library", library, "clusters", "people", "--json").data == before
    missing = dofisac("--library", library, "cluster", "people", "--rollback", 999)
    assert missing.code == 1 and str(first) in missing.err


def test_propose_applies_nothing_until_it_is_accepted(dofisac: Dofisac, library: Path) -> None:
    proposed = dofisac("--library", library, "cluster", "people", "--propose", "--json").data
    assert proposed["held"] == proposed["changed"] > 0
    assert dofisac("--library", library, "clusters", "people", "--json").data == []
    difference = dofisac("--library", library, "cluster", "people", "--diff", proposed["run"], "--json").data
    assert len(difference["new"]) == proposed["clusters"] and difference["merges"] == {}
    dofisac("--library", library, "cluster", "people", "--rollback", proposed["run"])
    assert person(dofisac, library, "ast")["size"] == 6


def test_a_score_outlives_the_run(dofisac: Dofisac, library: Path) -> None:
    dofisac("--library", library, "cluster", "people")
    actor = person(dofisac, library, "Tom")["id"]
    assert dofisac("--library", library, "vote", "cluster", actor, 6, "--json").data["answer"] == "6"
    dofisac("--library", library, "cluster", "people")
    assert (person(dofisac, library, "Tom")["score"], person(dofisac, library, "ast")["score"]) == (6, None)
    dofisac("--library", library, "vote", "undo")
    assert person(dofisac, library, "Tom")["score"] is None
    assert dofisac("--library", library, "vote", "cluster", actor, 7).code == 2


def test_all_kinds_are_clustered_and_exported_in_the_ancestors_shape(dofisac: Dofisac, library: Path) -> None:
    reports = dofisac("--library", library, "cluster", "all", "--json").data
    assert [report["kind"] for report in reports] == ["people", "duplicates", "scenes", "combined"]
    assert all(set(report) == REPORT for report in reports)
    duplicates = dofisac("--library", library, "clusters", "duplicates", "--json").data
    names = [{Path(member["path"]).name[:3] for member in cluster["members"]} for cluster in duplicates]
    assert {"ast"} in names or {"ast", "odd"} in names
    assert all(set(group) == CLUSTER | {"keeper_photo_id", "reasons"} for group in duplicates)
    assert all(group["keeper_photo_id"] == group["members"][0]["photo_id"] and group["reasons"] for group in duplicates)
    assert {"exact", "bits"} <= set(duplicates[0]["members"][0])
    shown = dofisac("--library", library, "clusters", "duplicates").out
    assert "keep" in shown and "near-duplicate" in shown
    assert len(list((library / "index").glob("neighbours-*.graph"))) == 3
    again = dofisac("--library", library, "cluster", "all", "--json").data
    assert [report["changed"] for report in again] == [0, 0, 0, 0]
    scenes = dofisac("--library", library, "clusters", "scenes", "--json").data
    assert scenes and all(scene["label"] for scene in scenes)
    for name in ("people", "phash_clusters", "bg_clusters", "combined_clusters"):
        exported = json.loads((library / "exports" / f"{name}.json").read_text())
        assert "noise" in exported and all(key == "noise" or key.startswith("cluster_") for key in exported)
        entries = [entry for those in exported.values() for entry in those]
        assert all(set(entry) == {"thumb", "path"} for entry in entries)
        assert all((library / "thumbs" / entry["thumb"][:2] / entry["thumb"]).exists() for entry in entries)
        assert all(os.path.exists(os.fsencode(entry["path"])) for entry in entries)
    everything = json.loads((library / "exports" / "phash_clusters.json").read_text())
    assert any("odd-\udcff-name.jpg" in entry["path"] for those in everything.values() for entry in those)


@pytest.mark.parametrize(("old", "new"), [("phash", "duplicates"), ("bg", "scenes")])
def test_words_of_older_versions_for_kinds_are_accepted(dofisac: Dofisac, library: Path, old: str, new: str) -> None:
    assert dofisac("--library", library, "cluster", old, "--json").data["kind"] == new
    assert dofisac("--library", library, "cluster", old).out.startswith(f"{new}: ")
    shown = dofisac("--library", library, "clusters", old, "--json").data
    assert shown == dofisac("--library", library, "clusters", new, "--json").data
    vote = dofisac("--library", library, "vote", "cluster", shown[0]["id"], 4, "--kind", old, "--json").data
    assert vote["subject"]["kind"] == new
    assert dofisac("--library", library, "clusters", new, "--json").data[0]["score"] == 4


def test_two_photos_called_unrelated_are_never_grouped_again(dofisac: Dofisac, library: Path) -> None:
    dofisac("--library", library, "cluster", "duplicates")
    group = dofisac("--library", library, "clusters", "duplicates", "--json").data[0]["members"]
    contents = dict(
        sqlite3.connect(library / "library.db").execute("SELECT photo_id, content_hash FROM photos").fetchall()
    )
    a, b = (
        group[0]["photo_id"],
        next(m["photo_id"] for m in group if contents[m["photo_id"]] != contents[group[0]["photo_id"]]),
    )
    dofisac("--library", library, "vote", "photos", a, b, "unrelated")
    dofisac("--library", library, "cluster", "duplicates")
    for cluster in dofisac("--library", library, "clusters", "duplicates", "--json").data:
        assert not {a, b} <= {member["photo_id"] for member in cluster["members"]}


def test_contradictions_are_told_with_both_votes(dofisac: Dofisac, library: Path) -> None:
    dofisac("--library", library, "cluster", "people")
    a, b, c = (member["face_id"] for member in person(dofisac, library, "Tom")["members"][:3])
    for pair in ((a, b), (b, c)):
        dofisac("--library", library, "vote", "match", *pair, "yes")
    dofisac("--library", library, "vote", "match", a, c, "no")
    told = dofisac("--library", library, "votes").err
    assert "Vote 1 (match yes) conflicts with vote 3 (match no)." in told


@pytest.mark.parametrize(
    "arguments",
    [
        ["cluster", "cats"],
        ["cluster", "people", "--propose", "--rollback", "1"],
        ["cluster", "scenes", "--method", "dbscan"],
        ["cluster", "all", "--method", "dbscan"],
        ["cluster", "people", "--method", "dbscan", "--refuse"],
        ["vote", "match", "1", "2", "perhaps"],
    ],
)
def test_wrong_usage(dofisac: Dofisac, library: Path, arguments: list[str]) -> None:
    assert dofisac("--library", library, *arguments).code == 2
