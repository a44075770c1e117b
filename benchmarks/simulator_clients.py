"""The programs of docs/simulator.md, run as written, by the libraries that they are for.

    python -m benchmarks.simulator_clients --sdk PYTHON --livekit PYTHON --pipecat PYTHON --node FOLDER

`.ci/simulator-clients` makes the environments and calls this. Each PYTHON is the interpreter of one that has
the packages which the page names, FOLDER one that npm installed into. The network runs in this process, so
that what a program received and what a callee heard is compared, byte by byte, with what was said. Status 1
if anything differs.
"""

from __future__ import annotations

import argparse
import asyncio
import audioop
import contextlib
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cartesia_call.clock import SystemClock
from cartesia_simulator.callee import parse_callees
from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.faults import FaultPlan
from cartesia_simulator.network import BuiltInNetwork
from cartesia_simulator.speech.context import ContextState, RecordedContext
from tests.cli.live_network import reserved_port

PAGE = Path(__file__).parents[1] / "docs" / "simulator.md"
PROGRAMS: Mapping[str, str] = dict(
    re.findall(
        r"^<!-- program: (.+) -->\n```\w+\n((?:.*\n)*?)```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
)
"""Every program of the page by the name in the comment before it."""

LIMIT_S = 120.0
LOOK_EVERY_S = 0.05
WAV_HEADER_BYTES = 44
LIVEKIT_ADDS = bytes(320)
"""10 ms of 16-bit samples at 16 kHz: it marks the end of a text by silence."""
PIPECAT_ADDS = b"\xff" * 3 * 8000
"""Silence in mu-law: the program's own, and what pipecat sends before it hangs up."""


NOTHING: Mapping[str, str] = {}
BY_POSTS = {
    "CartesiaTTSService": "CartesiaHttpTTSService",
    'url=os.environ["CARTESIA_BASE_URL"].replace("http://", "ws://") + "/tts/websocket"': (
        'base_url=os.environ["CARTESIA_BASE_URL"]'
    ),
}
"""What the page says of the bot with pipecat's other service."""


@dataclass(frozen=True)
class Interpreters:
    """What runs the programs."""

    sdk: Path
    livekit: Path
    pipecat: Path
    node: Path


class Workshop:
    """A folder, and a network whose environment the programs get."""

    def __init__(self, network: BuiltInNetwork, folder: Path) -> None:
        self.network = network
        self.folder = folder
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            # What pipecat logs else would fill the pipe that nobody reads meanwhile.
            "LOGURU_LEVEL": "WARNING",
            **network.environment(),
            **network.key_environment(),
        }

    @contextlib.asynccontextmanager
    async def running(
        self,
        interpreter: Path | str,
        name: str,
        *,
        more: Mapping[str, str] = NOTHING,
        changes: Mapping[str, str] = NOTHING,
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """A program of the page while it runs, as it stands there but for `changes`, with `more` in its
        environment.
        """
        text = PROGRAMS[name]
        for old, new in changes.items():
            if old not in text:
                raise SystemExit(f"{name} has no {old} any more")
            text = text.replace(old, new)
        program = self.folder / name
        program.write_text(text, encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            *(interpreter, program),
            cwd=self.folder,
            env={**self._environment, **more},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
                await process.communicate()

    async def run(self, interpreter: Path | str, name: str, more: Mapping[str, str] = NOTHING) -> str:
        """What the program prints; SystemExit with what it complained of."""
        async with self.running(interpreter, name, more=more) as process:
            output, complaint = await process.communicate()
        if process.returncode:
            raise SystemExit(f"{name} ended with {process.returncode}:\n{complaint.decode()}")
        return output.decode().strip()

    def taken_in(self, name: str) -> bytes:
        """The file that a program wrote; it is gone afterwards."""
        path = self.folder / name
        data = path.read_bytes()
        path.unlink()
        return data

    def new_contexts(self, known: set[str]) -> list[RecordedContext]:
        """What was said since, to its end, and from now on is known."""
        contexts = [self.network.speech.contexts[key] for key in self.network.speech.contexts.keys() - known]
        known |= self.network.speech.contexts.keys()
        for context in contexts:
            if context.state is not ContextState.DONE:
                raise SystemExit(f"{context.transcript!r} was not said to its end: {context.state}")
        return contexts

    @property
    def newest_call(self) -> SimulatedCall:
        return list(self.network.carrier.calls.values())[-1]


def same(what: str, received: bytes, said: bytes, *, silence: bytes = b"") -> None:
    """SystemExit unless it is the same, but for `silence`, or its beginning, behind it."""
    if not received.startswith(said) or not (said + silence).startswith(received):
        raise SystemExit(f"{what}: {len(received)} bytes came, {len(said)} were said, or they differ")
    print(f"  {what}: {len(said)} bytes of audio, and they are those that were said")


async def use_the_sdk(shop: Workshop, interpreter: Path | str, name: str) -> None:
    """All three ways to speech say the same text."""
    before = set(shop.network.speech.contexts)
    await shop.run(interpreter, name)
    said = {len(context.audio): context.audio for context in shop.new_contexts(before)}
    wav, events, socket = (shop.taken_in(file) for file in ("bytes.wav", "events.raw", "socket.raw"))
    for what, received in (("bytes", wav[WAV_HEADER_BYTES:]), ("events", events), ("websocket", socket)):
        same(f"{name}, {what}", received, said[len(received)])


async def use_livekit(shop: Workshop, interpreter: Path) -> None:
    """`synthesize` and `stream`."""
    before = set(shop.network.speech.contexts)
    await shop.run(interpreter, "livekit_speech.py")
    synthesized, streamed = sorted(
        shop.new_contexts(before), key=lambda context: "continue" in context.requests[0]
    )
    for what, file, context in (
        ("synthesize", "bytes.raw", synthesized),
        ("stream", "socket.raw", streamed),
    ):
        same(f"livekit, {what}", shop.taken_in(file), context.audio, silence=LIVEKIT_ADDS)


async def use_twilio_python(shop: Workshop, interpreter: Path) -> None:
    """A call in the carrier's own voice."""
    printed = await shop.run(interpreter, "call.py")
    call = shop.newest_call
    if not printed.startswith("completed") or call.said_by_carrier != ["The disk is full."]:
        raise SystemExit(f"twilio-python: {printed}; the carrier said {call.said_by_carrier}")
    print(f"  twilio-python: {printed} s; the carrier said {call.said_by_carrier[0]!r}")


async def use_twilio_node_and_pipecat(
    shop: Workshop, node: str, python: Path, changes: Mapping[str, str] = NOTHING
) -> None:
    """A call that twilio-node places, whose stream goes to a bot of pipecat, which hangs up."""
    before = set(shop.network.speech.contexts)
    with reserved_port() as port:
        printed = await _call_the_bot(shop, node, python, port, changes)
    call = shop.newest_call
    (context,) = shop.new_contexts(before)
    said, heard = audioop.lin2ulaw(context.audio, 2), call.stream_audio
    if not printed.startswith("completed") or call.ended_by != "api" or call.warnings:
        raise SystemExit(f"twilio-node: {printed}, ended by {call.ended_by}, noted {call.warnings}")
    print(f"  twilio-node: {printed} s, ended by the bot's REST request")
    how = "posts" if changes else "the websocket"
    same(f"pipecat by {how}, heard by the callee", heard, said, silence=PIPECAT_ADDS)


async def _call_the_bot(
    shop: Workshop, node: str, python: Path, port: int, changes: Mapping[str, str]
) -> str:
    """What the caller prints, once the bot listened and the call was over."""
    async with shop.running(python, "bot.py", more={"PORT": str(port)}, changes=changes) as bot:
        async with asyncio.timeout(LIMIT_S):
            while not await _listens(port):
                if bot.returncode is not None:
                    raise SystemExit((await bot.communicate())[1].decode())
                await asyncio.sleep(LOOK_EVERY_S)
        return await shop.run(node, "call.mjs", {"STREAM_URL": f"ws://127.0.0.1:{port}/media"})


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def main(interpreters: Interpreters) -> None:
    """Everybody in turn, on one network."""
    network = BuiltInNetwork(SystemClock(), callee=parse_callees("answers"), faults=FaultPlan())
    await network.start()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            # Modules are looked for from where a program is.
            (folder / "node_modules").symlink_to(interpreters.node.resolve() / "node_modules")
            shop = Workshop(network, folder)
            async with asyncio.timeout(LIMIT_S):
                await use_twilio_python(shop, interpreters.sdk)
                await use_the_sdk(shop, interpreters.sdk, "speech.py")
                await use_the_sdk(shop, "node", "speech.mjs")
                await use_livekit(shop, interpreters.livekit)
                await use_twilio_node_and_pipecat(shop, "node", interpreters.pipecat)
                await use_twilio_node_and_pipecat(shop, "node", interpreters.pipecat, BY_POSTS)
    finally:
        await network.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    for option in ("sdk", "livekit", "pipecat", "node"):
        parser.add_argument(f"--{option}", type=Path, required=True)
    asyncio.run(main(Interpreters(**vars(parser.parse_args()))))
    sys.stdout.flush()
