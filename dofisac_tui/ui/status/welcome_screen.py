"""The first screen of a new library."""

from rich.text import Text
from textual.app import ComposeResult

from dofisac_tui.display import display_text
from dofisac_tui.ui.base.folders import add_folder
from dofisac_tui.ui.base.library_screen import LibraryScreen
from dofisac_tui.ui.keys.actions import bindings_of
from dofisac_tui.ui.widgets.text_line import TextLine

WORDS = """\
DoFISaC finds every photo of a person, and photos by describing them.
Nothing leaves this machine, and your photos are only ever read.

  {folder:6}  choose the folder of your photos
  {demo:6}  try a small library of sample photos
  {leave:6}  quit

Photos appear as they are indexed, newest first.
You can search meanwhile."""


class WelcomeScreen(LibraryScreen):
    """Shown while the library has no folder."""

    NAME = "welcome"
    BINDINGS = bindings_of(NAME)
    TABS = False

    def body(self) -> ComposeResult:
        """Yield the text."""
        yield TextLine(id="welcome")

    def on_mount(self) -> None:
        """Show the text with its keys."""
        keys = {name: self.key_of(f"welcome.{name}") for name in ("folder", "demo")}
        self.query_one("#welcome", TextLine).put(Text(WORDS.format(**keys, leave=self.key_of("app.leave"))))

    def action_welcome_folder(self) -> None:
        """Ask for a folder to add."""
        self.spawn_question(self._choose())

    async def _choose(self) -> None:
        root = await add_folder(self)
        if root and self.is_active:
            self.dismiss()
            await self.session.check_library()
            self.session.tell(f"Indexing {display_text(root.path)}: photos appear soon.")

    def action_welcome_demo(self) -> None:
        """Open another library, with sample photos."""
        self.app.exit("demo")
