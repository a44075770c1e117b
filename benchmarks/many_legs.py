"""So many calls at once in one process, on one event loop, in real time: is everybody told, and at what cost.

    python -m benchmarks.many_legs --legs 300

Telephone network and speech service run in a process of their own, as `cartesia-call simulator`. The legs
share one shell (`calls/legs.py`), one bridge and one preparation; `--starts-per-s` new ones begin a second,
and a message of `--characters` keeps them up beside each other: it is printed how many were. On a machine
that does other work, look first at how long our loop had to wait for a core.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import dataclasses
import json
import os
import shlex
import statistics
import sys
import tempfile
import threading
import time
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextvars import Context
from pathlib import Path
from typing import Any, TypeVarTuple, Unpack

from cartesia_call.audio.mulaw import BYTES_PER_S
from cartesia_call.blocking import DaemonThreadLoop
from cartesia_call.calls.interruption import Interruption
from cartesia_call.calls.legs import Legs
from cartesia_call.calls.outbound import OutboundCall
from cartesia_call.calls.preparing import Preparation
from cartesia_call.cli.live_line import NoDisplay
from cartesia_call.clock import SystemClock
from cartesia_call.declarations.setting import OF_A_CALL
from cartesia_call.ports import Bridge, CallSecrets, MediaListener, MediaSocket, Reception
from cartesia_call.settings.resolve import resolve
from cartesia_call.speech.message_text import Message, MessageText
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.wiring.line import Line, open_line
from cartesia_call.wiring.plan import build_plan, new_attempt_id
from tests.calls.rehearsed import message_of
from tests.cli.live_network import reserved_port
from tests.isolation import home_variables, minimal_environment
from tests.settings.machine import OFFERED, command_line

FRAME_S = 0.02
CALLEE = "answers,ring:1s"
MOST_CONTEXTS = 100
"""Of an enterprise's plan: a program that has a text made anew for each call is not to fail for it."""
NUMBERS = [f"+120255501{last:02}" for last in range(1, 100)]
GIVEN = {
    **OFFERED,
    **command_line(no_guard="a benchmark calls the same numbers again", fallback="none"),
}
Arguments = TypeVarTuple("Arguments")

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class CountingLoop(DaemonThreadLoop):
    """Knows its timers by who set them."""

    def __init__(self) -> None:
        super().__init__()
        self._set_by: weakref.WeakKeyDictionary[asyncio.TimerHandle, str] = weakref.WeakKeyDictionary()

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Arguments]], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        handle = super().call_at(when, callback, *args, context=context)
        owner = getattr(callback, "__self__", callback)
        self._set_by[handle] = f"{type(owner).__module__}.{type(owner).__qualname__}"
        return handle

    def timers(self) -> Counter[str]:
        """How many have still to go off, by the class that set them."""
        now_s = self.time()
        pending = [(h, by) for h, by in self._set_by.items() if not h.cancelled() and h.when() >= now_s]
        return Counter(by for _, by in pending)


class WatchedBridge:
    """A bridge that notes how many streams are up, and how long they took."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._watched: dict[Reception, WatchedReception] = {}
        self.up = self.most_up = 0
        self.longer_s: list[float] = []
        """By how much the time between first audio and a mark's echo was longer than the audio between them:
        what was ever missing at the callee's is in it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bridge, name)

    def attach(self, public_url: str, reception: Reception) -> None:
        self._watched[reception] = WatchedReception(reception, self)
        self._bridge.attach(public_url, self._watched[reception])

    def detach(self, reception: Reception) -> None:
        watched = self._watched.pop(reception, None)
        if watched is not None:
            self._bridge.detach(watched)


class WatchedReception:
    """One call's side of it."""

    def __init__(self, reception: Reception, bridge: WatchedBridge) -> None:
        self._reception = reception
        self._bridge = bridge

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reception, name)

    @property
    def secrets(self) -> CallSecrets:
        return self._reception.secrets

    def take_stream(self, socket: MediaSocket) -> MediaListener:
        return WatchedSocket(socket, self._bridge, self._reception)


class WatchedSocket:
    """Hands texts on in both directions, and reads them."""

    def __init__(self, socket: MediaSocket, bridge: WatchedBridge, reception: Reception) -> None:
        self._socket = socket
        self._bridge = bridge
        self._now_s = asyncio.get_running_loop().time
        self._first_sent_s = 0.0
        self._sent_bytes = 0
        self._echoes_due_s: dict[str, float] = {}
        bridge.up += 1
        bridge.most_up = max(bridge.most_up, bridge.up)
        self.leave_unread = socket.leave_unread
        self.wait_for_more = socket.wait_for_more
        self._listener = reception.take_stream(self)
        self.heard = self._listener.heard
        self.writable = self._listener.writable

    def receive(self, texts: Sequence[str]) -> None:
        for text in texts:
            if '"mark"' in text[:40]:
                due_s = self._echoes_due_s.get(json.loads(text)["mark"]["name"])
                if due_s is not None:
                    self._bridge.longer_s.append(self._now_s() - due_s)
        self._listener.receive(texts)

    def ended(self) -> None:
        self._bridge.up -= 1
        self._listener.ended()

    @property
    def is_writable(self) -> bool:
        return self._socket.is_writable

    def send_texts(self, texts: Sequence[str]) -> None:
        for text in texts:
            message = json.loads(text)
            if message["event"] == "media":
                if not self._sent_bytes:
                    self._first_sent_s = self._now_s()
                self._sent_bytes += len(base64.b64decode(message["media"]["payload"]))
            elif message["event"] == "mark" and self._sent_bytes:
                due_s = self._first_sent_s + self._sent_bytes / BYTES_PER_S
                self._echoes_due_s[message["mark"]["name"]] = due_s
        self._socket.send_texts(texts)

    async def close(self) -> bool:
        return await self._socket.close()


class Gauge:
    """Looks at process and loop fifty times a second."""

    def __init__(self, loop: CountingLoop) -> None:
        self._loop = loop
        self.late_s: list[float] = []
        self.most_threads = 0
        self.most_timers: Counter[str] = Counter()

    async def look_on(self) -> None:
        while True:
            due_s = self._loop.time() + FRAME_S
            await asyncio.sleep(FRAME_S)
            self.late_s.append(self._loop.time() - due_s)
            self.most_threads = max(self.most_threads, threading.active_count())
            if not len(self.late_s) % 25:
                self.most_timers |= self._loop.timers()


@contextlib.asynccontextmanager
async def simulator(
    home: Path, lines: list[str] | None = None, *, callee: str = CALLEE
) -> AsyncIterator[tuple[dict[str, str], int]]:
    """The environment that points at it, and its process. At the end `lines` get what it told of calls."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cartesia_call", "simulator", "--callee", callee),
        *("--max-contexts", str(MOST_CONTEXTS)),
        env=minimal_environment(home) | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    environment: dict[str, str] = {}
    async with asyncio.timeout(30):
        while b"speech service on" not in await process.stderr.readline():
            pass
        while "CARTESIA_BASE_URL" not in environment or "TWILIO_BASE_URL_AU1" not in environment:
            name, _, value = shlex.split((await process.stdout.readline()).decode())[1].partition("=")
            environment[name] = value
    reading = asyncio.create_task(process.stderr.read())
    try:
        yield environment, process.pid
    finally:
        process.terminate()
        await process.wait()
        told = await reading
        if lines is not None:
            lines += told.decode().splitlines()


def processor_s(pid: int) -> float:
    """What another process has used so far (of Linux's /proc: user and system time)."""
    used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, used)) / TICKS_PER_S


def waited_s() -> float:
    """How long the thread that asks has been ready and had no core (of Linux's /proc; it is the loop's)."""
    return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9


async def call_everybody(
    line: Line, message: str, settings: Any, *, legs: int, starts_per_s: float
) -> Sequence[AttemptResult]:
    """All results, in the order of the starts."""
    clock = line.ports.clock
    text = MessageText.whole(Message.of(message))
    plan = build_plan(settings, line, attempt_id=new_attempt_id(clock.utc_now()), to=NUMBERS[0], text=text)
    preparation = Preparation(plan, line.ports)
    tasks: list[asyncio.Task[AttemptResult]] = []
    try:
        async with Legs(line.ports) as shell, asyncio.TaskGroup() as group:
            for number in range(legs):
                own = dataclasses.replace(
                    plan, id=new_attempt_id(clock.utc_now()), to=NUMBERS[number % len(NUMBERS)]
                )
                call = OutboundCall(own, shell, Interruption(), preparation)
                tasks.append(group.create_task(call.run()))
                await asyncio.sleep(1 / starts_per_s)
    finally:
        await preparation.close()
        for close in (line.ports.bridge.stop, line.ports.path.close, line.ports.carrier.close):
            await close()
    return [task.result() for task in tasks]


def row(name: str, values_ms: Sequence[float]) -> str:
    """One line: median, 99th percentile, maximum."""
    if len(values_ms) < 2:
        return f"  {name:<44}" + f"{'-':>10}" * 3
    percentiles = statistics.quantiles(values_ms, n=100, method="inclusive")
    figures = (statistics.median(values_ms), percentiles[98], max(values_ms))
    return f"  {name:<44}" + "".join(f"{figure:>10.1f}" for figure in figures)


def show(results: Sequence[AttemptResult], bridge: WatchedBridge, gauge: Gauge) -> None:
    outcomes = Counter(f"{result.outcome}, evidence {result.evidence}" for result in results)
    print("outcomes: " + "; ".join(f"{count} {name}" for name, count in outcomes.most_common()))
    print(f"streams up at once: {bridge.most_up} at the most; threads: {gauge.most_threads}")
    shell = f"{Legs.__module__}.{Legs.__qualname__}"
    others = ", ".join(f"{n} {by}" for by, n in gauge.most_timers.most_common() if by != shell)
    print(f"timers of the legs' shell: {gauge.most_timers[shell]} at the most; others: {others}")
    print(f"  {'milliseconds':<44}" + "".join(f"{title:>10}" for title in ("p50", "p99", "max")))
    print(row("a timer of our loop was late", [late * 1000 for late in gauge.late_s]))
    print(row("the message took longer than its audio", [longer * 1000 for longer in bridge.longer_s]))
    for name in ("stream_start_to_first_audio", "last_word_to_hangup"):
        values = [ms for result in results if (ms := getattr(result.timing, name)) is not None]
        print(row(name.replace("_", " "), values))


async def measure(legs: int, starts_per_s: float, characters: int, home: Path) -> bool:
    """Print what came of it; whether every message was delivered."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, CountingLoop)
    with reserved_port() as port:
        async with simulator(home) as (environment, pid):
            environment |= {"CARTESIA_CALL_PUBLIC_URL": f"http://127.0.0.1:{port}"}
            settings = resolve(GIVEN, environment, working_directory=home, needs=OF_A_CALL)
            async with open_line(settings, environment, clock=SystemClock(), observer=NoDisplay()) as opened:
                bridge, gauge = WatchedBridge(opened.ports.bridge), Gauge(loop)
                line = dataclasses.replace(opened, ports=dataclasses.replace(opened.ports, bridge=bridge))
                await line.ports.carrier.load()
                began_s, ours_s, theirs_s = loop.time(), time.process_time(), processor_s(pid)
                waiting_s = waited_s()
                looking = asyncio.create_task(gauge.look_on())
                message = message_of(characters)
                results = await call_everybody(line, message, settings, legs=legs, starts_per_s=starts_per_s)
                looking.cancel()
                took_s, waiting_s = loop.time() - began_s, waited_s() - waiting_s
                ours_s, theirs_s = time.process_time() - ours_s, processor_s(pid) - theirs_s
    minutes = sum(result.heard_ms or 0 for result in results) / 60_000
    print(f"{legs} legs, {starts_per_s:g} begun a second, {characters} characters; took {took_s:.1f} s")
    show(results, bridge, gauge)
    for name, used_s in (("ours", ours_s), ("the simulator's", theirs_s)):
        share = used_s / took_s
        print(
            f"processor time, {name}: {used_s:.1f} s, {used_s / minutes:.2f} s for each minute heard, "
            f"{share:.0%} of one core"
        )
    print(f"our loop was ready and had no core for {waiting_s:.1f} s, {waiting_s / took_s:.0%} of the time")
    return all(result.outcome == "delivered" and result.evidence == "mark" for result in results)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--legs", type=int, default=300)
    parser.add_argument("--starts-per-s", type=float, default=20.0)
    parser.add_argument("--characters", type=int, default=400)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cartesia-call-many-legs-") as home:
        os.environ |= home_variables(Path(home))
        with asyncio.Runner(loop_factory=CountingLoop) as runner:
            all_delivered = runner.run(
                measure(arguments.legs, arguments.starts_per_s, arguments.characters, Path(home))
            )
    print(
        "every message was delivered, with a mark as evidence" if all_delivered else "NOT all were delivered"
    )
