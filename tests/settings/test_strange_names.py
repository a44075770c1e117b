"""A mistyped name is told with the nearest one; one that was to be a rehearsal calls nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cartesia_call.cli.main import cli
from cartesia_call.cli.options import SettingOption
from cartesia_call.declarations.setting import OWN_PREFIX
from cartesia_call.settings.strange_names import OF_OTHER_OPTIONS
from cartesia_call.settings.table import known_names
from tests.settings.machine import KEYS, Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def single_options(command: click.Command, ctx: click.Context) -> Iterator[str]:
    """The variables of options that are no settings, of `command` and all below it."""
    for option in command.params:
        if isinstance(option, click.Option) and not isinstance(option, SettingOption) and option.envvar:
            yield str(option.envvar)
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            found = command.get_command(ctx, name)
            assert found is not None
            yield from single_options(found, ctx)


def test_every_option_that_reads_a_variable_is_known() -> None:
    """A new one of a single command belongs into `OF_OTHER_OPTIONS`, or using it would warn."""
    read = set(single_options(cli, click.Context(cli)))
    assert {name for name in read if name not in known_names().least_trust} == OF_OTHER_OPTIONS


@pytest.mark.parametrize("name", sorted(OF_OTHER_OPTIONS - {"CARTESIA_CALL_REHEARSAL"}))
def test_names_of_other_commands_are_nothing_strange(machine: Machine, name: str) -> None:
    assert machine.resolve({**KEYS, name: "1"}).warnings == ()


def test_a_name_that_nothing_reads_warns_with_the_nearest(machine: Machine) -> None:
    """An empty variable counts as unset; what has not our prefix is somebody else's."""
    environ = {**KEYS, "CARTESIA_CALL_RNG_TIMEOUT": "9s", "CARTESIA_CALL_ATEMPTS": "", "CARTESIA_CAL_X": "1"}
    (warning,) = machine.resolve(environ).warnings
    assert warning == (
        "the environment sets CARTESIA_CALL_RNG_TIMEOUT, which is not a setting of this program; "
        "did you mean CARTESIA_CALL_RING_TIMEOUT?"
    )


@pytest.mark.parametrize(
    "name", ["REHERSE", "REHEARSAL", "REHEARSED", "REHEARS", "REHARSE", "rehearse", "NO_REHEARSE"]
)
def test_a_mistyped_rehearsal_calls_nobody(machine: Machine, name: str) -> None:
    (problem,) = machine.problems({**KEYS, f"{OWN_PREFIX}{name}": "1"})
    assert f"{OWN_PREFIX}{name}" in problem
    assert "did you mean CARTESIA_CALL_REHEARSE?" in problem


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CARTESIA_REHEARSE", "REHEARSE"),
        ("CARTESIACALL_REHEARSE", "REHEARSE"),
        ("cartesia_call_rehearse", "REHEARSE"),
        ("CARTESIA_CALL_DRYRUN", "DRY_RUN"),
        ("CARTESIA_DRY_RUN", "DRY_RUN"),
    ],
)
def test_neither_does_a_mistyped_prefix_nor_a_mistyped_dry_run(
    machine: Machine, name: str, meant: str
) -> None:
    (problem,) = machine.problems({**KEYS, name: "1"})
    assert f"{name}, which is not a setting" in problem
    assert f"did you mean CARTESIA_CALL_{meant}?" in problem


@pytest.mark.parametrize("name", ["CARTESIA_MODEL_ID", "CARTESIA_VOICE_ID", "CARTESIA_CALLS", "DRY_RUN"])
def test_names_of_other_programs_are_nothing_strange(machine: Machine, name: str) -> None:
    assert machine.resolve({**KEYS, name: "1"}).warnings == ()


def test_a_mistyped_rehearsal_in_a_file_calls_nobody(machine: Machine) -> None:
    path = machine.write(machine.here / ".env", "TWILIO_REGION=us1\nCARTESIA_CALL_REHERSE=1\n")
    (problem,) = machine.problems(KEYS)
    assert problem.startswith(f"{path} sets CARTESIA_CALL_REHERSE, ")


def test_who_lists_rehearsals_may_call_when_that_is_said(machine: Machine) -> None:
    """`CARTESIA_CALL_REHEARSAL` is `history`'s own."""
    environ = {**KEYS, "CARTESIA_CALL_REHEARSAL": "1"}
    assert not machine.resolve(environ, rehearse=False).rehearse
    assert machine.resolve(environ, rehearse=True).rehearse


def test_an_option_of_one_command_in_a_file_warns(machine: Machine) -> None:
    machine.write(machine.here / ".env", "TWILIO_REGION=us1\nCARTESIA_CALL_LIMIT=5\n")
    (warning,) = machine.resolve(KEYS).warnings
    assert "CARTESIA_CALL_LIMIT, which is read from the environment only" in warning
