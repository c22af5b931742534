"""`roots`: the folders that the library reads."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import json_option, print_json, print_table, say
from dofisac_tui.display import display_text
from dofisac_tui.interchange.json_rows import iso_time
from dofisac_tui.library.database import back_up
from dofisac_tui.library.embedding_spaces import searched_space
from dofisac_tui.library.lock import indexing_lock
from dofisac_tui.library.photos import list_photos
from dofisac_tui.library.roots import add_root, all_roots, remove_root
from dofisac_tui.library.status_report import library_facts


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def roots(ctx: click.Context, as_json: bool) -> None:
    """Show the folders of photos that the library reads."""
    if ctx.invoked_subcommand is None:
        _show(ctx.find_object(Context) or Context(None), as_json)


def _show(context: Context, as_json: bool) -> None:
    with context.open_library() as library:
        found = all_roots(library)
    if as_json:
        print_json([{"path": root.path, "missing": root.missing_since is not None} for root in found])
    elif found:
        print_table(("folder", ""), [(root.path, "cannot be found" if root.missing_since else "") for root in found])
    else:
        say("The library reads no folder yet. Add one with: dofisac-tui roots add FOLDER")


@roots.command()
@click.argument("folder", type=click.Path())
@pass_context
def add(context: Context, folder: str) -> None:
    """Read FOLDER from the next `index` on. Nothing in it is ever changed."""
    with context.create_library() as library:
        before = {root.path for root in all_roots(library)}
        root = add_root(library, os.fsencode(folder))
    if root.path in before:
        say(f"{display_text(os.fsencode(folder))} is read already, with {display_text(root.path)}.")
    else:
        say(f"Added {display_text(root.path)}. Read it now with: dofisac-tui index")


@roots.command()
@click.argument("folder", type=click.Path())
@pass_context
def remove(context: Context, folder: str) -> None:
    """Stop reading FOLDER and forget what was indexed under it. The photos stay where they are, and votes are kept."""
    with context.open_library(read_only=False) as library, indexing_lock(context.folder, "roots remove"):
        removed = remove_root(library, os.fsencode(folder))
    say(f"Removed {display_text(os.fsencode(folder))}; {removed} photos forgotten, none touched.")


@click.command()
@click.option("--absent", is_flag=True, help="The photos whose files have gone, instead of those present.")
@json_option
@pass_context
def photos(context: Context, absent: bool, as_json: bool) -> None:
    """List the photos of the library, by path."""
    with context.open_library() as library:
        rows = [dict(row) for row in list_photos(library, searched_space(library, "face"), absent)]
    if as_json:
        print_json([{**row, "absent": bool(row["absent"])} for row in rows])
    elif rows:
        print_table(
            ("id", "faces", "size", "taken", "path"),
            [
                (row["photo_id"], row["faces"], f"{row['width']}x{row['height']}", row["taken_at"], row["path"])
                for row in rows
            ],
        )
    else:
        say("No photo has gone." if absent else "No photos yet. Read some with: dofisac-tui index FOLDER")


@click.command()
@json_option
@pass_context
def status(context: Context, as_json: bool) -> None:
    """Show what the library holds, which models it uses, and who is at work."""
    with context.open_library() as library:
        facts = library_facts(library)
    if as_json:
        print_json(_with_iso_times(facts))
    else:
        for line in _lines(facts):
            click.echo(line)


def _with_iso_times(facts: Any) -> Any:
    """Return the same facts with every Unix time as ISO 8601."""
    if isinstance(facts, list):
        return [_with_iso_times(each) for each in facts]
    if not isinstance(facts, dict):
        return facts
    return {
        name: iso_time(value) if name == "since" or name.endswith("_at") else _with_iso_times(value)
        for name, value in facts.items()
    }


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


KEPT = 7


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@pass_context
def backup(context: Context, file: Path | None) -> None:
    """Copy the database to FILE, or to the library's folder `backups`, where the newest seven stay.

    Safe while others index, cluster and vote. To go back, put the copy in the place of library.db while nothing runs.
    """
    folder = context.folder / "backups"
    target = file or folder / f"library-{time.strftime('%Y%m%d-%H%M%S')}.db"
    with context.open_library(read_only=False) as library:
        back_up(library, target)
    say(f"Copied the database to {display_text(str(target))}")
    if file is None:
        for old in sorted(folder.glob("library-*.db"))[:-KEPT]:
            old.unlink()
