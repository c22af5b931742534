"""The log: one line a record, `what happened key=value ...`, every outside text made safe to print."""

import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from dofisac_tui.display import display_text
from dofisac_tui.files import make_private_folder

FILE_NAME = "daemon.log"
_MOST_BYTES = 5_000_000
_KEPT = 5
_logger = logging.getLogger("dofisac")

Fact = str | bytes | int | float | None


class _OneLine(logging.Formatter):
    """Keeps a record on one line, whoever wrote it."""

    def format(self, record: logging.LogRecord) -> str:
        return display_text(super().format(record), limit=4000)


def start_log(folder: Path | None) -> None:
    """Log to stderr, and to a file in the library that is rotated at 5 MB, the last five of which are kept.

    Args:
        folder: The library's folder, or None for stderr alone.
    """
    logging.raiseExceptions = False  # a full disk must not stop the daemon by way of its log
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if folder:
        make_private_folder(folder / "logs")
        handlers.append(RotatingFileHandler(folder / "logs" / FILE_NAME, maxBytes=_MOST_BYTES, backupCount=_KEPT))
    for handler in handlers:
        # journald writes the time itself
        time = "" if "JOURNAL_STREAM" in os.environ and not isinstance(handler, RotatingFileHandler) else "%(asctime)s "
        handler.setFormatter(_OneLine(f"{time}%(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)


def info(what: str, **facts: Fact) -> None:
    """Something that happened as it should."""
    _logger.info("%s", _record(what, facts))


def warning(what: str, **facts: Fact) -> None:
    """Something that somebody may want to look at."""
    _logger.warning("%s", _record(what, facts))


def _record(what: str, facts: dict[str, Fact]) -> str:
    return " ".join([what, *(f"{key}={_value(value)}" for key, value in facts.items() if value is not None)])


def _value(value: Fact) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int):
        return str(value)
    text = display_text(value or "")
    return f'"{text}"' if " " in text or "=" in text or not text else text
