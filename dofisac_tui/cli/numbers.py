"""Numbers as the command line takes them."""

import click

ID = click.IntRange(1, 2**63 - 1)
"""An id: what SQLite can hold."""

AT_MOST = click.IntRange(1, 1_000_000)
"""How many results are wanted at most."""
