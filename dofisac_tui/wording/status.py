"""Describe the state of a library in labelled lines."""

import socket
from collections.abc import Iterator
from typing import Any, NamedTuple

from dofisac_tui.display import display_text
from dofisac_tui.library.lock import DAEMON_COMMAND
from dofisac_tui.library.runs import RunKind
from dofisac_tui.wording.kinds import WORDS
from dofisac_tui.wording.numbers import ago, counted, duration


class StatusRow(NamedTuple):
    """One line of the status.

    Attributes:
        label: Empty for a line that continues the one above.
        bad: True if the user should act.
        run: The kind of clustering that the line is about.
        held: The run whose changes wait.
    """

    label: str
    words: str
    bad: bool = False
    run: RunKind | None = None
    held: int | None = None

    @property
    def is_heading(self) -> bool:
        """True if the line only names those below it."""
        return bool(self.label) and not self.words


def status_lines(facts: dict[str, Any], watcher: bool, start_key: str) -> list[StatusRow]:
    """Return all lines, with an empty one between parts.

    Args:
        facts: The result of `library_facts`.
        watcher: True if this app's own watcher runs.
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
    yield StatusRow("Indexing", "")
    if holder is None:
        words = "starting" if watcher else f"not running ({start_key}: start)"
        yield StatusRow("watcher", words, bad=not watcher)
        return
    yield StatusRow("run by", _reader(holder, watcher))
    if daemon is None:
        return
    yield StatusRow("watcher", f"{display_text(daemon['state'])}{_queue(daemon)}")
    if daemon["current_file"]:
        yield StatusRow("last file", display_text(daemon["current_file"]))
    if daemon["reconciled_at"]:
        yield StatusRow("full scan", ago(daemon["reconciled_at"]))
    if daemon["wakeups"] is not None:
        yield StatusRow("wakeups", f"{daemon['wakeups']:g} a minute")
    if daemon["error"]:
        yield StatusRow("last error", f"{ago(daemon['error_at'])}: {display_text(daemon['error'])}", bad=True)


def _reader(holder: dict[str, Any], watcher: bool) -> str:
    """Return the process that indexes."""
    where = "" if holder["host"] == socket.gethostname() else f" on {display_text(holder['host'])}"
    process = f"process {holder['pid']}{where}"
    if holder["command"] != DAEMON_COMMAND:
        return f"the command {display_text(holder['command'])} · {process}"
    return f"this app, while it is open · {process}" if watcher else f"the daemon · {process}"


def _queue(daemon: dict[str, Any]) -> str:
    if not daemon["queue"]:
        return ""
    rate = f" · {daemon['rate']:.1f} a second" if daemon["rate"] else ""
    left = f" · {duration(daemon['seconds_left'])} left" if daemon["seconds_left"] else ""
    return f" · {counted(daemon['queue'], 'file')} to do{rate}{left}"


def _runs(facts: dict[str, Any]) -> Iterator[StatusRow]:
    yield StatusRow("Clusterings", "")
    for run in facts["runs"]:
        words = f"found {ago(run['finished_at'])} (run {run['run']})" if run["run"] else "not clustered yet"
        held = f" · changes waiting (run {run['held']})" if run["held"] else ""
        yield StatusRow(WORDS[run["kind"]], words + held, bool(run["held"]), run["kind"], run["held"])


def _library(facts: dict[str, Any]) -> Iterator[StatusRow]:
    absent = f" · {facts['absent']:,} missing" if facts["absent"] else ""
    queue, disk = facts["queue"], facts["disk"]
    yield StatusRow("Library", "")
    yield StatusRow("photos", f"{facts['photos']:,}{absent}")
    votes = counted(facts["votes"], "vote")
    yield StatusRow("faces", f"{facts['faces']:,} · {facts['people']:,} named people · {votes}")
    due = f" · {queue['retries_due']:,} due now" if queue["retries_due"] else ""
    asked = f" · {queue['quarantined']:,} without automatic retry" if queue["quarantined"] else ""
    yield StatusRow("failures", f"{facts['failures']:,}{due}{asked}")
    used, free = disk["library_bytes"] / 1e6, disk["free_bytes"] / 1e9
    yield StatusRow("disk", f"{used:,.1f} MB used · {free:,.1f} GB free", bad=free < 1)
    yield StatusRow("path", display_text(facts["library"]))


def _roots(facts: dict[str, Any]) -> Iterator[StatusRow]:
    yield StatusRow("Folders", "")
    for number, root in enumerate(facts["roots"]):
        missing = " · not found; its photos are kept" if root["missing"] else ""
        words = f"{display_text(root['path'])} · {counted(root['photos'], 'photo')}{missing}"
        yield StatusRow("" if number else "indexed", words, root["missing"])
    if not facts["roots"]:
        yield StatusRow("indexed", "none yet")


def _models(facts: dict[str, Any]) -> Iterator[StatusRow]:
    models = facts["models"]
    yield StatusRow("Models", "")
    yield StatusRow("pack", display_text(models["pack"] or "none yet"))
    for space in models["spaces"]:
        searched = space["name"] in (models["face_space"], models["scene_space"])
        seen = f"{space['photos']:,} of {facts['photos']:,} photos"
        if space["photos"] < facts["photos"]:
            seen = f"indexing: {seen}"
        yield StatusRow(space["kind"] + "s", f"{display_text(space['name'])} · {seen}{' · in use' * searched}")
