"""The top line: where you are, how much there is, and what the daemon does."""

from rich.text import Text

from dofisac_tui.library.overview import Overview
from dofisac_tui.ui.actions import SCREENS
from dofisac_tui.ui.widgets.line import Line


class TopBar(Line):
    """One line.

    Args:
        screen_name: The screen it stands on.
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
        left, right = self._tabs(), self._work()
        if left.cell_len + right.cell_len + 3 > width:
            right = self._work(short=True)
        if left.cell_len + right.cell_len + 1 > width:
            left = self._tabs(short=True)
        gap = max(1, width - left.cell_len - right.cell_len)
        line = Text.assemble(left, " " * gap, right, no_wrap=True, overflow="crop")
        self.put(line)

    def _tabs(self, short: bool = False) -> Text:
        here = self.get_component_rich_style("top-bar--here", partial=True)
        need = self.get_component_rich_style("top-bar--need", partial=True)
        quiet = self.get_component_rich_style("top-bar--quiet", partial=True)
        line = Text(" ")
        for name in SCREENS:
            title = name.capitalize()
            if short and name != self._here:
                title = title[:3]
            line.append(f" {title} ", here if name == self._here else quiet)
            if name == "failures" and self._overview and self._overview.failures:
                line.append(f"{self._overview.failures:,} ", need)
            if name == "people" and self._overview and self._overview.proposals:
                line.append("• ", need)
        return line

    def _work(self, short: bool = False) -> Text:
        seen = self._overview
        if seen is None:
            return Text("")
        words = [f"{seen.photos:,}" if short else f"{seen.photos:,} photos"]
        beat = seen.heartbeat
        if beat and beat.queue:
            words.append(f"indexing {beat.queue:,}" + ("" if short else " left"))
            if beat.seconds_left and not short:
                words.append(duration(beat.seconds_left))
        elif seen.holder and not beat:
            words.append("indexing")
        elif beat and not short:
            words.append("watching")
        sign = "● " if seen.holder else "○ "
        quiet = self.get_component_rich_style("top-bar--quiet", partial=True)
        work = self.get_component_rich_style("top-bar--work", partial=True) if seen.holder else quiet
        return Text.assemble((sign, work), (" · ".join(words), quiet), " ")


def duration(seconds: float) -> str:
    """A rough time, as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    if seconds < 36 * 3600:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86400:.0f} days"
