"""`watch`: the daemon in the foreground; the same as `dofisac-daemon`."""

import os
import shlex
import time

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import json_option, print_json, say
from dofisac_tui.display import display_text
from dofisac_tui.errors import DofisacError
from dofisac_tui.interchange.json_rows import iso_time
from dofisac_tui.library.lock import DAEMON_COMMAND, current_holder


@click.command()
@click.argument("roots", nargs=-1, type=click.Path())
@click.option("--log-file", is_flag=True, help="Log to a file in the library, too.")
@pass_context
def watch(context: Context, roots: tuple[str, ...], log_file: bool) -> None:
    """Add the folders ROOTS, and keep the library up to date until stopped.

    Photos are only ever read. Stop it with ctrl+c; to run it always, see: dofisac-tui service
    """
    from dofisac_daemon.main import run

    run(context.folder, [os.fsencode(root) for root in roots], log_file)


@click.group()
def service() -> None:
    """Run the daemon always, with systemd."""


@service.command()
@pass_context
def install(context: Context) -> None:
    """Start the daemon now and at every login, as a unit of this user.

    Run `loginctl enable-linger` once to have it run without a login, too.
    """
    from dofisac_daemon import systemd

    if not systemd.has_systemd():
        raise DofisacError("No systemd runs for this user", _without_systemd(systemd.command(context.folder)))
    context.create_library().close()
    systemd.install(context.folder)
    say(f"Wrote {display_text(str(systemd.unit_file()))} and started it. It starts at every login from now on.")
    say("To have it run without a login, too: loginctl enable-linger")
    say(f"Its log: journalctl --user -u {systemd.NAME}")


@service.command()
@pass_context
def remove(context: Context) -> None:
    """Stop the daemon and take its unit away. The library stays as it is."""
    from dofisac_daemon import systemd

    if not systemd.unit_file().exists():
        raise DofisacError("There is no unit to remove", f"It would be {display_text(str(systemd.unit_file()))}.")
    systemd.remove()
    say(f"Stopped the daemon and removed {display_text(str(systemd.unit_file()))}.")


@service.command()
@json_option
@pass_context
def status(context: Context, as_json: bool) -> None:
    """Say whether the unit is installed and whether a daemon runs, however it was started."""
    from dofisac_daemon import systemd

    holder = current_holder(context.folder) if context.folder.exists() else None
    running = holder if holder and holder.command == DAEMON_COMMAND else None
    facts = {
        "unit": str(systemd.unit_file()),
        "installed": systemd.unit_file().exists(),
        "systemd": systemd.has_systemd(),
        "pid": running.pid if running else None,
        "since": iso_time(running.since) if running else None,
    }
    if as_json:
        print_json(facts)
        return
    click.echo(f"unit      {display_text(str(facts['unit']))}{'' if facts['installed'] else ' (not installed)'}")
    click.echo(f"systemd   {'runs for this user' if facts['systemd'] else 'does not run for this user'}")
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(running.since)) if running else ""
    click.echo(f"daemon    {f'process {running.pid}, since {since}' if running else 'not running'}")
    if not running and not facts["systemd"]:
        say(_without_systemd(systemd.command(context.folder)))


def _without_systemd(command: list[str]) -> str:
    line = display_text(shlex.join([*command, "--log-file"]))
    return f"Add this line with `crontab -e`: @reboot {line}\nOr start it by hand: nohup {line} >/dev/null 2>&1 &"
