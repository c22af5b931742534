"""One photo, as large as the terminal allows, face by face."""

import os

from rich.text import Text
from textual.app import ComposeResult

from dofisac_tui.display import display_text
from dofisac_tui.errors import QueryError
from dofisac_tui.library.cards import FaceCard, PhotoCard, faces_of_photo, photo_cards
from dofisac_tui.library.database import Library
from dofisac_tui.library.people import list_people, name_person
from dofisac_tui.search.query import Query
from dofisac_tui.ui.actions import bindings_of
from dofisac_tui.ui.finder import Like, Question
from dofisac_tui.ui.images.studio import Shot
from dofisac_tui.ui.screens.base import SOURCE, LibraryScreen
from dofisac_tui.ui.viewer import open_in_viewer
from dofisac_tui.ui.widgets.preview import Preview
from dofisac_tui.ui.words import person, photo_words


class PhotoScreen(LibraryScreen):
    """Opened from any picture; enter, escape and q lead back to it.

    Args:
        photo_ids: The photos that left and right go through.
        position: The one to begin with.
        face_id: The face to mark, where one is meant.
    """

    NAME = "photo"
    BINDINGS = bindings_of(NAME)

    def __init__(self, photo_ids: list[int], position: int = 0, face_id: int | None = None) -> None:
        super().__init__()
        self._ids = photo_ids
        self._position = position
        self._wanted_face = face_id
        self._card: PhotoCard | None = None
        self._faces: list[FaceCard] = []
        self._face = -1

    def body(self) -> ComposeResult:
        """One preview over all the room."""
        yield Preview(self.dofisac.studio, settle=0.02)

    def on_mount(self) -> None:
        """The first photo."""
        self._load()

    def _load(self) -> None:
        self.spawn(self._show_photo(), group="photo", exclusive=True)

    async def _show_photo(self) -> None:
        self._card, self._faces = await self.dofisac.desk.quick(_photo, self._ids[self._position])
        here = [number for number, face in enumerate(self._faces) if face.face_id == self._wanted_face]
        self._face = here[0] if here else -1
        self._draw()

    def _draw(self) -> None:
        card = self._card
        if card is None:
            return
        face = self._faces[self._face] if self._face >= 0 else None
        shot = Shot(card.content_hash, card.path, card.width, card.height, frame=face.box if face else None)
        words = photo_words(card, self._faces, self.size.width - 4)
        self.query_one(Preview).show(shot, words)
        count = f"{self._position + 1:,} of {len(self._ids):,}"
        who = f" · face {self._face + 1} of {len(self._faces)}: {person(face)}" if face else ""
        self.evidence(Text(f"{count}{who} · {display_text(card.path)}"))

    def action_move_left(self) -> None:
        """The photo before."""
        self._go(-1)

    def action_move_right(self) -> None:
        """The next photo."""
        self._go(1)

    def _go(self, step: int) -> None:
        position = max(0, min(self._position + step, len(self._ids) - 1))
        if position != self._position:
            self._position, self._wanted_face = position, None
            self._load()

    def action_face_next(self) -> None:
        """Mark the next face; after the last one none."""
        self._face = self._face + 1 if self._face + 1 < len(self._faces) else -1
        self._draw()

    def action_photo_open(self) -> None:
        """Back."""
        self.dismiss()

    def action_app_back(self) -> None:
        """Back."""
        self.dismiss()

    def action_app_leave(self) -> None:
        """Back."""
        self.dismiss()

    def action_app_go(self, name: str) -> None:
        """Away from here, and to another screen."""
        self.dismiss()
        super().action_app_go(name)

    def action_photo_viewer(self) -> None:
        """The desktop's own viewer."""
        if self._card:
            self.spawn(open_in_viewer(self.dofisac, self._card.path))

    def action_photo_copy_path(self) -> None:
        """The path to the clipboard, where the terminal lets us."""
        if self._card:
            self.app.copy_to_clipboard(os.fsdecode(self._card.path).encode("utf-8", "replace").decode())
            self.say("The path was sent to the clipboard.")

    def action_search_like(self) -> None:
        """Photos like this one."""
        if self._card:
            self._search(Like("photo", self._card.photo_id))

    def action_search_who(self) -> None:
        """Photos of this face, or of the largest."""
        self.spawn(self._who())

    async def _who(self) -> None:
        if not self._faces:
            raise QueryError("No face was found on this photo", "Look for photos like it instead: m.")
        self._search(Like("face", self._faces[max(0, self._face)].face_id))

    def action_search_edit(self) -> None:
        """To the query line."""
        self.dismiss()
        self.app.call_later(self.dofisac.edit_query)

    def _search(self, like: Like) -> None:
        self.dismiss()
        self.app.call_later(self.dofisac.search_for, Question(Query(), like))

    def action_person_name(self) -> None:
        """Name the person of the marked face."""
        self.spawn(self._give_name())

    async def _give_name(self) -> None:
        if not self._faces:
            raise QueryError("No face was found on this photo", "There is nobody to name.")
        face = self._faces[max(0, self._face)]
        if face.person_id is None:
            raise QueryError("This face stands alone so far", "Cluster people first (C on the People screen).")
        people = await self.dofisac.desk.quick(list_people)
        names = [each.name for each in people if each.name]

        async def suggest(text: str) -> list[str]:
            return [name for name in names if text.casefold() in name.casefold()]

        name = await self.ask("Name", face.name or "", suggest)
        if name and name.strip():
            vote = await self.dofisac.desk.quick(name_person, face.person_id, name, SOURCE)
            self.say(f"This is {display_text(vote.answer, 60)} now.")
            self._wanted_face = face.face_id
            await self._show_photo()


def _photo(library: Library, photo_id: int) -> tuple[PhotoCard, list[FaceCard]]:
    cards = photo_cards(library, [photo_id])
    if photo_id not in cards:
        raise QueryError("This photo is no longer in the library", "Press esc to go back.")
    return cards[photo_id], faces_of_photo(library, photo_id)
