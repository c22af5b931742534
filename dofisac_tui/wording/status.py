"""The facts of a library in lines: what a label says, and whether it needs the person."""

import socket
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from dofisac_tui.display import display_text
from dofisac_tui.library.lock import DAEMON_COMMAND
from dofisac_tui.library.runs import RunKind
from dofisac_tui.wording.kinds import WORDS
from dofisac_tui.wording.numbers import counted, duration


class StatusRow(NamedTuple):
    """One line.

    Attributes:
        label: Empty for a line that goes on with the one above.
        bad: Whether it needs the person.
        run: What was clustered, where the line is about that.
        held: The run that waits for an answer.
    """

    label: str
    words: str
    bad: bool = False
    run: RunKind | None = None
    held: int | None = None

    @property
    def is_heading(self) -> bool:
        """Whether it only names what follows."""
        return bool(self.label) and not self.words


def status_lines(facts: dict[str, Any], watcher: bool, start_key: str) -> list[StatusRow]:
    """All lines, an empty one between parts.

    Args:
        facts: Of `library_facts`.
        watcher: Whether this app's own watcher runs.
        start_key: The key that starts it.
    """
    parts = (_work(facts, watcher, start_key), _runs(facts), _library(facts), _roots(facts), _models(facts))
    lines: list[StatusRow] = []
    for part in parts:
        lines += [StatusRow("", "")] if lines else []
        lines += part
    return lines


def _work(facts: dict[str, Any], watcher: bool, start_key: str) -> Iterator[StatusRow]:
    daemon, holder = facts["daemon"], facts["indexing"]
    yield StatusRow("Work", "")
    if holder is None:
        words = "starting" if watcher else f"nobody watches the folders; {start_key} starts it"
        yield StatusRow("watcher", words, bad=not watcher)
        return
    yield StatusRow("read by", _reader(holder, watcher))
    if daemon is None:
        return
    yield StatusRow("watcher", f"{display_text(daemon['state'])}{_queue(daemon)}")
    if daemon["current_file"]:
        yield StatusRow("last file", display_text(daemon["current_file"]))
    if daemon["reconciled_at"]:
        yield StatusRow("all folders", f"looked through {_ago(daemon['reconciled_at'])}")
    if daemon["wakeups"] is not None:
        yield StatusRow("wakes up", f"{daemon['wakeups']:g} times a minute")
    if daemon["error"]:
        yield StatusRow("last error", f"{_ago(daemon['error_at'])}: {display_text(daemon['error'])}", bad=True)


def _reader(holder: dict[str, Any], watcher: bool) -> str:
    """Who reads the folders, and where to find it."""
    where = "" if holder["host"] == socket.gethostname() else f" on {display_text(holder['host'])}"
    process = f"process {holder['pid']}{where}"
    if holder["command"] != DAEMON_COMMAND:
        return f"the command {display_text(holder['command'])} · {process}"
    return f"this app, for as long as it is open · {process}" if watcher else f"a watcher of its own · {process}"


def _queue(daemon: dict[str, Any]) -> str:
    if not daemon["queue"]:
        return ""
    rate = f" · {daemon['rate']:.1f} a second" if daemon["rate"] else ""
    left = f" · {duration(daemon['seconds_left'])} left" if daemon["seconds_left"] else ""
    return f" · {daemon['queue']:,} files to do{rate}{left}"


def _runs(facts: dict[str, Any]) -> Iterator[StatusRow]:
    yield StatusRow("Clusterings", "")
    for run in facts["runs"]:
        words = f"found {_ago(run['finished_at'])} (run {run['run']})" if run["run"] else "not looked for yet"
        held = f" · changes wait for you (run {run['held']})" if run["held"] else ""
        yield StatusRow(WORDS[run["kind"]], words + held, bool(run["held"]), run["kind"], run["held"])


def _library(facts: dict[str, Any]) -> Iterator[StatusRow]:
    absent = f" · {facts['absent']:,} gone" if facts["absent"] else ""
    queue, disk = facts["queue"], facts["disk"]
    yield StatusRow("Library", "")
    yield StatusRow("photos", f"{facts['photos']:,}{absent}")
    votes = counted(facts["votes"], "vote")
    yield StatusRow("faces", f"{facts['faces']:,} · {facts['people']:,} people with a name · {votes}")
    due = f" · {queue['retries_due']:,} due now" if queue["retries_due"] else ""
    asked = f" · {queue['quarantined']:,} only tried when asked" if queue["quarantined"] else ""
    yield StatusRow("failures", f"{facts['failures']:,}{due}{asked}")
    used, free = disk["library_bytes"] / 1e6, disk["free_bytes"] / 1e9
    yield StatusRow("disk", f"{used:,.1f} MB used · {free:,.1f} GB free", bad=free < 1)
    yield StatusRow("place", display_text(facts["library"]))


def _roots(facts: dict[str, Any]) -> Iterator[StatusRow]:
    yield StatusRow("Folders", "")
    for number, root in enumerate(facts["roots"]):
        missing = " · cannot be found; its photos are kept" if root["missing"] else ""
        words = f"{display_text(root['path'])} · {root['photos']:,} photos{missing}"
        yield StatusRow("" if number else "read", words, root["missing"])
    if not facts["roots"]:
        yield StatusRow("read", "none yet")


def _models(facts: dict[str, Any]) -> Iterator[StatusRow]:
    models = facts["models"]
    yield StatusRow("Models", "")
    yield StatusRow("pack", display_text(models["pack"] or "none yet"))
    for space in models["spaces"]:
        searched = space["name"] in (models["face_space"], models["scene_space"])
        seen = f"{space['photos']:,} of {facts['photos']:,} photos"
        if space["photos"] < facts["photos"]:
            seen = f"being filled: {seen}"
        yield StatusRow(space["kind"] + "s", f"{display_text(space['name'])} · {seen}{' · searched' * searched}")


def _ago(at: float) -> str:
    return f"{duration(max(0.0, time.time() - at))} ago"
