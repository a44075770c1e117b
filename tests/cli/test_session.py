"""Every command that reads settings begins and fails alike; only to `check` failures are findings."""

from __future__ import annotations

import json

import pytest

from cartesia_call.cli.session import Failure
from cartesia_call.cli.signals import Stopped
from cartesia_call.errors import InputError
from tests.cli_process import CommandLine

COMMANDS = (
    ("dial", "+12025550143", "Hello"),
    ("say", "Hello", "-o", "hello.wav"),
    ("voices",),
    ("hangup", "CA" + "0" * 32),
    ("contact",),
    ("regions",),
    ("providers", "list"),
    ("numbers", "list"),
    ("cache", "list"),
    ("cache", "warm", "lines.txt"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_failure_is_one_object_and_a_sentence(run_cli: CommandLine, command: tuple[str, ...]) -> None:
    """With --json on standard output, with the exit status in it; people are told all the same."""
    failed = run_cli(*command, "--json", env={"CARTESIA_CALL_VERBOSE": "loud"})
    fields = json.loads(failed.stdout)
    assert (fields["schema"], fields["exit_code"]) == (1, failed.status)
    assert failed.status == 2
    assert "'loud' is not a small whole number" in failed.stdout
    assert failed.stderr.startswith("cartesia-call: ")


def test_what_is_known_stands_before_exit_status_and_error() -> None:
    """In this order, for whoever reads it with their eyes."""
    fields = Failure(InputError("there is no message", hint="write one")).fields(line=3)
    assert list(fields) == ["schema", "line", "exit_code", "error"]
    assert fields["error"] == {
        "kind": "InputError",
        "code": None,
        "message": "there is no message",
        "hint": "write one",
    }


@pytest.mark.parametrize(("error", "status"), [(Stopped(15), 143), (ValueError("oops"), 1)])
def test_signals_and_faults_of_ours_have_their_status(error: Exception | Stopped, status: int) -> None:
    """As the process will end."""
    assert Failure(error).status == status
