"""Photos and faces as tiles show them."""

import os
from collections.abc import Iterable

from rich.text import Text

from dofisac_tui.display import display_text
from dofisac_tui.library.cards import FaceCard, PhotoCard
from dofisac_tui.ui.images.studio import Box, Shot, shown_part
from dofisac_tui.ui.widgets.tile import TileContent
from dofisac_tui.ui.words import place, taken


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
    words = [taken(card)] if caption is not None and card.taken_at else []
    named = caption is None and not card.taken_at
    words += [display_text(os.path.basename(os.path.dirname(card.path))) if named else place(card, 80)]
    return TileContent(shot or photo_shot(card), usual if caption is None else caption, Text("\n".join(words)), tail)


def face_tile(
    card: FaceCard | None, caption: str | Text, tail: str = "", words: str = "", short_tail: str = ""
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
    return TileContent(face_shot(card) if card else None, label, Text(words), tail, short_tail)


def photo_shot(card: PhotoCard, frame: Box | None = None) -> Shot:
    """The picture of a photo, a face in it framed."""
    return Shot(card.content_hash, card.path, card.width, card.height, frame=frame)


def face_shot(card: FaceCard, others: Iterable[Box] = ()) -> Shot:
    """The picture of a face alone, framed where one of these other faces can be seen, too."""
    photo = card.photo
    shot = Shot(photo.content_hash, photo.path, photo.width, photo.height, crop=card.box)
    left, top, right, bottom = shown_part(shot)
    crowded = any(x < right and left < x + w and y < bottom and top < y + h for x, y, w, h in others)
    return shot._replace(frame=card.box) if crowded else shot
