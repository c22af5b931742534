"""Read a pickle of the Flask app DoFISaC, and import it into the ledger.

That app stored one face per photo and no dates. So a vote or name is imported only where the photo has exactly one face
here, and is dated before all others: every decision made here is newer.
"""

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from dofisac_tui.display import display_text
from dofisac_tui.errors import InterchangeError
from dofisac_tui.interchange.ledger_file import is_name
from dofisac_tui.interchange.ledger_import import import_votes
from dofisac_tui.interchange.present_photos import ExportedPhoto, present_photos
from dofisac_tui.interchange.restricted_pickle import MAX_SECONDS
from dofisac_tui.library.database import Library
from dofisac_tui.library.face_keys import FaceKey, keys_of_faces
from dofisac_tui.library.ledger import OLDER_KINDS, Vote
from dofisac_tui.library.voting import SAMPLED

MAX_BYTES = 1 << 30  # bytes of a file
_KINDS = {**OLDER_KINDS, "combined": "combined"}  # its words for kinds of clusters, and ours
_ANSWERS = {"yes": "yes", "no": "no", "true": "yes", "false": "no", "1": "yes", "0": "no"}


@dataclass(frozen=True)
class DofisacFile:
    """Content of a pickle of the app, with paths as it wrote them, in bytes.

    Attributes:
        paths: Of its photos.
        names: Name of the person in a photo, by path.
        votes: Two paths, and `yes` or `no`.
        clusters: Paths by the name of the cluster.
        scores: 1 to 6, by the name of the cluster.
        kind: Kind of the clusters.
    """

    paths: tuple[bytes, ...] = ()
    names: Mapping[bytes, str] = field(default_factory=dict)
    votes: tuple[tuple[bytes, bytes, str], ...] = ()
    clusters: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    scores: Mapping[str, int] = field(default_factory=dict)
    kind: str = "combined"


def read_dofisac_file(path: Path) -> DofisacFile:
    """Read a pickle without running it.

    Supported are a dict of photo path to encoding, and a dict with any of `paths` and `encodings` of the same length,
    `names` of the same length, `votes` as (path, path, answer), `clusters` as name to paths (or to dicts with a `path`,
    as in the app's JSON files), `cluster_votes` as name to 1-6, and `cluster_kind`.

    Raises:
        InterchangeError: it holds more than plain data, or has another shape.
        OSError: it cannot be read.
    """
    if path.stat().st_size > MAX_BYTES:
        raise _refused(path, f"it is larger than {MAX_BYTES >> 30} GiB")
    command = [sys.executable, "-m", "dofisac_tui.interchange.restricted_pickle", os.fspath(path.absolute())]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # each thread would take of the address space
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=2 * MAX_SECONDS, env=environment)
    except subprocess.TimeoutExpired as error:
        raise _refused(path, "it takes too long") from error
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip().splitlines()
        raise _refused(path, reason[-1] if reason else "it takes too much memory or time")
    try:
        return _parse(json.loads(done.stdout))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _refused(path, str(error)) from error


def _refused(path: Path, reason: str) -> InterchangeError:
    return InterchangeError(
        f"{display_text(str(path))} cannot be used as a file of DoFISaC ({display_text(reason, 200)})",
        "Nothing was changed. What can be read: dofisac-tui import-dofisac --help",
    )


_PARTS = {"paths", "encodings", "names", "votes", "clusters", "cluster_votes", "cluster_kind"}


def _parse(data: Any) -> DofisacFile:
    if not isinstance(data, dict):
        raise TypeError(f"it holds a {type(data).__name__} where a dict is wanted")
    if not data.keys() & _PARTS:
        if not data or any(each is not None and not _is_encodings(each) for each in data.values()):
            raise ValueError(f"it has none of {', '.join(sorted(_PARTS))}, and is no dict of paths to encodings")
        return DofisacFile(tuple(map(_path, data)))
    paths = [_path(path) for path in data.get("paths", ())]
    for part in ("encodings", "names"):
        if part in data and len(data[part]) != len(paths):
            raise ValueError(f"it has {len(paths)} paths and {len(data[part])} {part}")
    kind = data.get("cluster_kind", "combined")
    if kind not in _KINDS:
        raise ValueError(f"cluster_kind is not one of {', '.join(_KINDS)}")
    return DofisacFile(
        tuple(paths),
        {path: name for path, name in zip(paths, data.get("names", ()), strict=False) if isinstance(name, str)},
        tuple((_path(a), _path(b), _ANSWERS[str(answer).lower()]) for a, b, answer in data.get("votes", ())),
        {name: tuple(map(_path, those)) for name, those in data.get("clusters", {}).items()},
        {name: _score(score) for name, score in data.get("cluster_votes", {}).items()},
        _KINDS[kind],
    )


def _is_encodings(value: object) -> bool:
    """Return True for a list of vectors, or one vector as a list of numbers."""
    return isinstance(value, list) and all(each is None or isinstance(each, int | float | list) for each in value)


def _path(member: Any) -> bytes:
    path = member["path"] if isinstance(member, dict) else member
    if not isinstance(path, str) or not path:
        raise ValueError(f"{path!r} is no path")
    return os.fsencode(path)


def _score(score: Any) -> int:
    if score not in range(1, 7):
        raise ValueError(f"a cluster has the score {score!r}, which is not one of 1 to 6")
    return int(score)


SOURCE = "dofisac"
_BEFORE_ALL_OTHERS = 0.0


class ImportedDofisacFile(NamedTuple):
    """Result of an import.

    Attributes:
        photos: Photos of the file that are in the library.
        missing: Photos of the file that are not.
        added: New rows in the ledger.
        known: Rows that were in the ledger already.
        left_out: Votes, names and scores whose photos are not here, or that have no face or several.
    """

    photos: int
    missing: int
    added: int
    known: int
    left_out: int


def import_dofisac_file(library: Library, file: DofisacFile) -> ImportedDofisacFile:
    """Add the votes, scores and names of a file whose photos are in the library; a second import adds nothing."""
    paths = {*file.paths, *file.names, *(path for a, b, _ in file.votes for path in (a, b))}
    paths.update(path for members in file.clusters.values() for path in members)
    found = _MatchedPhotos.read(library, paths)
    rows = [*found.matches(file), *found.scores(file), *found.names(file)]
    votes = [Vote(number, _BEFORE_ALL_OTHERS, SOURCE, **row) for number, row in enumerate(rows, start=1)]
    imported = import_votes(library, votes)
    return ImportedDofisacFile(len(found.photos), len(paths) - len(found.photos), *imported, found.left_out)


@dataclass
class _MatchedPhotos:
    """Photos of the file that are in the library, and the faces of those that have exactly one."""

    photos: dict[bytes, ExportedPhoto]
    faces: dict[bytes, FaceKey]
    left_out: int = 0

    @classmethod
    def read(cls, library: Library, paths: Collection[bytes]) -> "_MatchedPhotos":
        """Find photos by path, and moved ones by a file name that is unique on both sides."""
        wanted = Counter(map(os.path.basename, paths))
        exact: dict[bytes, ExportedPhoto] = {}
        called: dict[bytes, list[ExportedPhoto]] = defaultdict(list)
        for photo in present_photos(library):
            if photo.path in paths:
                exact[photo.path] = photo
            if wanted[os.path.basename(photo.path)] == 1:
                called[os.path.basename(photo.path)].append(photo)
        moved = {path: called[os.path.basename(path)] for path in paths if path not in exact}
        photos = exact | {path: those[0] for path, those in moved.items() if len(those) == 1}
        alone = {path: photo.faces[0].face_id for path, photo in photos.items() if len(photo.faces) == 1}
        keys = keys_of_faces(library, alone.values())
        return cls(photos, {path: keys[face_id] for path, face_id in alone.items()})

    def matches(self, file: DofisacFile) -> Iterator[dict[str, Any]]:
        for a, b, answer in file.votes:
            if a in self.faces and b in self.faces and self.faces[a] != self.faces[b]:
                (content_a, box_a), (content_b, box_b) = self.faces[a], self.faces[b]
                sides = {"content_a": content_a, "box_a": box_a, "content_b": content_b, "box_b": box_b}
                yield {"kind": "match", "answer": answer, **sides}
            else:
                self.left_out += 1

    def scores(self, file: DofisacFile) -> Iterator[dict[str, Any]]:
        for cluster, score in file.scores.items():
            paths = file.clusters.get(cluster, ())
            members = sorted({self.photos[path].content_hash for path in paths if path in self.photos})
            if members and all(path in self.photos for path in paths):
                sample = members[:: -(-len(members) // SAMPLED)]
                subject = {"kind": file.kind, "size": len(members), "members": [(each, None) for each in sample]}
                yield {"kind": "cluster", "answer": str(score), "subject": json.dumps(subject)}
            else:
                self.left_out += 1

    def names(self, file: DofisacFile) -> Iterator[dict[str, Any]]:
        faces: dict[str, set[FaceKey]] = defaultdict(set)
        for path, name in file.names.items():
            if path in self.faces and is_name(name):
                faces[name].add(self.faces[path])
            else:
                self.left_out += 1
        for person, (name, keys) in enumerate(faces.items(), start=1):
            yield {"kind": "name", "answer": name, "subject": json.dumps({"person": person, "faces": sorted(keys)})}
