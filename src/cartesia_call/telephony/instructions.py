"""What the carrier is told to do with a call, and what it noted about one."""

from __future__ import annotations

from cartesia_call.records import dataclass
from cartesia_call.telephony.limits import CallLimits
from cartesia_call.telephony.say_voices import SayVoice


@dataclass(frozen=True, kw_only=True)
class CallInstructions:
    """What the carrier does once somebody answers, before it is written as TwiML.

    `stream_url` (wss://, or ws:// to loopback) connects the media stream; None leaves it out.
    `fallback_text` is what the carrier's own voice says if the stream never comes or breaks; None leaves
    it out. A hang-up always follows. `voice` speaks it; None: the account's default one.
    """

    stream_url: str | None
    fallback_text: str | None
    voice: SayVoice | None = None


@dataclass(frozen=True, kw_only=True)
class CallRequest:
    """One call to place. `status_callback_url` is asked by GET at initiated, ringing, answered, completed.

    `send_digits` are tones that the carrier plays after the answer. `detects_machine`: the carrier finds out
    who answered, beside the call, and tells `status_callback_url`.
    """

    to: str
    caller_id: str
    instructions: CallInstructions
    status_callback_url: str | None
    limits: CallLimits
    time_limit_s: int
    send_digits: str | None = None
    detects_machine: bool = False


@dataclass(frozen=True, kw_only=True)
class CarrierNote:
    """One entry of the carrier's debugger about one call.

    `sentence` says what happened, `hint` what to do about it. `is_error` False: a warning, and the call
    went on. `ended_stream`: the media stream could not be opened, or is over. `blocked_call`: a network on
    the way, the carrier's own among them, blocked the call before it reached anybody.
    """

    code: int
    sentence: str
    hint: str | None
    is_error: bool
    ended_stream: bool
    blocked_call: bool = False
