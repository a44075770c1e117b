"""`line`: what keeps the line up is found, shown and ended, and says why it cannot."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator

import pytest

from tests.cli.live_network import reserved_port
from tests.cli_process import CommandLine


@pytest.fixture
def address() -> Iterator[tuple[str, str]]:
    """An address of one's own, as options."""
    with reserved_port() as port:
        yield "--public-url", f"http://127.0.0.1:{port}"


def test_nothing_is_up(run_cli: CommandLine, address: tuple[str, str]) -> None:
    """A script sees it by the exit status, and ending nothing is fine."""
    status = run_cli("line", "status", *address)
    assert (status.status, status.stdout) == (24, "")
    assert "no public line is open" in status.stderr
    as_json = run_cli("line", "status", "--json", *address)
    fields = json.loads(as_json.stdout)
    assert (as_json.status, fields["exit_code"], fields["up"], fields["processes"]) == (24, 24, False, [])
    down = run_cli("line", "down", *address)
    assert (down.status, down.stdout) == (0, "")


def test_a_line_in_the_background(
    exec_cli: CommandLine, run_cli: CommandLine, address: tuple[str, str]
) -> None:
    """It is up when the command returns; doing it again is fine; `down` waits for its end."""
    up = exec_cli("line", "up", "--detach", *address)
    assert (up.status, up.stdout) == (0, "")
    assert up.stderr == f"cartesia-call: the public line is up: {address[1]}\n"
    fields = json.loads(run_cli("line", "status", "--json", *address).stdout)
    assert (fields["up"], fields["public_url"]) == (True, address[1])
    assert fields["processes"] == [{"pid": fields["kept_up_by"], "does": "line up"}]
    again = run_cli("line", "up", "--detach", *address)
    assert again.status == 0
    assert f"by the process {fields['kept_up_by']} already" in again.stderr
    refused = run_cli("line", "up", *address)
    assert refused.status == 2
    down = run_cli("line", "down", *address)
    assert (down.status, down.stdout) == (0, "the public line is down\n")
    assert run_cli("line", "status", *address).status == 24


def test_a_line_for_some_time(run_cli: CommandLine, address: tuple[str, str]) -> None:
    assert run_cli("line", "up", "--for", "10ms", *address).status == 0
    refused = run_cli("line", "up", "--for", "long", *address)
    assert refused.status == 2
    assert "--for: " in refused.stderr


def test_a_signal_ends_it(run_cli: CommandLine, address: tuple[str, str]) -> None:
    """As it is meant to end."""
    process = run_cli.start("line", "up", *address)
    assert process.stderr is not None
    assert b"is up" in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    assert run_cli.wait(process).status == 0


@pytest.mark.parametrize("how", ["--detach", "--no-detach"])
def test_why_there_is_none(run_cli: CommandLine, how: str) -> None:
    """The same words and the same exit status in the background."""
    ran = run_cli("line", "up", how, env={"NGROK_AUTHTOKEN": "fake", "PYNGROK_NGROK_PATH": "/nowhere/ngrok"})
    assert ran.status == 24
    assert "PYNGROK_NGROK_PATH names /nowhere/ngrok" in ran.stderr
