"""One call at a time to one number, over all processes of a user; with `--join` one call for all who wait."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import json
import signal
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.clock import SystemClock
from cartesia_call.policy.guard import GUARD
from cartesia_call.store.tickets import FileTickets
from cartesia_simulator.carrier.call import SimulatedCall
from tests.cli.live_network import LiveNetwork, live_environment, live_network, reached
from tests.cli_process import CommandLine, Finished, Process

TO = "+12025550143"
PRESSES = "answers,ring:0.2s,presses:1@0.5s"
"""A key counts at any moment: the calls are short, however long their text is."""


ACK = ("--ack", "1", "--confirmation", "")
"""What is said behind a key proves nothing here, and takes time."""


class Parallel:
    """Many `dial` to one number, as a monitor starts them: at the same time, one for each service."""

    def __init__(self, run_cli: CommandLine, network: LiveNetwork) -> None:
        self._run_cli = run_cli
        self._env = live_environment(network)
        self.processes: list[Process] = []

    def start(self, text: str, *options: str, to: str = TO) -> Process:
        arguments = ("dial", to, text, "--json", *options)
        self.processes.append(self._run_cli.start(*arguments, env=self._env))
        return self.processes[-1]

    async def ended(self, processes: Sequence[Process]) -> list[tuple[Finished, dict[str, Any]]]:
        """What each came to, in this order."""
        ran = await asyncio.gather(
            *(in_daemon_thread(functools.partial(self._run_cli.wait, process)) for process in processes)
        )
        return [(finished, json.loads(finished.stdout.splitlines()[-1])) for finished in ran]


def one_at_a_time(calls: Sequence[SimulatedCall]) -> bool:
    """No call was placed before the one before it was over."""
    in_order = sorted(calls, key=lambda call: call.created_at)
    return all(
        before.finished_at is not None and before.finished_at <= after.created_at
        for before, after in itertools.pairwise(in_order)
    )


def left_files(home: Path) -> list[Path]:
    """Tickets, claims and results that nobody has removed."""
    return [path for folder in home.rglob("numbers") for path in folder.iterdir() if path.suffix != ".lock"]


async def test_a_second_call_waits_for_the_first_to_end(
    run_cli: CommandLine, clean_environment: dict[str, str]
) -> None:
    """And is placed then, in our voice, with its own key; a SIP address may be the same phone."""
    async with live_network(PRESSES) as network:
        parallel = Parallel(run_cli, network)
        parallel.start("Service 1 is down.", *ACK)
        await reached(lambda: bool(network.carrier.calls))
        parallel.start("Service 2 is down.", *ACK, to="sip:2025550143@trunk.example.com")
        parallel.start("Service 3 is down.", *ACK)
        ended = await parallel.ended(parallel.processes)
        assert [(ran.status, ran.stderr) for ran, _ in ended] == [(0, "")] * 3
        assert [fields["joined"] for _, fields in ended] == [[]] * 3
        assert {fields["voice"] for _, fields in ended} == {"cartesia"}
        assert len(network.carrier.calls) == 3
        assert one_at_a_time([*network.carrier.calls.values()])
    assert not left_files(Path(clean_environment["HOME"]))


async def test_a_wait_has_an_end(run_cli: CommandLine, clean_environment: dict[str, str]) -> None:
    """Who has waited for too long is withheld and says so; a signal ends the wait at once."""
    home = Path(clean_environment["HOME"])
    async with live_network("answers,ring:60s") as network:
        parallel = Parallel(run_cli, network)
        first = parallel.start("Service 1 is down.", "--ring-timeout", "60s")
        await reached(lambda: bool(network.carrier.calls))
        late = parallel.start("Service 2 is down.", "--turn-timeout", "0.5s")
        stopped = parallel.start("Service 3 is down.")
        [(ran, fields)] = await parallel.ended([late])
        assert (ran.status, fields["outcome"], fields["call_sid"]) == (18, "withheld", None)
        assert fields["detail"].startswith("another call to this number was up")
        await reached(lambda: len(left_files(home)) == 2)
        stopped.send_signal(signal.SIGTERM)
        [(ran, fields)] = await parallel.ended([stopped])
        assert (ran.status, fields["outcome"], fields["call_sid"]) == (143, "interrupted", None)
        assert not any(call.is_over for call in network.carrier.calls.values())
        first.send_signal(signal.SIGTERM)
        await parallel.ended([first])
        assert len(network.carrier.calls) == 1
    assert not left_files(home)


@pytest.mark.long
async def test_twenty_that_wait_are_told_in_two_calls(
    run_cli: CommandLine, clean_environment: dict[str, str]
) -> None:
    """As many as fit share the first; every text is said once, and each process ends with its own."""
    texts = [f"Service {number} of the shop is down, and {'nobody ' * 8}can buy." for number in range(20)]
    async with live_network(PRESSES) as network:
        parallel = Parallel(run_cli, network)
        async with number_taken(clean_environment, waiting=20):
            for text in texts:
                parallel.start(text, *ACK, "--join")
        ended = await parallel.ended(parallel.processes)
        assert [(ran.status, ran.stderr) for ran, _ in ended] == [(0, "")] * 20
        calls = _calls(network)
        assert len(calls) == 2 <= GUARD.limits[0].calls
        assert one_at_a_time(calls)
        _everybody_was_told(ended, [call.sid for call in calls])
        said = " ".join(context.transcript for context in network.speech.contexts.values())
        assert [said.count(text) for text in texts] == [1] * 20
    assert not left_files(Path(clean_environment["HOME"]))


@pytest.mark.long
async def test_where_the_one_that_calls_is_killed_the_next_one_calls_for_all_who_are_left(
    run_cli: CommandLine, clean_environment: dict[str, str]
) -> None:
    """Once the carrier's voice has said its last word: no two calls at once, and nobody is told nothing."""
    home = Path(clean_environment["HOME"])
    async with live_network(f"answers,ring:0.2s;{PRESSES}") as network:
        parallel = Parallel(run_cli, network)
        async with number_taken(clean_environment, waiting=3):
            for number in range(1, 4):  # one by one: this is their order
                parallel.start(f"Service {number} is down.", *ACK, "--join")
                await reached(functools.partial(_have_tickets, home, 1 + number))
        caller, *others = parallel.processes
        await reached(lambda: bool(network.carrier.calls) and bool(_calls(network)[0].stream_audio))
        caller.send_signal(signal.SIGKILL)
        ended = await parallel.ended(others)
        assert [(ran.status, ran.stderr) for ran, _ in ended] == [(0, "")] * 2
        killed, calls_again = _calls(network)
        assert one_at_a_time([killed, calls_again])
        assert killed.said_by_carrier == [
            "Three alerts. One: Service 1 is down. Two: Service 2 is down. Three: Service 3 is down."
        ]
        _everybody_was_told(ended, [calls_again.sid])
        assert [len(fields["joined"]) for _, fields in ended] == [2] * 2


@contextlib.asynccontextmanager
async def number_taken(environment: dict[str, str], *, waiting: int) -> AsyncIterator[None]:
    """Somebody calls the number inside the block, and until so many wait for the end of that."""
    folder = Path(environment["XDG_STATE_HOME"]) / "cartesia-call" / "other-carrier" / "numbers"
    ticket = await FileTickets([folder], clock=SystemClock()).take(TO, for_s=3600)
    try:
        yield
        await reached(functools.partial(_have_tickets, Path(environment["HOME"]), 1 + waiting))
    finally:
        await ticket.give_back()


def _have_tickets(home: Path, count: int) -> bool:
    return len(left_files(home)) >= count


def _calls(network: LiveNetwork) -> list[SimulatedCall]:
    return sorted(network.carrier.calls.values(), key=lambda call: call.created_at)


def _everybody_was_told(ended: Sequence[tuple[Finished, dict[str, Any]]], sids: Sequence[str]) -> None:
    """By one of these calls; those that were told by the same one say so of each other."""
    together: dict[str, list[dict[str, Any]]] = {}
    for _, fields in ended:
        assert (fields["outcome"], fields["acknowledged"], fields["digits"]) == ("acknowledged", True, "1")
        together.setdefault(fields["call_sid"], []).append(fields)
    assert set(together) == set(sids)
    for alerts in together.values():
        ids = {fields["id"] for fields in alerts}
        if len(alerts) == 1:
            assert alerts[0]["joined"] == []
        else:
            assert all(len(fields["joined"]) == len(alerts) for fields in alerts)
            assert all(set(fields["joined"]) == ids for fields in alerts)
