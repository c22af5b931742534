"""One photo, as large as the terminal allows, face by face."""

from rich.text import Text
from textual.app import ComposeResult

from dofisac_tui.display import display_text
from dofisac_tui.errors import DofisacError, QueryError
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import Vote
from dofisac_tui.library.views import FaceView, PhotoView, faces_of_photo, photo_views
from dofisac_tui.search.query import Query
from dofisac_tui.ui.background.search_service import Like, SearchRequest
from dofisac_tui.ui.base.overlay_screen import OverlayScreen
from dofisac_tui.ui.base.viewer import open_in_viewer
from dofisac_tui.ui.keys.actions import bindings_of
from dofisac_tui.ui.people.naming import ask_name, assign_on, name_on
from dofisac_tui.ui.session import Album
from dofisac_tui.ui.widgets.preview import Preview
from dofisac_tui.ui.widgets.tile_content import photo_source
from dofisac_tui.wording.numbers import numbered
from dofisac_tui.wording.photos import person, photo_words

_ON_FACES = ("person.name", "search.who", "face.next")


class PhotoScreen(OverlayScreen):
    """Opened from any picture; enter, escape and q lead back to it.

    Args:
        album: The photos to go through with left and right.
    """

    NAME = "photo"
    BINDINGS = bindings_of(NAME)

    def __init__(self, album: Album) -> None:
        super().__init__()
        self._ids, self._position, self._wanted = album
        self._card: PhotoView | None = None
        self._faces: list[FaceView] = []
        self._marked = -1

    def body(self) -> ComposeResult:
        """Yield one large preview."""
        yield Preview(self.session.renderer, settle=0.02)

    def on_mount(self) -> None:
        """Show the first photo."""
        self._load()

    @property
    def face(self) -> FaceView | None:
        """The face that is marked."""
        return self._faces[self._marked] if 0 <= self._marked < len(self._faces) else None

    def _load(self) -> None:
        self.spawn(self._show_photo(), group="photo", exclusive=True)

    async def _show_photo(self) -> None:
        await self._read()
        wanted = self._wanted[self._position] if self._wanted else None
        self._marked = next((n for n, face in enumerate(self._faces) if face.face_id == wanted), -1)
        self._draw()

    async def _read(self) -> None:
        """Read the photo; until then, keys do nothing."""
        self._card, self._faces = None, []
        try:
            self._card, self._faces = await self.session.worker.quick(_photo, self._ids[self._position])
        except DofisacError:
            self.query_one(Preview).show(None, Text(""))
            self.evidence(Text(numbered("photo", self._position, len(self._ids))))
            raise

    def _draw(self) -> None:
        card, face = self._card, self.face
        if card is None:
            return
        words = photo_words(card, self._faces, self.size.width - 4)
        self.query_one(Preview).show(photo_source(card, face.box if face else None), words)
        parts = [numbered("photo", self._position, len(self._ids))]
        parts += [f"{numbered('face', self._marked, len(self._faces))}: {person(face)}"] if face else []
        self.evidence(Text(" · ".join([*parts, display_text(card.path)])))
        self.hide_keys(*(() if self._faces else _ON_FACES))

    def action_move_left(self) -> None:
        """Show the previous photo."""
        self._go(-1)

    def action_move_right(self) -> None:
        """Show the next photo."""
        self._go(1)

    def _go(self, step: int) -> None:
        position = max(0, min(self._position + step, len(self._ids) - 1))
        if position != self._position:
            self._position = position
            self._load()

    def action_face_next(self) -> None:
        """Mark the next face; after the last, none."""
        self._marked = self._marked + 1 if self._marked + 1 < len(self._faces) else -1
        self._draw()
        if self._card and not self._faces:
            self.say("No faces on this photo.")

    def action_photo_open(self) -> None:
        """Leave the screen."""
        self.leave()

    def action_photo_viewer(self) -> None:
        """Open the file in another program."""
        if self._card:
            self.spawn(open_in_viewer(self.session, self._card.path))

    def action_photo_copy_path(self) -> None:
        """Copy the path to the clipboard."""
        if self._card:
            self.copy_path(self._card.path)

    def action_search_like(self) -> None:
        """Search photos like this one."""
        if self._card:
            self._search(Like("photo", self._card.photo_id))

    def action_search_who(self) -> None:
        """Search photos of the marked face, or of the largest."""
        self.spawn(self._who())

    async def _who(self) -> None:
        self._search(Like("face", self._chosen(f"Press {self.key_of('search.like')} for similar photos.").face_id))

    def _chosen(self, hint: str) -> FaceView:
        """Return the marked face, or the largest.

        Raises:
            QueryError: there is none.
        """
        if self._card is None:
            raise QueryError("No photo here", f"Press {self.key_of('app.back')} to go back.")
        if not self._faces:
            raise QueryError("No faces on this photo", hint)
        return self.face or self._faces[0]

    def _search(self, like: Like) -> None:
        self.leave()
        self.app.call_later(self.session.search_for, SearchRequest(Query(), like))

    def action_person_name(self) -> None:
        """Name the person of the marked face."""
        self.spawn_question(self._give_name())

    async def _give_name(self) -> None:
        face = self._chosen("Nothing to name.")
        if face.person_id is None:
            vote = await assign_on(self, None, [face.face_id])
            if vote:
                self.decided(vote)
            return
        name = await ask_name(self, f"Who is {person(face)}?", face.name or "")
        if name:
            await name_on(self, face.person_id, name)

    def decided(self, vote: Vote) -> None:
        """Read the names again."""
        self.spawn(self._read_again(), group="photo", exclusive=True)

    async def _read_again(self) -> None:
        await self._read()
        self._draw()


def _photo(library: Library, photo_id: int) -> tuple[PhotoView, list[FaceView]]:
    cards = photo_views(library, [photo_id])
    if photo_id not in cards:
        raise QueryError("This photo is no longer in the library", "Press esc to go back.")
    return cards[photo_id], faces_of_photo(library, photo_id)
