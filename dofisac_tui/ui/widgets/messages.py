"""What widgets tell the screen they stand on."""

from textual.message import Message

from dofisac_tui.errors import DofisacError


class Trouble(Message):
    """Something could not be done; the screen says so.

    Args:
        error: What went wrong, in words for people.
    """

    def __init__(self, error: DofisacError) -> None:
        super().__init__()
        self.error = error
