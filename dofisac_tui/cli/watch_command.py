"""`watch`: the daemon in the foreground; the same as `dofisac-daemon`."""

import os

import click

from dofisac_tui.cli.context import Context, pass_context


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
