"""Make a library of labelled photos and degraded versions of them, in which persons are split."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from benchmarks.clustering import Faces, found_faces
from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.engines.dlib_faces import BundledFaces
from dofisac_tui.library.database import Library, create_library
from dofisac_tui.library.embedding_spaces import ensure_space
from dofisac_tui.library.photos import FaceRecord, PhotoRecord, store_faces, store_photo
from dofisac_tui.library.roots import add_root

VERSIONS = 6


def labelled_faces(folder: Path, cache: Path) -> Faces:
    """Return the faces of PERSON/photo.jpg and VERSIONS degraded versions of each photo, cached in `cache`."""
    kept = cache / "review_faces.npz"
    if not kept.exists():
        chance, photos = np.random.default_rng(0), []
        for path in sorted(folder.glob("*/*.jpg")):
            photo = Image.open(path).convert("RGB")
            photos += [(path.parent.name, each) for each in (photo, *worse_versions(photo, chance))]
        faces = found_faces(BundledFaces(), photos)
        np.savez(kept, **vars(faces))
    return Faces(**np.load(kept))


def worse_versions(photo: Image.Image, chance: np.random.Generator) -> Iterator[Image.Image]:
    """Yield versions degraded in two ways each: cropped and rotated, blurred, small, dark, noisy."""
    for _ in range(VERSIONS):
        version = photo
        for way in chance.permutation(5)[:2]:
            version = _worsened(version, int(way), chance)
        yield version


def _worsened(photo: Image.Image, way: int, chance: np.random.Generator) -> Image.Image:
    width, height = photo.size
    if way == 0:
        left, top, right, bottom = chance.uniform(0, 0.14, 4)
        box = round(left * width), round(top * height), round(width * (1 - right)), round(height * (1 - bottom))
        return photo.crop(box).resize((width, height)).rotate(float(chance.uniform(-25, 25)))
    if way == 1:
        return photo.filter(ImageFilter.GaussianBlur(float(chance.uniform(1.5, 4))))
    if way == 2:
        share = float(chance.uniform(0.12, 0.3))
        return photo.resize((round(width * share), round(height * share))).resize((width, height))
    if way == 3:
        light = float(chance.uniform(0.05, 0.3))
        return photo.point(lambda value: int(value * light))
    noise = chance.normal(0, chance.uniform(15, 50), (height, width, 3))
    return Image.fromarray((np.asarray(photo) + noise).clip(0, 255).astype(np.uint8))


def library_of(faces: Faces, folder: Path) -> tuple[Library, dict[int, str]]:
    """Return a library of these faces, and the person of each face id."""
    library = create_library(folder / "library")
    root = add_root(library, bytes(folder)).root_id
    engine = BundledFaces().space
    space = ensure_space(library, EmbeddingSpace(engine.name, "face", engine.dimensions, engine.metric))
    who: dict[int, str] = {}
    with library.write() as connection:
        for photo in np.unique(faces.photos).tolist():
            at = np.flatnonzero(faces.photos == photo).tolist()
            path = b"/%d.jpg" % photo
            content = hashlib.sha256(path).hexdigest()
            record = PhotoRecord(root, path, 1, 1, content, "JPEG", 250, 250, photo, None, None, None, None)
            photo_id = store_photo(connection, record)
            # of the boxes it only counts that those of one photo do not overlap
            boxes = [(100.0 * place, 10.0, 50.0, 60.0) for place in range(len(at))]
            landmarks = np.zeros((5, 2), np.float32)
            found = [
                FaceRecord(box, landmarks, 0.9, float(faces.quality[n]), faces.vectors[n])
                for box, n in zip(boxes, at, strict=True)
            ]
            store_faces(connection, photo_id, space, found)
            ids = connection.execute("SELECT face_id FROM faces WHERE photo_id = ? ORDER BY number", (photo_id,))
            who |= {row[0]: str(faces.people[n]) for row, n in zip(ids, at, strict=True)}
    return library, who
