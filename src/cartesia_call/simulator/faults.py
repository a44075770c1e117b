"""What can be broken on purpose in a rehearsal: one table of names, and the choice for one run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cartesia_call.audio.durations import parse_duration_s
from cartesia_call.errors import InputError

FAULTS: dict[str, str] = {
    "place-timeout": "the call is created, but the answer to the placing request never comes",
    "place-500": "the call is created, but the placing request is answered with 500",
    "place-429": "nothing is created; the placing request is answered with 429",
    "auth-401": "every REST request is answered with 401",
    "geo-21215": "the country is not permitted",
    "from-21210": "the caller ID is not verified",
    "to-21211": "the number is not valid",
    "trial": "a trial account: Twilio strips <Stream> and speaks a sentence in its place",
    "stream-never": "the media stream is never connected",
    "stream-drop": "the connection of the media stream breaks, 1 s after its start or at @TIME",
    "mark-never": "no mark is echoed",
    "audio-dropped": "audio is thrown away and marks return at once",
    "callbacks-lost": "no status callback is sent",
    "hangup-500": "every request to end a call is answered with 500",
    "hangup-404": "every request to end a call is answered with 404",
    "hangup-ignored": "requests to end a call are answered with 200, and the call goes on",
    "speech-401": "the speech service refuses the key",
    "speech-refused": "the speech service refuses the request",
    "speech-429-partial": "some audio comes, then an error 429 and no `done`",
    "speech-silent": "the speech service accepts the request and says nothing",
    "speech-close": "the speech service closes cleanly before `done`",
    "speech-slow": "audio comes more slowly than it plays",
}
"""Every fault's name, and what it does."""

TIMED_FAULTS = frozenset(
    {"stream-drop", "speech-429-partial", "speech-silent", "speech-close", "speech-slow"}
)
"""Faults for which a moment (`@3s`) means something."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault by name; `at_s` is the moment asked for with `@3s`, in seconds of the call's clock."""

    name: str
    at_s: float | None = None


def parse_fault(spec: str) -> Fault:
    """`place-500`, or `stream-drop@3s`. InputError with one sentence that lists the valid names."""
    name, at, moment = spec.strip().partition("@")
    if name not in FAULTS:
        raise InputError(f"--fault: {name!r} is not known; write one of {', '.join(FAULTS)}")
    if not at:
        return Fault(name=name)
    if name not in TIMED_FAULTS:
        timed = ", ".join(sorted(TIMED_FAULTS))
        raise InputError(f"--fault: {name!r} takes no moment; these do, as in stream-drop@3s: {timed}")
    try:
        return Fault(name=name, at_s=parse_duration_s(moment))
    except ValueError as problem:
        raise InputError(f"--fault: in {spec!r}, {problem}") from None


class FaultPlan:
    """The faults of one run. `has` and `get` know the names of `FAULTS` only: anything else is a KeyError."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._by_name = {fault.name: fault for fault in faults}

    def has(self, name: str) -> bool:
        """Whether this fault was asked for."""
        return self.get(name) is not None

    def get(self, name: str) -> Fault | None:
        """The fault as it was asked for, or None."""
        if name not in FAULTS:
            raise KeyError(name)
        return self._by_name.get(name)
