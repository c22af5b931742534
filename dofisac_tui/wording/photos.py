"""Describe photos and the faces on them."""

import os

from rich.text import Text

from dofisac_tui.display import display_text
from dofisac_tui.library.views import FaceView, PhotoView
from dofisac_tui.wording.fitting import fitted
from dofisac_tui.wording.numbers import file_size


def taken(card: PhotoView) -> str:
    """Return when a photo was taken, to the minute."""
    return display_text((card.taken_at or "")[:16].replace("T", " ")) or "no date"


def evidence_words(about: str, card: PhotoView, width: int) -> str:
    """Join what is known of a photo in one line; its path takes the remaining room."""
    known = " · ".join([about, taken(card)] if card.taken_at else [about]) + " · "
    return known + fitted(display_text(card.path), max(8, width - len(known)))


def place(card: PhotoView, width: int) -> str:
    """Return folder and name of a file."""
    folder, name = os.path.split(card.path)
    return fitted(f"{display_text(os.path.basename(folder))}/{display_text(name)}", width)


def file_name(card: PhotoView, most: int = 60) -> str:
    """Return the name of a file without its folder."""
    return display_text(os.path.basename(card.path), most)


def person(face: FaceView) -> str:
    """Return the person of a face."""
    if face.name:
        return display_text(face.name, 60)
    return f"·{face.person_id}" if face.person_id is not None else "unknown"


def photo_words(card: PhotoView, faces: list[FaceView], width: int) -> Text:
    """Return the lines below a large picture: date and size, camera, people."""
    lines = [f"{taken(card)} · {card.width}×{card.height} · {file_size(card.size)}"]
    lines += [fitted(display_text(card.camera, 40), width)] if card.camera else []
    lines += ["File missing."] if card.absent else []
    lines += [fitted(" · ".join(people_in_words(faces)), width)] if faces else []
    return Text("\n".join(lines))


def people_in_words(faces: list[FaceView]) -> list[str]:
    """List the people on a photo, then the number of unknown faces."""
    known = [person(face) for face in faces if face.person_id is not None]
    unknown = len(faces) - len(known)
    return [*known[:8], *([f"{unknown} unknown"] if unknown else [])]
