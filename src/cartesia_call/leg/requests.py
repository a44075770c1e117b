"""What a leg asks of the world around it: data, carried out by whoever runs it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from cartesia_call.conversation.talk import Talk
from cartesia_call.records import dataclass
from cartesia_call.telephony.call_states import CallSnapshot
from cartesia_call.telephony.instructions import CallInstructions, CallRequest, CarrierNote


@dataclass(frozen=True, eq=False)
class Post:
    """Place the call; the answer is its snapshot. One request, never repeated by whoever carries it out."""

    request: CallRequest


@dataclass(frozen=True, eq=False)
class AskList:
    """Calls from `caller_id` to `to` since `since` that no other row of the ledger claims: a list."""

    to: str
    caller_id: str
    since: datetime


@dataclass(frozen=True, eq=False)
class Fetch:
    """How the call is now: its snapshot."""

    call_sid: str


@dataclass(frozen=True, eq=False)
class End:
    """Ask for `Status=completed`: the snapshot."""

    call_sid: str


@dataclass(frozen=True, eq=False)
class Redirect:
    """Replace the running instructions: the snapshot."""

    call_sid: str
    instructions: CallInstructions


@dataclass(frozen=True, eq=False)
class ReadNotes:
    """What the carrier's debugger holds about the call, newest first: a list."""

    call_sid: str


@dataclass(frozen=True, eq=False)
class AskAccount:
    """Whether this is a trial account."""


@dataclass(frozen=True, eq=False)
class AskWhoEnded:
    """Whether the ledger holds that somebody ended the call on purpose, by a command of this program."""

    call_sid: str


@dataclass(frozen=True, eq=False)
class CloseStream:
    """Close the websocket of `talk`, within a second or so: whether its peer answered the closing."""

    talk: Talk


@dataclass(frozen=True, eq=False)
class RaiseTimeLimit:
    """Let the live call last this long."""

    call_sid: str
    time_limit_s: int


Request = (
    Post
    | AskList
    | Fetch
    | End
    | Redirect
    | ReadNotes
    | AskAccount
    | AskWhoEnded
    | CloseStream
    | RaiseTimeLimit
)
"""Answered by `answered`, each once, in any order, perhaps never: every state has a limit of its own."""

Answer = CallSnapshot | list[CallSnapshot] | list[CarrierNote] | bool | Exception | None


@dataclass(frozen=True)
class NotePlaced:
    """The intent became this call: it is to stand in the ledger."""

    call_sid: str


@dataclass(frozen=True)
class HurrySpeech:
    """The callee hears nothing in the middle of what is said: whoever makes it may try another voice."""


Stage = Literal["connecting", "ringing", "answered", "speaking", "hanging-up"]


@dataclass(frozen=True, kw_only=True)
class Show:
    """The call entered `stage` at `since_s`, for whoever watches.

    While speaking, `total_ms` is the message's length (None until all of it is made), `played_ms` tells how
    much of it was played at a moment of the clock, and `awaits_key` whether a key is waited for now.
    """

    stage: Stage
    since_s: float
    total_ms: int | None = None
    played_ms: Callable[[float], int] | None = None
    awaits_key: Callable[[], bool] | None = None


Action = Request | NotePlaced | HurrySpeech | Show
