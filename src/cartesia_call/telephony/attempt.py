"""The result of one attempt to call somebody: plain data, what `--json` prints and the ledger keeps."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime

from cartesia_call.records import dataclass
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice


@dataclass(frozen=True, kw_only=True)
class ErrorReport:
    """What went wrong: `kind` is the exception's class name, `code` the vendor's own code as text.

    `account_wide`: the carrier would refuse every other call of the account for the same reason.
    """

    kind: str
    code: str | None
    message: str
    hint: str | None
    account_wide: bool = False


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Milliseconds of the call's clock; None where the moment was never reached.

    `placed_after`: from the command's start to the carrier's answer to the placing request. `ring`: from
    ringing, or else from placed, to answered. `speech_first_chunk`: from the speech request to its first
    audio. `answer_to_first_audio`: from the first sign of the answer. `stream_start_to_first_audio`: from
    the stream's `start` message to our first media message handed to the socket. `last_word_to_hangup`:
    from the end of the last word's playing to the hang-up request.
    """

    placed_after: float | None = None
    ring: float | None = None
    speech_first_chunk: float | None = None
    answer_to_first_audio: float | None = None
    stream_start_to_first_audio: float | None = None
    last_word_to_hangup: float | None = None


@dataclass(frozen=True, kw_only=True)
class AttemptResult:
    """One attempt, ended. `outcome` is None only for a bug (1) or wrong usage (2).

    `answered_by` is `human`, `machine`, `fax` or `unknown`, says `answered_by_source`: `carrier`, or `local`
    for our guess; both None if nobody said. `beep`: a machine's beep was heard, by us or the carrier; False:
    it was silent without one; None: neither. `screened`: a robot asked who is calling. `digits` are all keys
    that were pressed, in order; None: some were, and nobody kept which. `key` is the word of the one that
    answered the message, None if none did; `acknowledged` is None if no key was asked for. `attempts` counts
    the calls of the command until this one, to whomever. `message_ms` is the length of the synthesised
    message (None if no audio is known), `heard_ms` how much of it was played to the callee, `heard_text` the
    words that were (None where nobody knows them: never of the carrier's, of the local voice's only if all
    was heard). `joined` are the ids of all alerts that were spoken in the same call, this one's among them,
    in order; empty where it was the only one. `carrier` is the address of one that is not Twilio, None for
    Twilio and for a rehearsal. `interrupted_by` is the signal's number for `Outcome.INTERRUPTED`.
    """

    id: str
    to: str
    caller_id: str | None
    outcome: Outcome | None
    detail: str
    started_at: datetime
    ended_at: datetime
    call_sid: str | None = None
    stream_sid: str | None = None
    carrier_status: str | None = None
    answered_by: str | None = None
    answered_by_source: str | None = None
    beep: bool | None = None
    screened: bool = False
    key: str | None = None
    joined: tuple[str, ...] = ()
    voice: Voice | None = None
    evidence: Evidence = Evidence.NONE
    message_ms: int | None = None
    heard_ms: int | None = None
    heard_text: str | None = None
    digits: str | None = ""
    acknowledged: bool | None = None
    attempts: int = 1
    rehearsal: bool = False
    carrier: str | None = None
    timing: Timing = field(default_factory=Timing)
    characters: int = 0
    price: str | None = None
    price_unit: str | None = None
    error: ErrorReport | None = None
    interrupted_by: int | None = None
