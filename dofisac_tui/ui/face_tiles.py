"""Faces as tiles show them."""

from rich.text import Text

from dofisac_tui.library.cards import FaceCard
from dofisac_tui.ui.images.studio import Shot
from dofisac_tui.ui.widgets.tile import TileContent


def face_tile(card: FaceCard | None, caption: str, words: str = "") -> TileContent:
    """A face, cut out of its photo.

    Args:
        card: None where there is no face to show.
        words: What stands in the place of a picture; the caption where nothing is given.
    """
    return TileContent(face_shot(card) if card else None, Text(caption), Text(words or caption))


def face_shot(card: FaceCard) -> Shot:
    """The picture of a face alone."""
    photo = card.photo
    return Shot(photo.content_hash, photo.path, photo.width, photo.height, crop=card.box)


def framed_shot(card: FaceCard) -> Shot:
    """The picture of the whole photo, the face framed."""
    photo = card.photo
    return Shot(photo.content_hash, photo.path, photo.width, photo.height, frame=card.box)
