"""Documents, settings and commands say the same."""

import re
import tomllib
from dataclasses import asdict
from pathlib import Path

import click
import pytest

from dofisac_tui.cli import COMMANDS, cli
from dofisac_tui.config import Settings

PROJECT = Path(__file__).parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
REFERENCE = (PROJECT / "docs" / "commands.md").read_text(encoding="utf-8")
SETTINGS = (PROJECT / "docs" / "settings.md").read_text(encoding="utf-8")


def command(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_subcommand_is_documented(name: str) -> None:
    group = command(name)
    subcommands = list(group.commands) if isinstance(group, click.Group) else []
    for wanted in (name, *(f"{name} {inner}" for inner in subcommands)):
        assert re.search(rf"`{wanted}\b", REFERENCE), wanted


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_is_documented(name: str) -> None:
    options = {
        option
        for parameter in command(name).params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
        if option.startswith("--")
    }
    assert options <= set(re.findall(r"--[a-z][a-z-]+", REFERENCE))


def test_no_command_is_documented_that_does_not_exist() -> None:
    table = REFERENCE.split("| command | what it does |")[1].split("\n\n")[0]
    cells = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    named = {span.split()[0] for cell in cells for span in re.findall(r"`([^`]*)`", cell)} - {"no"}
    assert named <= set(COMMANDS)


def test_the_documented_settings_are_the_defaults() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", SETTINGS, re.DOTALL)
    assert tomllib.loads(example) == asdict(Settings())


def test_every_command_is_mentioned_in_the_readme() -> None:
    named = {span.split()[0] for span in re.findall(r"`([a-z][^`]*)`", README)}
    named |= set(re.findall(r"dofisac-tui ([a-z-]+)", README))
    assert set(COMMANDS) <= named


def test_no_link_between_documents_is_broken() -> None:
    for document in (*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_every_file_that_the_documents_name_exists() -> None:
    for document in ("ARCHITECTURE.md", "CONTRIBUTING.md"):
        text = (PROJECT / document).read_text(encoding="utf-8")
        for path in re.findall(r"`((?:dofisac_tui|daemon|tests)/[^`]*)`", text):
            assert (PROJECT / path).exists(), f"{document}: {path}"


def test_the_short_help_of_each_command_is_the_start_of_its_own() -> None:
    for name, (_, sentence) in COMMANDS.items():
        assert sentence.endswith("."), name
        assert command(name).help, name
