"""Options made from the table of settings."""

from __future__ import annotations

import importlib
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from cartesia_call.cli.main import COMMANDS
from cartesia_call.cli.options import SettingsCommand, given_options, settings_of
from cartesia_call.declarations.setting import Command, Setting
from cartesia_call.settings import asking, call, output, rehearsal
from cartesia_call.settings.table import TABLE
from tests.settings.machine import BY_NAME

WITH_OPTIONS = {setting for setting in TABLE if setting.options}


WITH_OPTIONS_OF_A_CALL = {setting for setting in WITH_OPTIONS if Command.DIAL in setting.commands}


def given(*arguments: str, env: dict[str, str] | None = None) -> dict[Setting[object], str | None]:
    """What a command with every option was given."""
    received: dict[Setting[object], str | None] = {}

    @click.command(cls=SettingsCommand)
    @settings_of(Command.DIAL)
    def command() -> None:
        received.update(given_options())

    result = CliRunner().invoke(command, arguments, env=env, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return received


def help_text(*arguments: str, command: Command = Command.DIAL) -> str:
    @click.command(cls=SettingsCommand)
    @settings_of(command)
    @click.option("--flavour", help="Something of the command's own.")
    def described(flavour: str | None) -> None: ...

    return " ".join(CliRunner().invoke(described, ["--help", *arguments]).output.split())


def test_every_setting_with_an_option_arrives_unset() -> None:
    """No option has a default or an environment of its own: both are looked up with everything else."""
    received = given(env={setting.names[0]: "x" for setting in TABLE if setting.options})
    assert received == dict.fromkeys(WITH_OPTIONS_OF_A_CALL)


def test_values_arrive_as_the_text_that_every_source_shares() -> None:
    """Malformed ones too: they are told together with every other problem."""
    received = given(
        *("--from", "x", "--ring-timeout", "soon", "--fault", "a", "--fault", "b", "-vv", "-q"),
        *("--no-rehearse", "--json", "--no-probe", "--prompt", " "),
    )
    assert {setting: text for setting, text in received.items() if text is not None} == {
        call.CALLER_ID: "x",
        BY_NAME["ring_timeout"]: "soon",
        rehearsal.FAULTS: "a,b",
        output.VERBOSE: "2",
        output.QUIET: "1",
        rehearsal.REHEARSE: "0",
        output.JSON: "1",
        BY_NAME["no_probe"]: "1",
        asking.PROMPT: "",
    }


def test_help_names_every_option_and_every_variable() -> None:
    """Whoever reads the help needs no other page."""
    for command in Command:
        text = help_text(command=command)
        offered = [setting for setting in WITH_OPTIONS if command in setting.commands]
        names = {name for setting in offered for name in (setting.option or "no option", *setting.names)}
        assert {name for name in names if name not in text} == set()


def test_help_is_grouped_and_shows_defaults_with_their_unit() -> None:
    """Headings in the table's order, the command's own options last."""
    text = help_text()
    headings = ["The call:", "The voice:", "Time limits:", "Rehearsal:", "Output:", "Other options:"]
    places = [text.index(heading) for heading in headings]
    assert places == sorted(places)
    assert "default: 30s" in text
    assert "default: 10m" in text


def test_a_command_takes_what_is_declared_for_it() -> None:
    """What asks Twilio without calling anybody needs no more: a setting that has no option is not read."""

    @settings_of(Command.HANGUP)
    def command() -> None: ...

    names = {option for param in click.command()(command).params for option in param.opts}
    own = {"--region", "--connect-timeout", "--hangup-timeout"}
    assert names == own | {"--env-file", "--json", "--quiet", "-q", "--verbose", "-v", "--show-numbers"}


def test_importing_the_options_loads_nothing_heavy() -> None:
    """Help must not wait for libraries that only a call needs."""
    heavy = {"twilio", "websockets", "pyngrok", "rich", "platformdirs", "dotenv", "asyncio"}
    heavy |= {"phonenumbers", "cartesia_call.telephony.numbering"}
    code = f"import sys, cartesia_call.cli.options; print(sorted({heavy!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_shell_completes_files_where_a_file_is_meant(name: str) -> None:
    """For every option and argument of every command that says so in its help."""
    module, attribute, _ = COMMANDS[name]
    command = getattr(importlib.import_module(module), attribute)
    context = click.Context(command)
    for parameter in command.params:
        if parameter.metavar in {"FILE", "PATH", "FILE.csv"}:
            completed = parameter.shell_complete(context, "hel")
            assert [(item.value, item.type) for item in completed] == [("hel", "file")], parameter.name
