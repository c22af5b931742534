"""`status`: what the library holds and who is at work. It only looks, so it is safe beside any writer."""

import time
from collections.abc import Iterator
from typing import Any

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import json_option, print_json
from dofisac_tui.display import display_text
from dofisac_tui.library.facts import library_facts


@click.command()
@json_option
@pass_context
def status(context: Context, as_json: bool) -> None:
    """Show what the library holds, which models it uses, and who is at work."""
    with context.open_library() as library:
        facts = library_facts(library)
    if as_json:
        print_json(facts)
    else:
        for line in _lines(facts):
            click.echo(line)


def _lines(facts: dict[str, Any]) -> list[str]:
    missing = {root["path"] for root in facts["roots"] if root["missing"]}
    folders = ", ".join(
        display_text(root["path"]) + (" (cannot be found)" if root["path"] in missing else "")
        for root in facts["roots"]
    )
    holder, disk = facts["indexing"], facts["disk"]
    at_work = f"{display_text(holder['command'])}, process {holder['pid']}" if holder else "nobody"
    absent = f", {facts['absent']:,} gone" if facts["absent"] else ""
    quarantined = facts["queue"]["quarantined"]
    failed = f"{facts['failures']:,}" + (f", {quarantined:,} of them only tried on request" if quarantined else "")
    return [
        f"library    {display_text(facts['library'])}",
        f"folders    {folders or 'none yet; add one with: dofisac-tui index FOLDER'}",
        f"photos     {facts['photos']:,}{absent}",
        f"faces      {facts['faces']:,}",
        f"failures   {failed}",
        f"indexing   {at_work}",
        *_daemon_lines(facts["daemon"]),
        f"models     {facts['models']['pack']}",
        f"disk       {disk['library_bytes'] / 1e6:,.1f} MB and thumbnails, {disk['free_bytes'] / 1e9:,.1f} GB free",
    ]


def _daemon_lines(daemon: dict[str, Any] | None) -> Iterator[str]:
    if daemon is None:
        return
    yield f"daemon     {display_text(daemon['state'])}{_queue(daemon)}"
    if daemon["current_file"]:
        yield f"           last file {display_text(daemon['current_file'])}"
    if daemon["reconciled_at"]:
        yield f"           compared all folders {_ago(daemon['reconciled_at'])}"
    if daemon["wakeups"] is not None:
        yield f"           {daemon['wakeups']:g} wake-ups a minute"
    if daemon["error"]:
        yield f"           last error {_ago(daemon['error_at'])}: {display_text(daemon['error'])}"


def _queue(daemon: dict[str, Any]) -> str:
    if not daemon["queue"]:
        return ""
    rate = f", {daemon['rate']:.1f} a second, {daemon['seconds_left'] / 60:.0f} min left" if daemon["rate"] else ""
    return f", {daemon['queue']:,} files to do{rate}"


def _ago(at: float) -> str:
    minutes = max(time.time() - at, 0) / 60
    return f"{minutes:.0f} min ago" if minutes < 120 else f"{minutes / 60:.0f} h ago"
