"""A fault of ours is told, wherever it happens; and no terminal holds up a call."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from cartesia_call.blocking import in_daemon_thread
from cartesia_simulator.network import API_KEY, AUTH_TOKEN
from tests.cli.call_moments import MESSAGE
from tests.cli.leak_search import TO, WHOLE_NUMBER, leaks_of
from tests.cli.live_network import live_environment, live_network
from tests.cli_process import CommandLine, Finished

TROUBLED = "tests.cli.troubled_program"
FAULT_WORDS = f"no attribute Bearer {AUTH_TOKEN} of {TO} {API_KEY} /media/EvidentlyFakeSecretOfACall"
ENDS_WITHIN_S = 30.0


async def call_with_a_fault(run_cli: CommandLine, *options: str, **environment: str) -> Finished:
    """A live call whose ledger meets a bug of ours; it is heard all the same."""
    async with live_network() as network:
        env = live_environment(network) | {"TROUBLE": "fault-in-ledger", "FAULT_WORDS": FAULT_WORDS}
        process = run_cli.start("dial", TO, MESSAGE, *options, env=env | environment, module=TROUBLED)
        return await in_daemon_thread(functools.partial(run_cli.wait, process))


@pytest.mark.parametrize("verbosity", [(), ("-v", "-v")])
async def test_a_fault_of_ours_names_its_file(
    run_cli: CommandLine, clean_environment: dict[str, str], verbosity: tuple[str, ...]
) -> None:
    """One line for all of a run; the file is private, whole, and holds nothing secret. The status stands."""
    ran = await call_with_a_fault(run_cli, *verbosity)
    assert ran.status == 0
    file = Path(clean_environment["XDG_STATE_HOME"]) / "cartesia-call" / "faults.log"
    (told,) = [line for line in ran.stderr.splitlines() if str(file) in line]
    assert "of a fault of ours" in told or "faults of ours" in told
    assert "please report it" in told
    text = file.read_text()
    assert "Traceback (most recent call last)" in text
    assert "AttributeError: no attribute" in text
    assert 'ledger.py", line' in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert not WHOLE_NUMBER.search(text)
    assert not leaks_of(ran, Path(clean_environment["HOME"]))
    assert ("Traceback" in ran.stderr) == bool(verbosity)


async def test_without_a_file_the_traceback_is_told_itself(
    run_cli: CommandLine, clean_environment: dict[str, str]
) -> None:
    """Where it cannot be written it stands on standard error, without -v too, and without secrets too."""
    file = Path(clean_environment["XDG_STATE_HOME"]) / "cartesia-call" / "faults.log"
    file.mkdir(parents=True)
    ran = await call_with_a_fault(run_cli)
    assert ran.status == 0
    assert f"a fault of ours, which {file} cannot hold (Is a directory):\n" in ran.stderr
    assert "Traceback (most recent call last)" in ran.stderr
    assert "AttributeError: no attribute" in ran.stderr
    assert not leaks_of(ran, Path(clean_environment["HOME"]))


def test_a_fault_in_a_command_is_told_too(run_cli: CommandLine, clean_environment: dict[str, str]) -> None:
    """Status 1, its words, and where the traceback is."""
    env = {"TROUBLE": "fault-in-ledger", "FAULT_WORDS": "no such thing"}
    state = Path(clean_environment["XDG_STATE_HOME"]) / "cartesia-call"
    state.mkdir(mode=0o700)
    (state / "ledger.sqlite3").touch()
    ran = run_cli.wait(run_cli.start("history", env=env, module=TROUBLED))
    assert ran.status == 1
    assert ran.stderr.splitlines() == [
        "cartesia-call: a fault of ours, please report it: AttributeError: no such thing",
        f"cartesia-call: the traceback of a fault of ours is in {state / 'faults.log'}; please report it",
    ]


# --- who takes nothing


def _full_pipe() -> tuple[int, int]:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    for size in (1 << 12, 1):
        with contextlib.suppress(BlockingIOError):
            while os.write(writing, b"x" * size):
                pass
    os.set_blocking(writing, True)
    return reading, writing


def _stopped_terminal() -> tuple[int, int]:
    master, slave = os.openpty()
    os.write(master, b"\x13")  # Ctrl-S
    return master, slave


@pytest.fixture(params=[_full_pipe, _stopped_terminal], ids=["pipe", "terminal"])
def nobody_reads(request: pytest.FixtureRequest) -> Iterator[int]:
    """What standard error may be: it takes nothing more."""
    reading, writing = request.param()
    yield writing
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("options", [("-v", "-v"), ("--fault", "stream-never")], ids=["log", "warnings"])
def test_a_terminal_that_takes_nothing_holds_up_no_call(
    run_cli: CommandLine, nobody_reads: int, options: tuple[str, ...]
) -> None:
    """Neither the log nor what is for people; the message is heard, and the program ends."""
    process = run_cli.start("dial", "--rehearse", TO, MESSAGE, *options, stderr=nobody_reads)
    ran = run_cli.wait(process, timeout_s=ENDS_WITHIN_S)
    assert ran.status == 0
    assert "delivered" in ran.stdout


def test_nor_what_is_wrong_with_the_command_line(run_cli: CommandLine, nobody_reads: int) -> None:
    """A script with a mistake in it does not hang all night."""
    assert run_cli.wait(run_cli.start("dail", TO, stderr=nobody_reads)).status == 2


async def test_nor_does_it_hold_up_a_signal(run_cli: CommandLine, nobody_reads: int) -> None:
    """The call is hung up, and the program leaves, though its last line finds nobody."""
    async with live_network("answers,ring:0.2s") as network:
        env = live_environment(network)
        process = run_cli.start("dial", TO, MESSAGE, "-v", "-v", "--json", env=env, stderr=nobody_reads)
        async with asyncio.timeout(ENDS_WITHIN_S):
            while not any(call.stream_audio for call in network.carrier.calls.values()):
                await asyncio.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        ran = await in_daemon_thread(functools.partial(run_cli.wait, process, timeout_s=ENDS_WITHIN_S))
        assert ran.status == 143
        (call,) = network.carrier.calls.values()
        assert call.ended_by == "api"
