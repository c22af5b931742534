"""Import a file of the Flask app DoFISaC into the ledger.

That app stored one face per photo and no dates. So a vote or name is imported only where the photo has exactly one face
here, and is dated before all others: every decision made here is newer.
"""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from dofisac_tui.interchange.dofisac_file import DofisacFile
from dofisac_tui.interchange.ledger_file import is_name
from dofisac_tui.interchange.ledger_import import import_votes
from dofisac_tui.interchange.present_photos import ExportedPhoto, present_photos
from dofisac_tui.library.database import Library
from dofisac_tui.library.face_keys import FaceKey, keys_of_faces
from dofisac_tui.library.ledger import Vote
from dofisac_tui.library.voting import SAMPLED

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
