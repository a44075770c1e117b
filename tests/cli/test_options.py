"""Options made from the table of settings."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import click
import pytest
from click.testing import CliRunner

from cartesia_call.cli.options import SettingsCommand, common_options, dial_options, request_options
from cartesia_call.settings.table import TABLE

WITH_OPTIONS = {setting.key for setting in TABLE if setting.options}


def given(*arguments: str, env: dict[str, str] | None = None) -> dict[str, Any]:
    """What a command with every option is called with."""
    received: dict[str, Any] = {}

    @click.command(cls=SettingsCommand)
    @dial_options
    @common_options
    def command(**options: Any) -> None:
        received.update(options)

    result = CliRunner().invoke(command, arguments, env=env, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return received


def help_text(*arguments: str) -> str:
    @click.command(cls=SettingsCommand)
    @dial_options
    @common_options
    @click.option("--flavour", help="Something of the command's own.")
    def command(**options: Any) -> None: ...

    return " ".join(CliRunner().invoke(command, ["--help", *arguments]).output.split())


def test_every_setting_with_an_option_arrives_unset() -> None:
    """No option has a default or an environment of its own: both are looked up with everything else."""
    received = given(env={setting.names[0]: "x" for setting in TABLE if setting.options})
    assert received.keys() == WITH_OPTIONS
    assert all(value in (None, ()) for value in received.values())


def test_values_arrive_as_typed() -> None:
    """Malformed ones too: they are told together with every other problem."""
    received = given(
        *("--from", "x", "--ring-timeout", "soon", "--fault", "a", "--fault", "b", "-vv", "-q"),
        *("--no-rehearse", "--json", "--no-probe"),
    )
    assert {key: value for key, value in received.items() if value not in (None, ())} == {
        "caller_id": "x",
        "ring_timeout": "soon",
        "faults": ("a", "b"),
        "verbose": 2,
        "quiet": True,
        "rehearse": False,
        "json": True,
        "no_probe": True,
    }


@pytest.mark.parametrize("setting", [s for s in TABLE if s.options], ids=lambda setting: setting.key)
def test_help_names_option_and_every_variable(setting: Any) -> None:
    """Whoever reads the help needs no other page."""
    text = help_text()
    assert setting.option in text
    for name in setting.names:
        assert name in text


def test_help_is_grouped_and_shows_defaults_with_their_unit() -> None:
    """Headings in the table's order, the command's own options last."""
    text = help_text()
    headings = ["The call:", "The voice:", "Time limits:", "Rehearsal:", "Output:", "Other options:"]
    places = [text.index(heading) for heading in headings]
    assert places == sorted(places)
    assert "default: 30s" in text
    assert "default: none; 10m for a pipe" in text


def test_request_options_are_the_region_and_the_limits_of_a_request() -> None:
    """What asks Twilio without calling anybody needs no more: a setting that has no option is not read."""

    @request_options
    def command(**options: Any) -> None: ...

    names = [option.name for option in click.command()(command).params]
    assert names == ["region", "connect_timeout", "hangup_timeout"]


def test_importing_the_options_loads_nothing_heavy() -> None:
    """Help must not wait for libraries that only a call needs."""
    heavy = {"twilio", "websockets", "pyngrok", "rich", "phonenumbers", "platformdirs", "dotenv", "asyncio"}
    code = f"import sys, cartesia_call.cli.options; print(sorted({heavy!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
