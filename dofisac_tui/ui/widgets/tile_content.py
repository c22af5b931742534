"""Photos and faces as tiles show them."""

import os
from collections.abc import Iterable

from rich.text import Text

from dofisac_tui.display import display_text
from dofisac_tui.library.views import FaceView, PhotoView
from dofisac_tui.ui.pictures.renderer import Box, PictureSource, shown_part
from dofisac_tui.ui.widgets.tile import TileContent
from dofisac_tui.wording.photos import place, taken


def photo_tile(
    card: PhotoView | None, caption: Text | None = None, tail: str = "", source: PictureSource | None = None
) -> TileContent:
    """A photo, whole.

    Args:
        card: None where the photo is no longer there.
        caption: By default when it was taken, or where nobody knows that, its name.
        tail: What follows the caption, and is never cut off.
        source: A picture other than the plain photo.
    """
    if card is None:
        return TileContent(None, Text("gone"), Text("This photo left the library."))
    name = display_text(card.path.rsplit(b"/", 1)[-1])
    usual = Text(taken(card) if card.taken_at else name)
    words = [taken(card)] if caption is not None and card.taken_at else []
    named = caption is None and not card.taken_at
    words += [display_text(os.path.basename(os.path.dirname(card.path))) if named else place(card, 80)]
    return TileContent(
        source or photo_source(card), usual if caption is None else caption, Text("\n".join(words)), tail
    )


def face_tile(
    card: FaceView | None, caption: str | Text, tail: str = "", words: str = "", short_tail: str = ""
) -> TileContent:
    """A face, cut out of its photo.

    Args:
        card: None where there is no face to show.
        tail: What follows the caption, and is never cut off.
        words: What stands in the place of a picture; where nothing is given, which photo it is on.
        short_tail: What follows it where there is little room.
    """
    label = Text.assemble(caption, overflow="ellipsis")
    if card and not words:
        words = "\n".join([*([taken(card.photo)] if card.photo.taken_at else []), place(card.photo, 80)])
    return TileContent(face_source(card) if card else None, label, Text(words), tail, short_tail)


def photo_source(card: PhotoView, frame: Box | None = None) -> PictureSource:
    """The picture of a photo, a face in it framed."""
    return PictureSource(card.content_hash, card.path, card.width, card.height, frame=frame)


def face_source(card: FaceView, others: Iterable[Box] = ()) -> PictureSource:
    """The picture of a face alone, framed where one of these other faces can be seen, too."""
    photo = card.photo
    source = PictureSource(photo.content_hash, photo.path, photo.width, photo.height, crop=card.box)
    left, top, right, bottom = shown_part(source)
    crowded = any(x < right and left < x + w and y < bottom and top < y + h for x, y, w, h in others)
    return source._replace(frame=card.box) if crowded else source
