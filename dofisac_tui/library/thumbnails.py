"""Name and store thumbnails by content hash, so that names cannot clash."""

from pathlib import Path

from dofisac_tui.files import replacing


def thumbnail_path(folder: Path, content_hash: str) -> Path:
    """Return the thumbnail (JPEG) of a content in the library in `folder`."""
    return folder / "thumbs" / content_hash[:2] / f"{content_hash}.jpg"


def store_thumbnail(folder: Path, content_hash: str, encoded: bytes) -> None:
    """Write a thumbnail unless it is there already."""
    path = thumbnail_path(folder, content_hash)
    if not path.exists():
        with replacing(path, durable=False) as building:
            building.write_bytes(encoded)
