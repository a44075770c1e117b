"""What happens on a media stream, as its session tells it."""

from __future__ import annotations

from cartesia_call.records import dataclass

MESSAGE = "message"
"""The name of the part that a call is made for."""


@dataclass(frozen=True)
class Started:
    """The stream is open and belongs to this call."""

    stream_sid: str
    call_sid: str


@dataclass(frozen=True)
class Refused:
    """The stream or its peer is not what this call expects; close it."""

    reason: str


@dataclass(frozen=True)
class Played:
    """All of the part `name` was played. `by_mark`: its mark says so; else the time for it is over."""

    by_mark: bool
    name: str = MESSAGE


@dataclass(frozen=True)
class AudioDropped:
    """The mark came back before the audio can have been played: the carrier dropped it."""


@dataclass(frozen=True)
class SpeechBroke:
    """All audio of the part `name` that exists was played, and the rest of it will never come.

    `by_mark` as for `Played`.
    """

    by_mark: bool
    name: str = MESSAGE


@dataclass(frozen=True)
class Starved:
    """All audio that exists was played a while ago, and more is awaited: the callee hears nothing."""


@dataclass(frozen=True)
class Pressed:
    """The callee pressed a key."""

    digit: str


@dataclass(frozen=True)
class Ended:
    """No more can be played: `by_carrier` says that `stop` came, else the connection was lost."""

    by_carrier: bool


Event = Started | Refused | Played | AudioDropped | SpeechBroke | Starved | Pressed | Ended
