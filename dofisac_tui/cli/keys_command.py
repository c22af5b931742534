"""`keys`: the keys of the app as the settings have them."""

import click

from dofisac_tui.cli.context import Context, pass_context
from dofisac_tui.cli.output import json_option, print_json


@click.command()
@json_option
@pass_context
def keys(context: Context, as_json: bool) -> None:
    """Show the keys of the app as they are in force, and every mistake in the settings."""
    from dofisac_tui.ui.key_document import key_document
    from dofisac_tui.ui.keymap import keymap

    in_force = keymap(context.settings.keys)
    if as_json:
        print_json({name: list(chosen) for name, chosen in in_force.items()})
    else:
        click.echo(key_document(in_force), nl=False)
