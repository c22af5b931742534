"""The top line: where you are, how much there is, and what the daemon does."""

from rich.text import Text

from dofisac_tui.library.status_report import Overview
from dofisac_tui.ui.keys.actions import SCREENS
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.wording.numbers import counted, duration


class TopBar(TextLine):
    """One line.

    Args:
        screen_name: The screen it stands on; empty for the name of the app without the screens.
    """

    COMPONENT_CLASSES = {"top-bar--here", "top-bar--need", "top-bar--quiet", "top-bar--work"}

    def __init__(self, screen_name: str) -> None:
        super().__init__(id="top-bar")
        self._here = screen_name
        self._overview: Overview | None = None

    def tell(self, overview: Overview | None) -> None:
        """Show what the library holds now."""
        self._overview = overview
        self._draw()

    def on_resize(self) -> None:
        """As much as fits."""
        self._draw()

    def _draw(self) -> None:
        width = self.size.width
        shapes = ((1, False, 0), (0, False, 0), (0, False, 1), (0, False, 2), (0, False, 3), (0, True, 3))
        for apart, short_tabs, short_work in shapes:
            left, right = self._tabs(apart, short_tabs), self._work(short_work)
            if left.cell_len + right.cell_len < width:
                break
        gap = max(1, width - left.cell_len - right.cell_len)
        line = Text.assemble(left, " " * gap, right, no_wrap=True, overflow="crop")
        self.put(line)

    def _tabs(self, apart: int, short: bool) -> Text:
        """The screens, with so many spaces more than one between them."""
        here = self.get_component_rich_style("top-bar--here", partial=True)
        need = self.get_component_rich_style("top-bar--need", partial=True)
        quiet = self.get_component_rich_style("top-bar--quiet", partial=True)
        line = Text(" ")
        if not self._here:
            return line.append(str(self.app.title), here)
        for name in SCREENS:
            title = name.capitalize()
            if short and name != self._here:
                title = title[:3]
            line.append(f"{' ' * apart}{title} ", here if name == self._here else quiet)
            if name == "failures" and self._overview and self._overview.failures:
                line.append(f"{self._overview.failures:,} ", need)
            if name == "people" and self._overview and self._overview.proposals:
                line.append("• ", need)
        return line

    def _work(self, short: int) -> Text:
        """How many photos there are, and what is done; in short, only what is done where something is.

        Args:
            short: How many times something is left out.
        """
        seen = self._overview
        if seen is None:
            return Text("")
        beat, doing = seen.heartbeat, []
        if beat and beat.queue:
            left = f"{'indexing ' * (short < 2)}{beat.queue:,} left"
            doing = [left, *([duration(beat.seconds_left)] if beat.seconds_left and short < 3 else [])]
        elif seen.holder:
            doing = ["watching" if beat else "indexing"]
        photos = counted(seen.photos, "photo")
        words = [photos, *doing] if not short else doing if beat and beat.queue else [photos]
        sign = "● " if seen.holder else "○ "
        quiet = self.get_component_rich_style("top-bar--quiet", partial=True)
        work = self.get_component_rich_style("top-bar--work", partial=True) if seen.holder else quiet
        return Text.assemble((sign, work), (" · ".join(words), quiet), " ")
