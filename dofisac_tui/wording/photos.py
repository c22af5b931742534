"""What the library holds, in the words that screens use."""

import os

from rich.text import Text

from dofisac_tui.display import display_text
from dofisac_tui.library.views import FaceView, PhotoView
from dofisac_tui.wording.fitting import fitted
from dofisac_tui.wording.numbers import file_size


def taken(card: PhotoView) -> str:
    """When a photo was taken, to the minute."""
    return display_text((card.taken_at or "")[:16].replace("T", " ")) or "no date"


def evidence_words(about: str, card: PhotoView, width: int) -> str:
    """What is known of a photo in one line: its path takes what room is left."""
    known = " · ".join([about, taken(card)] if card.taken_at else [about]) + " · "
    return known + fitted(display_text(card.path), max(8, width - len(known)))


def place(card: PhotoView, width: int) -> str:
    """Folder and name of a file, the folders above left out first."""
    folder, name = os.path.split(card.path)
    return fitted(f"{display_text(os.path.basename(folder))}/{display_text(name)}", width)


def person(face: FaceView) -> str:
    """Who a face is."""
    if face.name:
        return display_text(face.name, 60)
    return f"·{face.person_id}" if face.person_id is not None else "unknown"


def photo_words(card: PhotoView, faces: list[FaceView], width: int) -> Text:
    """The lines below a large picture, whose path stands elsewhere: date and size, camera, who is on it."""
    lines = [f"{taken(card)} · {card.width}×{card.height} · {file_size(card.size)}"]
    lines += [fitted(display_text(card.camera, 40), width)] if card.camera else []
    lines += ["The file is away now."] if card.absent else []
    lines += [fitted(" · ".join(people_in_words(faces)), width)] if faces else []
    return Text("\n".join(lines))


def people_in_words(faces: list[FaceView]) -> list[str]:
    """Who is on a photo, and how many more are."""
    known = [person(face) for face in faces if face.person_id is not None]
    unknown = len(faces) - len(known)
    return [*known[:8], *([f"{unknown} unknown"] if unknown else [])]
