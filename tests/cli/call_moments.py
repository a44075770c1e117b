"""The moments of a live call at which something may happen to the program, as the network sees them come."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from cartesia_call.audio.mulaw import BYTES_PER_MS
from cartesia_call.blocking import in_daemon_thread
from cartesia_call.clock import SystemClock
from cartesia_simulator.carrier.call import SimulatedCall
from tests.cli.live_network import LiveNetwork, live_environment, live_network, reached
from tests.cli_process import CommandLine, Finished, Process

T = TypeVar("T")

MESSAGE = "It is down. Call us now."
"""About a second and a half of speech, in two sentences."""

_CALLEE = "answers,ring:0.6s"
_AT_A_TIME = 8
"""More programs at once wait so long for the disk and for each other that one goes on without a ledger."""

_FIRST_NUMBER = 110
"""Below it are the built-in network's own caller ID and the numbers of other tests."""


@dataclass(frozen=True, kw_only=True)
class CallUnderWay:
    """A `dial` to `to`, the network beside it, and what will come of it."""

    to: str
    network: LiveNetwork
    process: Process
    end: asyncio.Task[Finished]

    @property
    def call(self) -> SimulatedCall | None:
        """The carrier's call, once it was placed."""
        calls = self.network.carrier.calls.values()
        return next((call for call in calls if call.to == self.to), None)

    @property
    def synthesised(self) -> bytes:
        """All audio of the message that was sent so far."""
        return b"".join(context.audio for context in self.network.speech.contexts.values())


Predicate = Callable[[CallUnderWay], bool]


@dataclass(frozen=True, kw_only=True)
class Moment:
    """`reached` tells from what the network recorded. `faults` and the `options` of `dial` hold the call
    there, where it would be over too soon to be met.
    """

    reached: Predicate
    faults: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


class Account:
    """One user at one carrier, who makes the calls of a test: each in a network of its own, that it may have
    faults of its own.
    """

    def __init__(self, run_cli: CommandLine) -> None:
        self._run_cli = run_cli
        self.calls: dict[str, SimulatedCall] = {}

    @contextlib.asynccontextmanager
    async def call_at(
        self, moment: Moment, *options: str, to: str, env: Mapping[str, str] | None = None
    ) -> AsyncIterator[CallUnderWay]:
        """Dial `to` live, and go on at `moment`. `env` takes the place of the own public address."""
        async with live_network(_CALLEE, *moment.faults, calls=self.calls) as network:
            environment = live_environment(network) if env is None else {**network.environment(), **env}
            arguments = ("dial", to, MESSAGE, "--no-cache", *moment.options, *options)
            process = self._run_cli.start(*arguments, env=environment)
            end = asyncio.create_task(in_daemon_thread(functools.partial(self._run_cli.wait, process)))
            under_way = CallUnderWay(to=to, network=network, process=process, end=end)
            try:
                await reached(lambda: moment.reached(under_way) or end.done())
                assert not end.done(), f"the program ended before its moment: {end.result()}"
                yield under_way
            finally:
                if not end.done():
                    process.kill()
                await end


async def at_each_moment(experiment: Callable[[Moment, str], Awaitable[T]]) -> dict[str, T]:
    """Try `experiment(moment, number)` at every moment, some beside each other, each with its own number.

    ExceptionGroup with every failure, the name of its moment noted on it.
    """

    places = asyncio.Semaphore(_AT_A_TIME)

    async def attempt(name: str, moment: Moment, number: str) -> T:
        try:
            async with places:
                return await experiment(moment, number)
        except BaseException as error:
            error.add_note(f"at the moment {name!r}")
            raise

    tasks = [
        asyncio.create_task(attempt(name, moment, f"+12025550{number}"))
        for number, (name, moment) in enumerate(MOMENTS.items(), _FIRST_NUMBER)
    ]
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    failures = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    if failures:
        raise ExceptionGroup("at some moments it did not go right", failures)
    return dict(zip(MOMENTS, [task.result() for task in tasks], strict=True))


# --- what the network has recorded


def _of_call(holds: Callable[[SimulatedCall], bool]) -> Predicate:
    return lambda under_way: under_way.call is not None and holds(under_way.call)


def _status(status: str, for_s: float = 0.0) -> Predicate:
    """The call has this status, and has had it for so long."""
    clock = SystemClock()
    return _of_call(
        lambda call: call.status == status and (clock.utc_now() - call.updated_at).total_seconds() >= for_s
    )


def _heard(part: float, *, silence_ms: int = 0) -> Predicate:
    """So much of the message was heard, and of the silence behind it."""

    def is_so(under_way: CallUnderWay) -> bool:
        contexts = under_way.network.speech.contexts.values()
        if under_way.call is None or not contexts or not all(context.is_over for context in contexts):
            return False
        wanted_bytes = part * len(under_way.synthesised) + silence_ms * BYTES_PER_MS
        return len(under_way.call.stream_audio) >= wanted_bytes

    return is_so


def _post(parameter: str, http_status: int | None) -> Predicate:
    """A POST with this parameter has come, and was answered so; None: not yet."""
    return lambda under_way: any(
        request.method == "POST" and parameter in request.parameters and request.http_status == http_status
        for request in under_way.network.carrier.requests
    )


MOMENTS: dict[str, Moment] = {
    "speech asked for": Moment(
        reached=lambda under_way: bool(under_way.network.speech.contexts), faults=("speech-silent",)
    ),
    "placing request under way": Moment(reached=_post("To", None), faults=("place-timeout",)),
    "placing request under way, nothing proves the call": Moment(
        reached=_post("To", None),
        faults=("place-timeout", "callbacks-lost", "wrong-token"),
        options=("--connect-timeout", "2s"),
    ),
    "placed": Moment(reached=_post("To", 201)),
    "queued": Moment(reached=_status("queued", 0.25)),
    "ringing": Moment(reached=_status("ringing")),
    "ringing for a while": Moment(reached=_status("ringing", 0.3)),
    "answered": Moment(reached=_status("in-progress"), faults=("stream-late@1s",)),
    "stream connected": Moment(
        reached=_of_call(lambda call: call.stream_sid is not None), faults=("start-late@1s",)
    ),
    "stream started": Moment(reached=_of_call(lambda call: call.stream_sid is not None)),
    "first audio": Moment(reached=_of_call(lambda call: bool(call.stream_audio))),
    "a tenth heard": Moment(reached=_heard(0.1)),
    "a quarter heard": Moment(reached=_heard(0.25)),
    "half heard": Moment(reached=_heard(0.5)),
    "three quarters heard": Moment(reached=_heard(0.75)),
    "nine tenths heard": Moment(reached=_heard(0.9)),
    "last word heard": Moment(reached=_heard(1), faults=("mark-never",)),
    "silence behind it": Moment(reached=_heard(1, silence_ms=100), faults=("mark-never",)),
    "mark awaited": Moment(reached=_heard(1, silence_ms=400), faults=("mark-never",)),
    "mark echoed": Moment(reached=_of_call(lambda call: bool(call.marks_echoed)), faults=("callbacks-lost",)),
    "hang-up ignored": Moment(
        reached=_post("Status", 200), faults=("hangup-ignored",), options=("--hangup-timeout", "2s")
    ),
    "hang-up refused": Moment(
        reached=_post("Status", 500), faults=("hangup-500",), options=("--hangup-timeout", "2s")
    ),
    "hung up": Moment(reached=_of_call(lambda call: call.is_over), faults=("callbacks-lost",)),
    "carrier's voice speaking": Moment(
        reached=_of_call(lambda call: bool(call.said_by_carrier)), faults=("stream-drop@0.5s",)
    ),
}
"""In the order of a call, from before the placing request to after the hang-up."""
