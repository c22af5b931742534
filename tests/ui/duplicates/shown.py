"""What the screen Duplicates shows, and what the ledger holds of it."""

from textual.pilot import Pilot

from dofisac_tui.library.clusters import Cluster
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import Vote, standing_votes
from dofisac_tui.ui.app import DofisacApp
from dofisac_tui.ui.duplicates.duplicates_screen import DuplicatesScreen
from dofisac_tui.ui.widgets.picture_rows import PictureRows
from dofisac_tui.ui.widgets.text_line import TextLine
from tests.ui.helpers import until


async def opened(app: DofisacApp, pilot: Pilot[str]) -> DuplicatesScreen:
    await pilot.press("f4")
    await until(pilot, lambda: isinstance(app.screen, DuplicatesScreen) and app.screen.current)
    screen = app.screen
    assert isinstance(screen, DuplicatesScreen)
    return screen


def here(screen: DuplicatesScreen) -> Cluster:
    assert screen.group
    return screen.group


def verdicts(library: Library) -> list[Vote]:
    return [vote for vote in standing_votes(library) if vote.kind == "photos"]


def headings(screen: DuplicatesScreen) -> str:
    return "\n".join(str(line.render()) for line in screen.query_one(PictureRows).query(TextLine))
