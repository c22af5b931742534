"""Rows of JSON that commands and the export share. `docs/json.md` lists all fields."""

from datetime import datetime
from typing import Any

from dofisac_tui.library.clusters import Cluster
from dofisac_tui.library.ledger import Vote
from dofisac_tui.library.people import Person
from dofisac_tui.library.runs import RunKind

_SUBJECT = {
    "person": "person_id",
    "other": "other_person_id",
    "into": "new_person_id",
    "faces": "face_keys",
    "other_faces": "other_face_keys",
    "rest": "rest_face_keys",
}


def iso_time(moment: float | None) -> str | None:
    """Return a Unix time as ISO 8601 local time with offset; None for no time."""
    return datetime.fromtimestamp(moment).astimezone().isoformat(timespec="seconds") if moment else None


def vote_row(vote: Vote) -> dict[str, Any]:
    """Return one row of the ledger."""
    row: dict[str, Any] = vote._asdict()
    probability = row.pop("probability")
    row["match"] = None if probability is None else 100 * probability
    row["cast_at"] = iso_time(vote.cast_at)
    if vote.subject:
        row["subject"] = {_SUBJECT.get(name, name): value for name, value in vote.about.items()}
    return row


def person_row(person: Person) -> dict[str, Any]:
    """Return one person."""
    return {
        "person_id": person.person_id,
        "person": person.name,
        "faces": person.faces,
        "photos": person.photos,
        "ignored": person.ignored,
    }


def cluster_row(cluster: Cluster, kind: RunKind) -> dict[str, Any]:
    """Return one cluster with its members."""
    row: dict[str, Any] = {
        "id": cluster.cluster_id,
        "kind": kind,
        "size": cluster.size,
        "person_id": cluster.cluster_id if kind == "people" else None,
        "person": cluster.person,
        "score": cluster.score,
    }
    if kind == "duplicates":
        row |= {"keeper_photo_id": cluster.keeper_photo_id, "reasons": cluster.reasons}
    if kind == "scenes":
        row["label"] = cluster.label
    row["members"] = [
        {"photo_id": member.photo_id, "face_id": member.face_id, "path": member.path}
        | ({"exact": member.exact, "bits": member.bits} if kind == "duplicates" else {})
        for member in cluster.members
    ]
    return row
