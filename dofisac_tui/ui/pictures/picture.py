"""A widget that shows one encoded picture."""

from rich.control import Control
from rich.segment import ControlType, Segment
from rich.text import Text
from textual.dom import NoScreen
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from dofisac_tui.ui.pictures.encode import Encoded
from dofisac_tui.ui.pictures.flow_control import FlowControl
from dofisac_tui.ui.pictures.kitty_images import KittyImages

# Rich leaves the text of a control segment as it is, and counts no cells for it
_AS_IT_IS = ((ControlType.CURSOR_FORWARD, 0),)


class Picture(Widget, can_focus=False):
    """A place for a picture. It has no border or padding, so that its region is all picture."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._encoded: Encoded | None = None
        self._words: Text | None = None
        self._question = ""

    @property
    def encoded(self) -> Encoded | None:
        """What is shown; None also where it was made for another size than the place has now."""
        return self._encoded if self._encoded and self._encoded.size == self.size else None

    def show(self, encoded: Encoded | None, words: Text | None = None) -> None:
        """Show a picture of this widget's size; where there is none, words, or nothing."""
        words = None if encoded else words
        if encoded is not self._encoded or words != self._words:
            self._encoded, self._words = encoded, words
            self._question = self._send(encoded) if encoded else ""
            self.refresh()

    def _send(self, encoded: Encoded) -> str:
        """Upload what the terminal is to hold; for what is drawn only, the question that has to follow it."""
        flow_control: FlowControl | None = getattr(
            self.app, "flow_control", None
        )  # an app without one sends as it comes
        if encoded.upload is None:
            return flow_control.sent(encoded.weight) if flow_control and self._on_top else ""
        if self._held and encoded.upload not in self._held:
            self._held.hold(encoded.upload, flow_control.sent(len(encoded.upload.data)) if flow_control else "")
        return ""

    @property
    def _held(self) -> KittyImages | None:
        return getattr(self.app, "held", None)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows of the picture, and with the last one whatever the protocol draws above the text."""
        encoded = self.encoded
        if encoded is None:
            return [strip.crop(crop.x, crop.right) for strip in self._in_words()[crop.y : crop.bottom]]
        if encoded.upload and self._held:
            self._held.hold(encoded.upload)
        rows = [strip.crop(crop.x, crop.right) for strip in encoded.strips[crop.y : crop.bottom]]
        if crop == Region.from_offset((0, 0), self.size):
            rows[-1] = Strip([*rows[-1], _control(self._above(encoded))], rows[-1].cell_length)
        return rows

    def _in_words(self) -> list[Strip]:
        width, height = self.size
        style = self.visual_style.rich_style
        lines = self._words.wrap(self.app.console, width)[:height] if self._words else []
        for line in lines:
            line.truncate(width, pad=True)
        drawn = [Strip([Segment(line.plain, style)], width) for line in lines]
        return [*drawn, *[Strip.blank(width, style)] * (height - len(drawn))]

    @property
    def _on_top(self) -> bool:
        """Whether no other screen stands above."""
        try:
            return self.screen.is_active
        except NoScreen:
            return True

    def _above(self, encoded: Encoded) -> str:
        """What is sent behind the text. Below another screen nothing is: a picture would shine through, and where that
        screen cuts this one, Rich counts what is sent as cells."""
        if not self._on_top:
            return ""
        if not encoded.overlay:
            return self._question
        corner, end = self.region.offset, self.region.bottom_right
        back = Control.move_to(end[0], end[1] - 1).segment.text
        return Control.move_to(*corner).segment.text + encoded.overlay + back + self._question

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """As wide as there is room."""
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As high as there is room."""
        return container.height


def _control(text: str) -> Segment:
    return Segment(text, None, _AS_IT_IS)
