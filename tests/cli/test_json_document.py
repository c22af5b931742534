"""docs/json.md lists every field that the commands print, with its type, and no other."""

import os
import pickle
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from dofisac_tui.cli import cli
from dofisac_tui.learning.retrain import RetrainReport
from dofisac_tui.library.database import open_library
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.heartbeat import Heartbeat, store_heartbeat
from dofisac_tui.library.lock import indexing_lock
from dofisac_tui.library.retrainings import EVERYBODY, keep_retraining
from dofisac_tui.matching.calibration import shipped_curve
from tests.cli.conftest import Dofisac
from tests.processes import PROJECT

DOCUMENT = (PROJECT / "docs" / "json.md").read_text(encoding="utf-8")
TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}

Schema = dict[str, set[str]]
"""Types by path, such as `members[].photo_id`; the items of a list at the top are meant by their own fields."""


def documented() -> dict[str, Schema]:
    """The tables of the document, by the commands in the heading above each."""
    found: dict[str, Schema] = {}
    for section in DOCUMENT.split("\n## ")[1:]:
        heading, _, body = section.partition("\n")
        rows = re.findall(r"^\| `([^`]+)` \| ([a-z, ]+) \|", body, re.MULTILINE)
        for command in re.findall(r"`([^`]+)`", heading):
            found[command] = {path: set(types.split(", ")) for path, types in rows}
    return found


def fields(data: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every field of the data with its type."""
    if isinstance(data, dict):
        for name, value in data.items():
            inner = f"{path}.{name}" if path else name
            yield (
                inner,
                "object" if isinstance(value, dict) else "list" if isinstance(value, list) else TYPES[type(value)],
            )
            yield from fields(value, inner)
    elif isinstance(data, list):
        for item in data:
            yield from fields(item, f"{path}[]" if path else "")


def undocumented(data: Any, schema: Schema) -> list[str]:
    """Fields that no row of a table describes; `<name>` in a path stands for any name."""
    patterns = [
        (re.compile(re.sub(r"<[a-z ]+>", r"[^\\[\\]]+", re.escape(path).replace(r"\ ", " "))), types)
        for path, types in schema.items()
    ]
    wrong = []
    for path, kind in set(fields(data)):
        fitting = [types for pattern, types in patterns if pattern.fullmatch(path)]
        if not any(kind in types or (kind == "integer" and "number" in types) for types in fitting):
            wrong.append(f"{path}: {kind}")
    return sorted(wrong)


def test_every_field_is_documented(dofisac: Dofisac, crowd: tuple[Path, Path], tmp_path: Path) -> None:
    library, photos = Path(shutil.copytree(crowd[0], tmp_path / "library")), tmp_path / "photos"
    shutil.copytree(crowd[1], photos)
    out: dict[str, list[Any]] = defaultdict(list)

    def run(section: str, *arguments: object) -> Any:
        data = dofisac("--library", library, *arguments, "--json").data
        out[section].append(data)
        return data

    (crowd[1] / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not much of a picture")
    run("index", "index")
    run("retry", "retry")
    (crowd[1] / "broken.jpg").unlink()
    run("failures", "failures")
    run("roots", "roots")
    run("photos", "photos")
    run("keys", "keys")
    run("models", "models")
    run("doctor", "doctor")
    run("service status", "service", "status")
    run("cluster", "cluster", "all")
    first = run("cluster", "cluster", "people")["run"]
    people = run("people", "people")
    faces = [member["face_id"] for member in run("clusters", "clusters", "people")[0]["members"]]
    for kind in ("duplicates", "scenes", "combined"):
        run("clusters", "clusters", kind)
    run("vote", "people", "name", people[0]["person_id"], "Eileen")
    run("vote", "people", "split", people[0]["person_id"], faces[0])
    run("vote", "vote", "undo")
    run("vote", "people", "remove", people[0]["person_id"], faces[0])
    run("vote", "vote", "undo")
    run("vote", "people", "merge", people[0]["person_id"], people[1]["person_id"])
    run("vote", "vote", "undo")
    run("vote", "vote", "match", faces[0], faces[1], "yes")
    run("vote", "vote", "cluster", people[0]["person_id"], 5)
    group = dofisac("--library", library, "clusters", "duplicates", "--json").data[0]
    run("vote", "vote", "photos", *(member["photo_id"] for member in group["members"][:2]), "same-picture")
    run("vote", "vote", "keep", group["members"][0]["photo_id"])
    run("vote", "vote", "excuse", group["members"][0]["photo_id"], "mirror")
    run("votes", "votes")
    run("cluster --diff", "cluster", "people", "--diff", first)
    run("cluster --diff", "cluster", "people", "--diff", first - 5 if first > 5 else first)
    run("search", "search", "--face-id", faces[0], "--all")
    run("search", "search", "coffee", "--all")
    run("faces", "faces", crowd[1] / "astronaut.png")
    run("faces", "faces", photos / "astronaut.png")
    run("review", "review")
    learned = run("retrain", "retrain")
    with open_library(library) as opened:
        space = searched_space(opened, "face")
        assert space
        keep_retraining(
            opened, space, 0, asdict(RetrainReport(scores=learned["scores"])), {EVERYBODY: asdict(shipped_curve(space))}
        )
    run("retrain --history", "retrain", "--history")
    run("retrain --rollback", "retrain", "--rollback")
    ledger = tmp_path / "votes.jsonl"
    dofisac("--library", library, "votes", "export", ledger)
    lines = ledger.read_text(encoding="utf-8").splitlines()
    strange = [re.sub(r"[0-9a-f]{64}", "0" * 64, line) for line in lines if '"match"' in line]
    ledger.write_text("\n".join([lines[0].replace(str(len(lines) - 1), str(len(strange))), *strange]), encoding="utf-8")
    run("votes import", "votes", "import", ledger)
    run("votes agreement", "votes", "agreement")
    (tmp_path / "old.pkl").write_bytes(pickle.dumps({"paths": [str(photos / "coffee.png")], "names": ["Anna"]}))
    run("import-dofisac", "import-dofisac", tmp_path / "old.pkl")
    out["export json"].append(dofisac("--library", library, "export", "json").data)
    run("status", "status")
    with open_library(library) as opened, indexing_lock(library, "watch"):
        store_heartbeat(
            opened, Heartbeat(os.getpid(), 1.0, 2.0, "idle", b"a.jpg", 1, 1.5, 2.0, 3.0, "no disk", 4.0, 1.5)
        )
        run("status", "status")
        run("retry", "retry")
    document = documented()
    assert set(document) == set(out)
    wrong = {name: undocumented(datas, document[name]) for name, datas in out.items()}
    assert not {name: found for name, found in wrong.items() if found}
    printed = {name: {path for path, _ in fields(datas)} for name, datas in out.items()}
    printed["index"] |= printed["retry"]  # one table for both, as for the rows of the ledger
    printed["vote"] |= printed["votes"]
    printed["votes"] |= printed["vote"]
    unseen = {name: {path for path in document[name] if "<" not in path} - printed[name] for name in document}
    assert not {name: paths for name, paths in unseen.items() if paths}


def test_every_command_with_json_is_documented() -> None:
    def commands(group: click.Group, prefix: str = "") -> Iterator[str]:
        for name in group.list_commands(click.Context(group)):
            command = group.get_command(click.Context(group), name)
            assert command
            if any("--json" in parameter.opts for parameter in command.params):
                yield f"{prefix}{name}"
            if isinstance(command, click.Group):
                yield from commands(command, f"{prefix}{name} ")

    as_vote = {"name", "merge", "split", "remove", "ignore"}
    for command in commands(cli):
        first, _, second = command.partition(" ")
        if command == "demo":  # indexes sample photos, and prints what `index` does
            continue
        assert first == "vote" or second in as_vote or command in documented(), command
