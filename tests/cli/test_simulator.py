"""`simulator` as a process: the environment it prints, what it serves, how it ends."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import signal
import socket
import urllib.request
from typing import IO

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.cli_process import CommandLine, Process

NAMES = [
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_FROM_NUMBER",
    "TWILIO_BASE_URL",
    "CARTESIA_API_KEY",
    "CARTESIA_BASE_URL",
    *(
        f"TWILIO_{name}_{region}"
        for region in ("IE1", "AU1")
        for name in ("AUTH_TOKEN", "API_KEY_SID", "API_KEY_SECRET", "BASE_URL")
    ),
    "TWILIO_API_KEY_SID",
    "TWILIO_API_KEY_SECRET",
]


def printed_environment(process: Process, *, more: int = 0) -> dict[str, str]:
    """The `export NAME=value` lines, `more` than always; blocks until all are there."""
    output: IO[bytes] | None = process.stdout
    assert output is not None
    environment = {}
    for _ in range(len(NAMES) + more):
        line = output.readline().decode()
        match = re.fullmatch(r"export ([A-Z_1]+)=(\S+)\n", line)
        assert match is not None, line
        environment[match[1]] = match[2]
    return environment


def next_note(process: Process) -> str:
    """The next line on standard error; blocks until it is there."""
    notes: IO[bytes] | None = process.stderr
    assert notes is not None
    return notes.readline().decode()


def place_call(
    environment: dict[str, str], login: tuple[str, str] = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
) -> dict[str, object]:
    """One POST as Twilio's clients send it; `login` names user and password."""
    account = environment["TWILIO_ACCOUNT_SID"]
    credentials = ":".join(environment[name] for name in login)
    request = urllib.request.Request(
        f"{environment['TWILIO_BASE_URL']}/2010-04-01/Accounts/{account}/Calls.json",
        data=b"To=%2B12025550143&From=%2B12025550100&Twiml=%3CResponse%3E%3CHangup%2F%3E%3C%2FResponse%3E",
        headers={"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        call: dict[str, object] = json.load(answer)
    return call


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal(run_cli: CommandLine, number: signal.Signals) -> None:
    """Lines for a shell, a working carrier, and status 0 on the signal."""
    process = run_cli.start("simulator", "--callee", "busy")
    environment = printed_environment(process)
    assert list(environment) == NAMES
    call = place_call(environment)
    process.send_signal(number)
    finished = run_cli.wait(process)
    assert (finished.status, finished.stdout) == (0, "")
    assert str(call["sid"]).startswith("CA")


def test_each_call_is_a_line(exec_cli: CommandLine) -> None:
    """A call that is over is told on standard error once, its numbers masked. It was placed by an API key.
    With --shared-key the environment has what the carrier signs with."""
    process = exec_cli.start("simulator", "--callee", "busy", "--shared-key")
    environment = printed_environment(process, more=1)
    assert "TWILIO_SHARED_KEY" in environment
    call = place_call(environment, ("TWILIO_API_KEY_SID", "TWILIO_API_KEY_SECRET"))
    assert "listens on" in next_note(process)
    numbers = r"from \+1202\*+0100 to \+1202\*+0143"
    pattern = rf"cartesia-call: {call['sid']} {numbers}: busy, ended by network, 0 s, .*\n"
    assert re.fullmatch(pattern, next_note(process))
    process.send_signal(signal.SIGTERM)
    assert exec_cli.wait(process).stderr == ""


def test_a_plan_allows_ten_connections_for_each_context(exec_cli: CommandLine) -> None:
    """As many as --max-contexts says; one more is refused as Cartesia does."""
    process = exec_cli.start("simulator", "--max-contexts", "1")
    environment = printed_environment(process)
    url = environment["CARTESIA_BASE_URL"].replace("http", "ws", 1) + "/tts/websocket"
    headers = {"X-API-Key": environment["CARTESIA_API_KEY"], "Cartesia-Version": "2026-03-01"}
    with contextlib.ExitStack() as connections:
        for _ in range(10):
            connections.enter_context(connect(url, additional_headers=headers))
        with pytest.raises(InvalidStatus) as refused:
            connect(url, additional_headers=headers)
    assert refused.value.response.status_code == 429
    process.send_signal(signal.SIGTERM)
    assert exec_cli.wait(process).status == 0


def test_faults_in_the_environment_are_separated_as_everywhere(run_cli: CommandLine) -> None:
    """By commas or white space, as `dial --rehearse` reads the same variable."""
    process = run_cli.start(
        "simulator", env={"CARTESIA_CALL_FAULT": "mark-never, stream-drop@1s,callbacks-lost"}
    )
    assert len(printed_environment(process)) == len(NAMES)
    process.send_signal(signal.SIGTERM)
    assert run_cli.wait(process).status == 0


def test_without_the_environment(run_cli: CommandLine) -> None:
    """`--no-print-env` leaves stdout empty; stderr has four addresses: three regions, and speech."""
    process = run_cli.start("simulator", "--no-print-env")
    addresses = re.findall(r"http://127\.0\.0\.1:\d+", next_note(process))
    assert len(set(addresses)) == 4
    process.send_signal(signal.SIGTERM)
    finished = run_cli.wait(process)
    assert (finished.status, finished.stdout) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--callee", "sleeps"), "sleeps"),
        (("--fault", "nothing-works"), "nothing-works"),
        (("--fault", "tunnel-drop"), "the simulator has none"),
        (("--carrier-port", "99999"), "--carrier-port"),
    ],
)
def test_bad_options(run_cli: CommandLine, arguments: tuple[str, str], word: str) -> None:
    """Wrong words are exit 2, and the message names them."""
    finished = run_cli("simulator", *arguments)
    assert (finished.status, finished.stdout) == (2, "")
    assert word in finished.stderr


def test_a_taken_port(run_cli: CommandLine) -> None:
    """A port that somebody else has is exit 2 with one sentence."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        finished = run_cli("simulator", "--speech-port", str(holder.getsockname()[1]))
    assert finished.status == 2
    assert "in use" in finished.stderr
    assert "--speech-port" in finished.stderr
    assert len(finished.stderr.splitlines()) == 1
