"""Plain help is click's own, to the letter, and is asked for in the same ways."""

from __future__ import annotations

import importlib

import click
import pytest

from cartesia_call.cli.main import COMMANDS, cli
from cartesia_call.cli.plain_help import PlainHelp
from tests.cli_process import CommandLine


def commands() -> dict[str, click.Command]:
    """All of the program, those of groups too, by what calls them."""
    found: dict[str, click.Command] = {"": cli}
    for name, (module, attribute, _) in COMMANDS.items():
        command = getattr(importlib.import_module(module), attribute)
        found[name] = command
        if isinstance(command, click.Group):
            found |= {f"{name} {inner}": one for inner, one in command.commands.items()}
    return found


PLAIN = {name: command for name, command in commands().items() if isinstance(command, PlainHelp)}


@pytest.mark.parametrize("name", PLAIN)
def test_the_text_is_as_click_writes_it(name: str) -> None:
    command = PLAIN[name]
    context = click.Context(command, info_name="cartesia-call", help_option_names=["-h", "--help"])
    plain, clicks = context.make_formatter(), context.make_formatter()
    command.format_help_text(context, plain)
    click.Command.format_help_text(command, context, clicks)
    assert plain.getvalue() == clicks.getvalue()


@pytest.mark.parametrize("name", PLAIN)
def test_the_options_are_as_click_has_them(name: str) -> None:
    """click cleans the texts of ours, and makes the one for help itself."""
    command = PLAIN[name]
    context = click.Context(command, info_name="cartesia-call", help_option_names=["-h", "--help"])
    ours = command.get_help_option(context)
    assert ours is command.get_help_option(context)
    assert ours is not None
    clicks = click.Command("other").get_help_option(context)
    assert clicks is not None
    assert ours.get_help_record(context) == clicks.get_help_record(context)
    for option in command.params:
        if isinstance(option, click.Option) and option.help:
            assert option.help == click.Option(["--other"], help=option.help).help


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (["--help"], "Usage: cartesia-call [OPTIONS] COMMAND"),
        (["-h"], "Usage: cartesia-call [OPTIONS] COMMAND"),
        (["--version", "--help"], "cartesia-call, version "),
        (["dial", "--help"], "Usage: cartesia-call dial [OPTIONS] TO [MESSAGE]"),
        (["dial", "--dry-run", "-h", "--no-such-option"], "Usage: cartesia-call dial"),
    ],
)
def test_it_is_shown_in_the_place_of_what_the_command_does(
    run_cli: CommandLine, words: list[str], begins: str
) -> None:
    finished = run_cli(*words)
    if "--no-such-option" in words:  # told first, as click does
        assert (finished.status, finished.stdout) == (2, "")
        assert "No such option" in finished.stderr
        return
    assert (finished.status, finished.stderr) == (0, "")
    assert finished.stdout.startswith(begins)
