"""What the library holds, in the words that screens use."""

import os

from rich.text import Text

from dofisac_tui.display import display_text
from dofisac_tui.library.cards import FaceCard, PhotoCard
from dofisac_tui.ui.widgets.line import fitted


def taken(card: PhotoCard) -> str:
    """When a photo was taken, to the minute."""
    return display_text((card.taken_at or "")[:16].replace("T", " ")) or "no date"


def evidence_words(about: str, card: PhotoCard, width: int) -> str:
    """What is known of a photo in one line: its path takes what room is left."""
    known = " · ".join([about, taken(card)] if card.taken_at else [about]) + " · "
    return known + fitted(display_text(card.path), max(8, width - len(known)))


def place(card: PhotoCard, width: int) -> str:
    """Folder and name of a file, the folders above left out first."""
    folder, name = os.path.split(card.path)
    return fitted(f"{display_text(os.path.basename(folder))}/{display_text(name)}", width)


def person(face: FaceCard) -> str:
    """Who a face is."""
    if face.name:
        return display_text(face.name, 60)
    return f"·{face.person_id}" if face.person_id is not None else "unknown"


def photo_words(card: PhotoCard, faces: list[FaceCard], width: int) -> Text:
    """The lines below a large picture, whose path stands elsewhere: date and size, camera, who is on it."""
    lines = [f"{taken(card)} · {card.width}×{card.height} · {file_size(card.size)}"]
    lines += [fitted(display_text(card.camera, 40), width)] if card.camera else []
    lines += ["The file is away now."] if card.absent else []
    lines += [fitted(" · ".join(people_in_words(faces)), width)] if faces else []
    return Text("\n".join(lines))


def people_in_words(faces: list[FaceCard]) -> list[str]:
    """Who is on a photo, and how many more are."""
    known = [person(face) for face in faces if face.person_id is not None]
    unknown = len(faces) - len(known)
    return [*known[:8], *([f"{unknown} unknown"] if unknown else [])]


def percent(share: float) -> str:
    """A probability of 0 to 1, never rounded to certainty."""
    if 0.995 <= share < 1:
        return "over 99 %"
    return "under 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def file_size(size: int) -> str:
    """Bytes, as people say it."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3)):,} kB"


def counted(count: int, what: str) -> str:
    """So many of something, whose plural has an s at the end of its first word."""
    first, *rest = what.split(" ", 1)
    return " ".join([f"{count:,}", first + "s" * (count != 1), *rest])
