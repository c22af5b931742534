"""Photos and faces as tiles show them."""

from rich.text import Text

from dofisac_tui.display import display_text
from dofisac_tui.library.cards import FaceCard, PhotoCard
from dofisac_tui.ui.images.studio import Box, Shot
from dofisac_tui.ui.widgets.tile import TileContent
from dofisac_tui.ui.words import taken


def photo_tile(
    card: PhotoCard | None, caption: Text | None = None, tail: str = "", shot: Shot | None = None
) -> TileContent:
    """A photo, whole.

    Args:
        card: None where the photo is no longer there.
        caption: By default when it was taken, or where nobody knows that, its name.
        tail: What follows the caption, and is never cut off.
        shot: A picture other than the plain photo.
    """
    if card is None:
        return TileContent(None, Text("gone"), Text("This photo left the library."))
    name = display_text(card.path.rsplit(b"/", 1)[-1])
    usual = Text(taken(card) if card.taken_at else name)
    return TileContent(shot or photo_shot(card), usual if caption is None else caption, Text(name), tail)


def face_tile(card: FaceCard | None, caption: str, tail: str = "", words: str = "") -> TileContent:
    """A face, cut out of its photo.

    Args:
        card: None where there is no face to show.
        tail: What follows the caption, and is never cut off.
        words: What stands in the place of a picture; the caption where nothing is given.
    """
    return TileContent(face_shot(card) if card else None, Text(caption), Text(words or caption), tail)


def photo_shot(card: PhotoCard, frame: Box | None = None) -> Shot:
    """The picture of a photo, a face in it framed."""
    return Shot(card.content_hash, card.path, card.width, card.height, frame=frame)


def face_shot(card: FaceCard) -> Shot:
    """The picture of a face alone."""
    photo = card.photo
    return Shot(photo.content_hash, photo.path, photo.width, photo.height, crop=card.box)
