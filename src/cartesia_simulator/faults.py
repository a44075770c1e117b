"""What can be broken on purpose in a rehearsal: one table of names, and the choice for one run.

Faults go together as they would in the world, two that contradict each other included: what comes first on
a call's way wins (a key that is refused before a request that would fail, `stream-never` before everything
else about streams), and where both answer the same request, the one that stands first in the table. The same
name twice is refused: only one of its times could hold.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cartesia_call.audio.durations import parse_duration_s
from cartesia_call.errors import InputError
from cartesia_call.ports import Clock


class Moment(StrEnum):
    """Something that happens in the network, which a fault may wait for: the first call rings, or the first
    media stream plays its first audio."""

    RING = "ring"
    SPEECH = "speech"


@dataclass(frozen=True, kw_only=True)
class FaultKind:
    """What a fault does, and what a time (`@3s`) or a moment (`@ring`, `@speech`) behind its name means;
    None where it means nothing and is refused.
    """

    effect: str
    time: str | None = None
    moment: str | None = None


_FROM_THEN_ON = "from then on"
_THEN = "then"

FAULTS: dict[str, FaultKind] = {
    "place-timeout": FaultKind(
        effect="the call is created, but the answer to the placing request never comes"
    ),
    "place-500": FaultKind(effect="the call is created, but the placing request is answered with 500"),
    "place-429": FaultKind(
        effect="nothing is created; the placing request is answered with 429",
        time="so long from the first placing request on",
    ),
    "auth-401": FaultKind(effect="every REST request is answered with 401", moment=_FROM_THEN_ON),
    "geo-21215": FaultKind(effect="the country is not permitted"),
    "from-21210": FaultKind(effect="the caller ID is not verified"),
    "to-21211": FaultKind(effect="the number is not valid"),
    "trial": FaultKind(effect="a trial account: Twilio strips <Stream> and speaks a sentence in its place"),
    "stream-never": FaultKind(effect="the media stream is never connected, nor given up"),
    "stream-late": FaultKind(
        effect="the media stream is connected late", time="so long after the answer; else 3s"
    ),
    "start-late": FaultKind(
        effect="the media stream is connected, and its start message comes late", time="so long; else 3s"
    ),
    "second-stream": FaultKind(
        effect="a second media stream with the same address and signature knocks while the first is up",
        time="so long after the start of the first; else 0.5s",
    ),
    "wrong-token": FaultKind(effect="the media stream is connected to an address with a wrong secret"),
    "stream-drop": FaultKind(
        effect="the connection of the media stream breaks",
        time="so long after its start; else 1s",
        moment=_THEN,
    ),
    "audio-dropped": FaultKind(
        effect="audio is thrown away, what is queued too, and marks return at once",
        time="from so long after the stream's start on",
    ),
    "mark-never": FaultKind(effect="no mark is echoed"),
    "mark-late": FaultKind(effect="marks are echoed late", time="by so much; else 2s"),
    "callbacks-lost": FaultKind(effect="no status callback is sent", moment=_FROM_THEN_ON),
    "callbacks-reordered": FaultKind(effect="every second status callback overtakes the one before it"),
    "amd-late": FaultKind(
        effect="the verdict of the answering-machine detection comes late",
        time="so long after the answer; else 15s",
    ),
    "hangup-500": FaultKind(
        effect="every request to end or redirect a call is answered with 500",
        time="so long from the first of them on",
        moment=_FROM_THEN_ON,
    ),
    "hangup-404": FaultKind(
        effect="every request to end or redirect a call is answered with 404",
        time="so long from the first of them on",
        moment=_FROM_THEN_ON,
    ),
    "hangup-ignored": FaultKind(
        effect="requests to end or redirect a call are answered with 200, and the call goes on",
        time="so long from the first of them on",
        moment=_FROM_THEN_ON,
    ),
    "speech-401": FaultKind(effect="the speech service refuses the key"),
    "speech-refused": FaultKind(effect="the speech service refuses the request"),
    "speech-429-partial": FaultKind(
        effect="some audio comes, then an error 429 and no `done`",
        time="after so much audio; else 0.5s",
        moment=_THEN,
    ),
    "speech-silent": FaultKind(
        effect="the speech service accepts the request and says nothing",
        time="after so much audio; else at once",
    ),
    "speech-close": FaultKind(
        effect="the speech service closes cleanly before `done`",
        time="after so much audio; else 0.5s",
        moment=_THEN,
    ),
    "speech-slow": FaultKind(
        effect="audio comes more slowly than it plays", time="after so much audio; else at once"
    ),
    "tunnel-refused": FaultKind(effect="the tunnel is refused"),
    "tunnel-334": FaultKind(
        effect="the tunnel's domain is in use elsewhere (ERR_NGROK_334)", time="so long; else for ever"
    ),
    "tunnel-late": FaultKind(
        effect="the tunnel's address is told before it leads anywhere", time="so long before; else 3s"
    ),
    "tunnel-drop": FaultKind(
        effect="the tunnel breaks, with all its connections, and takes no new ones",
        time="so long after it opened; else at @speech",
        moment=_THEN,
    ),
}
"""Every fault by its name."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault by name; `time_s` is what was asked for with `@3s`, in seconds of the call's clock, `moment`
    with `@ring`. At most one of them is set.
    """

    name: str
    time_s: float | None = None
    moment: Moment | None = None


def parse_fault(spec: str) -> Fault:
    """`place-500`, `stream-drop@3s` or `callbacks-lost@ring`. InputError, one sentence with what is valid."""
    name, at, when = spec.strip().partition("@")
    if name not in FAULTS:
        what = f"{name!r} is not known" if name else f"{spec!r} names no fault"
        raise InputError(f"--fault: {what}; write one of {', '.join(FAULTS)}")
    kind = FAULTS[name]
    if not at:
        return Fault(name=name)
    if when in set(Moment):
        if kind.moment is None:
            raise InputError(f"--fault: {name} waits for no moment, so @{when} means nothing; {_takes(name)}")
        return Fault(name=name, moment=Moment(when))
    if kind.time is None:
        takes = "no time" if kind.moment else "neither a time nor a moment"
        raise InputError(f"--fault: {name} takes {takes}, so @{when} means nothing; {_takes(name)}")
    try:
        return Fault(name=name, time_s=parse_duration_s(when))
    except ValueError as problem:
        moments = f", or a moment: {' or '.join(Moment)}" if kind.moment else ""
        raise InputError(f"--fault: in {spec!r}, {problem}{moments}") from None


def parse_faults(specs: Iterable[str]) -> tuple[Fault, ...]:
    """All faults of one run, as `parse_fault` reads each. InputError for a name that is given twice."""
    faults = tuple(parse_fault(spec) for spec in specs)
    for name, times in Counter(fault.name for fault in faults).items():
        if times > 1:
            raise InputError(f"--fault: {name} is given {times} times; write it once")
    return faults


def _takes(name: str) -> str:
    kind = FAULTS[name]
    forms = [name]
    forms += [f"{name}@3s ({kind.time})"] if kind.time else []
    forms += [f"{name}@{moment} ({kind.moment})" for moment in Moment if kind.moment]
    return f"write {' or '.join(forms)}"


class FaultPlan:
    """The faults of one run, each name once, and which moments have come so far.

    `has`, `get` and `is_on` know the names of `FAULTS` only: anything else is a KeyError.
    """

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._by_name = {fault.name: fault for fault in faults}
        self._moments = {moment: asyncio.Event() for moment in Moment}

    def has(self, name: str) -> bool:
        return self.get(name) is not None

    def get(self, name: str) -> Fault | None:
        if name not in FAULTS:
            raise KeyError(name)
        return self._by_name.get(name)

    def time_s(self, name: str, *, otherwise: float) -> float | None:
        """The time behind this fault's name, `otherwise` where it names none; None without the fault."""
        fault = self.get(name)
        if fault is None:
            return None
        return otherwise if fault.time_s is None else fault.time_s

    def is_on(self, name: str) -> bool:
        """Whether it was asked for, and the moment that it waits for, if any, has come."""
        fault = self.get(name)
        return fault is not None and (fault.moment is None or self._moments[fault.moment].is_set())

    def lift(self) -> None:
        """From now on the network is whole. What a fault has done stays done; one that still waits for its
        time or moment never happens.
        """
        self._by_name.clear()

    def note(self, moment: Moment) -> None:
        """It has come. A repeat changes nothing."""
        self._moments[moment].set()

    async def wait(self, fault: Fault, clock: Clock, *, otherwise: float | Moment) -> None:
        """Until the moment or, counted from now, the time of `fault`; `otherwise` where it names neither.

        For ever, if it was lifted meanwhile.
        """
        until = fault.moment or (fault.time_s if fault.time_s is not None else otherwise)
        if isinstance(until, Moment):
            await self._moments[until].wait()
        else:
            await clock.sleep(until)
        if self.get(fault.name) is not fault:
            await asyncio.Event().wait()
