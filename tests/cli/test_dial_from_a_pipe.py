"""`a-program | cartesia-call dial TO -`: the call begins with the first sentence and ends with the input."""

from __future__ import annotations

import asyncio
import functools
import json
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from cartesia_call.blocking import in_daemon_thread
from tests.cli.live_network import LiveNetwork, live_environment, live_network, only_call, reached
from tests.cli_process import CommandLine, Finished, Process

NUMBER = "+12025550143"
FIRST, REST = "The backup has begun. ", "It has ended well.\n"


@dataclass(frozen=True, kw_only=True)
class Writing:
    """A `dial` whose message is being written, and the network that it calls in."""

    network: LiveNetwork
    process: Process
    run_cli: CommandLine

    def write(self, text: str) -> None:
        """The next of the message."""
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    async def finished(self) -> Finished:
        """End the input, and wait for the end of the program."""
        return await in_daemon_thread(functools.partial(self.run_cli.wait, self.process))


@asynccontextmanager
async def writing(run_cli: CommandLine, *options: str) -> AsyncIterator[Writing]:
    """A `dial` that reads a pipe."""
    async with live_network("answers,ring:0.2s") as network:
        arguments = ("dial", NUMBER, "-", "--json", *options)
        process = run_cli.start(*arguments, env=live_environment(network), stdin=subprocess.PIPE)
        yield Writing(network=network, process=process, run_cli=run_cli)


async def test_the_call_is_placed_when_the_first_sentence_is_there(run_cli: CommandLine) -> None:
    """And ends when the input does, both sentences heard."""
    async with writing(run_cli) as at:
        at.write(FIRST + "It has")
        await reached(lambda: any(call.stream_audio for call in at.network.carrier.calls.values()))
        at.write(REST.removeprefix("It has"))
        ran = await at.finished()
        fields: dict[str, Any] = json.loads(ran.stdout)
        assert (ran.status, fields["outcome"], fields["evidence"]) == (0, "delivered", "mark")
        assert fields["heard_text"] == (FIRST + REST).strip()
        assert fields["characters"] == len(FIRST + REST)
        first, second = (bytes(context.audio) for context in at.network.speech.contexts.values())
        heard = only_call(at.network).stream_audio
        assert heard.index(first) + len(first) <= heard.index(second)


async def test_a_writer_who_falls_silent_is_cut_short(run_cli: CommandLine) -> None:
    """26, and the line is down although nobody closed the pipe."""
    async with writing(run_cli, "--input-timeout", "1s") as at:
        at.write(FIRST)
        await reached(lambda: at.process.poll() is not None)
        ran = await at.finished()
        assert (ran.status, json.loads(ran.stdout)["outcome"]) == (26, "cut-short")
        assert "nothing came from standard input for 1s" in ran.stderr
        assert only_call(at.network).is_over


async def test_a_signal_hangs_up_while_the_message_is_written(run_cli: CommandLine) -> None:
    """143, and nothing waits for the writer."""
    async with writing(run_cli) as at:
        at.write(FIRST)
        await reached(lambda: any(call.stream_audio for call in at.network.carrier.calls.values()))
        at.process.send_signal(signal.SIGTERM)
        await reached(lambda: at.process.poll() is not None)
        ran = await at.finished()
        assert ran.status == 143
        assert only_call(at.network).ended_by == "api"


async def test_what_is_written_at_once_is_kept(run_cli: CommandLine) -> None:
    """A program that ends at once gives a message like any other: the second call pays nothing."""
    paid = []
    for _ in range(2):
        ran = await asyncio.to_thread(
            run_cli, "dial", NUMBER, "-", "--rehearse", "--json", stdin=FIRST + REST
        )
        assert ran.status == 0
        paid.append(json.loads(ran.stdout)["characters"])
    assert paid == [len((FIRST + REST).strip()), 0]
