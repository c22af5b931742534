"""Read what the library knows of files, to find new, changed, moved and missing ones."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.library.database import Library

PAGE = 2000  # rows read at once


@dataclass(frozen=True)
class KnownFile:
    """A file as the library knows it."""

    photo_id: int
    path: bytes
    size: int
    mtime_ns: int
    content_hash: str
    absent: bool


_KNOWN = "SELECT photo_id, path, size, mtime_ns, content_hash, absent_since IS NOT NULL AS absent FROM photos WHERE "


def known_files(library: Library, root_id: int, place: bytes | None = None) -> Iterator[KnownFile]:
    """Return the files of a root in the order of path bytes, absent ones too; read page by page.

    Args:
        place: Only the file of this path, or those in the folder of this path.
    """
    for row in library.rows(_KNOWN + "root_id = ? AND path = ?", (root_id, place)):
        yield _known_file(row)
    start, end = (b"", None) if place is None else _bounds(place)
    in_place = "root_id = :root AND path > :after AND (:end IS NULL OR path < :end) ORDER BY path LIMIT :size"
    for page in library.pages(_KNOWN + in_place, "path", start, PAGE, root=root_id, end=end):
        yield from map(_known_file, page)


def _bounds(folder: bytes) -> tuple[bytes, bytes]:
    """Return two paths between which all paths in a folder are."""
    bare = folder.rstrip(b"/")
    return bare + b"/", bare + b"0"  # 0 is the byte after the slash


def _known_file(row: sqlite3.Row) -> KnownFile:
    return KnownFile(**{**dict(row), "absent": bool(row["absent"])})


def photo_at(library: Library, path: bytes, content_hash: str) -> KnownFile | None:
    """Return the photo of that content at a path, or None."""
    return _first_known(library, "path = ? AND content_hash = ?", (path, content_hash))


def absent_photo(library: Library, content_hash: str) -> KnownFile | None:
    """Return a photo of that content whose file has gone, or None."""
    return _first_known(library, "content_hash = ? AND absent_since IS NOT NULL", (content_hash,))


def analysed_photo(library: Library, content_hash: str, spaces: Sequence[EmbeddingSpace]) -> KnownFile | None:
    """Return a photo of that content which every one of these spaces has the vectors of, or None."""
    return _first_known(library, f"content_hash = ? AND {_ANALYSED}", (content_hash, *_ids(spaces)))


def _first_known(library: Library, condition: str, parameters: tuple[object, ...]) -> KnownFile | None:
    rows = library.rows(f"{_KNOWN}{condition} LIMIT 1", parameters)
    return _known_file(rows[0]) if rows else None


_ANALYSED = "(SELECT COUNT(*) FROM analyses WHERE analyses.photo_id = photos.photo_id AND space_id IN (?, ?)) = 2"


def _ids(spaces: Sequence[EmbeddingSpace]) -> list[int]:
    return [space.space_id for space in spaces]


def hashes_of_size(library: Library, size: int, spaces: Sequence[EmbeddingSpace]) -> frozenset[str]:
    """Return the contents of that many bytes which every one of these spaces has the vectors of.

    A file of any other size is certainly new, and need not be hashed before it is decoded. However many copies of a
    content there are, it costs one step of the index.
    """
    rows = library.rows(
        "WITH RECURSIVE contents (content) AS ("
        " SELECT MIN(content_hash) FROM photos WHERE size = ?1"
        " UNION ALL SELECT (SELECT MIN(content_hash) FROM photos WHERE size = ?1 AND content_hash > content)"
        "  FROM contents WHERE content IS NOT NULL)"
        " SELECT content FROM contents WHERE content IS NOT NULL",
        (size,),
    )
    return frozenset(row[0] for row in rows if analysed_photo(library, row[0], spaces))


def incomplete_photos(library: Library, spaces: Sequence[EmbeddingSpace], place: bytes | None = None) -> set[int]:
    """Return ids of present photos that lack the vectors of one of two spaces.

    Args:
        place: Only the photo of this path, or those in the folder of this path.
    """
    query = (
        "SELECT photo_id FROM photos WHERE absent_since IS NULL AND"
        " (SELECT COUNT(*) FROM analyses WHERE analyses.photo_id = photos.photo_id AND space_id IN (?, ?)) < 2"
    )
    parameters: list[int | bytes] = [space.space_id for space in spaces]
    if place is not None:
        query += " AND (path = ? OR path > ? AND path < ?)"
        parameters += [place, *_bounds(place)]
    return {row[0] for row in library.rows(query, parameters)}
