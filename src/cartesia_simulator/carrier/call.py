"""One simulated call: what it is, how far it got, and what both ends heard."""

from __future__ import annotations

import secrets
from datetime import datetime

from cartesia_call.audio.mulaw import BYTES_PER_S, SILENCE_BYTE
from cartesia_call.ports import Clock
from cartesia_call.telephony.call_states import CallStatus
from cartesia_simulator.carrier.notifications import Notification, Problem
from cartesia_simulator.carrier.playout import Playout
from cartesia_simulator.carrier.regions import DEFAULT_REGION

PRICE_AFTER_S = 10.0
"""How long after its end a call's price is still unknown. Twilio says only that it comes late."""

_PRICE_PER_MINUTE_USD = 0.014


class SimulatedCall:
    """The record of one call. Moments are seconds of the clock; None for what has not happened.

    `ended_by`: `callee`, `api`, `twiml`, `time-limit`, `ring-timeout`, `network` (busy, unreachable) or
    `shutdown`. `warnings` are all entries of the debugger, errors included. `said_by_carrier` are the texts
    of the `<Say>` verbs that were started. `answered_by` is the verdict of the answering-machine detection,
    which took `machine_detection_ms`. `intruders` are the further media streams that knocked while one was
    up, each with what came of it so far: `HTTP 404`, `closed 1008`, `broken`, `admitted`. `speech` is all
    that the callee's side is to be heard with, from the answer on, as far as that is decided.
    `person_after_s`: how many seconds after the answer a person came, or comes, to the telephone.
    `digits_dialled`: the keys and waits that were dialled after the answer. `region` processes it.
    """

    def __init__(
        self, clock: Clock, *, account_sid: str, to: str, caller_id: str, region: str = DEFAULT_REGION
    ) -> None:
        self._clock = clock
        self.sid = "CA" + secrets.token_hex(16)
        self.account_sid = account_sid
        self.region = region
        self.to = to
        self.caller_id = caller_id
        self.speech = b""
        self.status = CallStatus.QUEUED
        self.sip_code: int | None = None
        self.created_at = self.updated_at = clock.utc_now()
        self.started_at: datetime | None = None
        self.finished_at: datetime | None = None
        self.answered_at_s: float | None = None
        self.ended_at_s: float | None = None
        self.ended_by: str | None = None
        self.answered_by: str | None = None
        self.machine_detection_ms: int | None = None
        self.stream_sid: str | None = None
        self.intruders: list[str] = []
        self.marks_echoed: list[tuple[str, float]] = []
        self.said_by_carrier: list[str] = []
        self.warnings: list[Notification] = []
        self.person_after_s: float | None = None
        self.digits_dialled = ""
        self.playout: Playout | None = None
        self._recorded: slice | None = None

    # --- what happens to it

    def ringing(self) -> None:
        self._become(CallStatus.RINGING)
        self.started_at = self.updated_at

    def answered(self) -> Playout:
        """Somebody answered; from now on there is audio."""
        self._become(CallStatus.IN_PROGRESS)
        self.answered_at_s = self._clock.now_s()
        self.playout = Playout(self.answered_at_s)
        return self.playout

    def says(self, audio: bytes, *, after_s: float) -> None:
        """The callee's side is to be heard with `audio`, so long after the answer, behind what it has."""
        position = round(after_s * BYTES_PER_S)
        self.speech = self.speech.ljust(position, bytes([SILENCE_BYTE])) + audio

    def records(self, *, after_s: float, length_s: float) -> None:
        """A machine records what it hears from so long after the answer on, for `length_s` at most."""
        start = round(after_s * BYTES_PER_S)
        self._recorded = slice(start, start + round(length_s * BYTES_PER_S))

    def recognised(self, answered_by: str, detection_ms: int) -> None:
        self.answered_by = answered_by
        self.machine_detection_ms = detection_ms
        self.updated_at = self._clock.utc_now()

    def ended(self, by: str, status: CallStatus, sip_code: int) -> None:
        self._become(status)
        self.finished_at = self.updated_at
        self.ended_at_s = self._clock.now_s()
        self.ended_by = by
        self.sip_code = sip_code
        if self.playout is not None:
            self.playout.end(self.ended_at_s)

    def forget_audio(self) -> None:
        """Drop what both ends heard and said; the rest of the record stays."""
        self.playout = None
        self.speech = b""

    def note(self, problem: Problem, *, listed_after_s: float = 0.0) -> None:
        """Write an entry into the debugger, which shows it so many seconds later."""
        self.warnings.append(
            Notification(
                sid="NO" + secrets.token_hex(16),
                problem=problem,
                noted_at=self._clock.utc_now(),
                listed_at_s=self._clock.now_s() + listed_after_s,
            )
        )

    # --- what can be read from it

    @property
    def listed_warnings(self) -> list[Notification]:
        """The entries that the debugger shows by now."""
        return [entry for entry in self.warnings if entry.listed_at_s <= self._clock.now_s()]

    @property
    def is_over(self) -> bool:
        return self.status.is_final

    @property
    def answered_for_s(self) -> float:
        """Seconds of the clock since the answer; 0 before."""
        return 0.0 if self.answered_at_s is None else self._clock.now_s() - self.answered_at_s

    @property
    def duration_s(self) -> int | None:
        """Whole seconds from the answer to the end, 0 if nobody answered; None before the end."""
        if self.ended_at_s is None:
            return None
        return 0 if self.answered_at_s is None else round(self.ended_at_s - self.answered_at_s)

    @property
    def price(self) -> str | None:
        """What it cost, negative, in US dollars; None until a while after the end."""
        if self.ended_at_s is None or self.answered_at_s is None:
            return None
        if self._clock.now_s() < self.ended_at_s + PRICE_AFTER_S:
            return None
        return f"{-_PRICE_PER_MINUTE_USD * self.billed_minutes:.5f}"

    @property
    def billed_minutes(self) -> int:
        """Minutes begun."""
        return -(-(self.duration_s or 0) // 60)

    @property
    def heard(self) -> bytes:
        """Mu-law exactly as the callee heard it, from the answer until now or the end; empty before."""
        return self.playout.heard(self._clock.now_s()) if self.playout else b""

    @property
    def stream_audio(self) -> bytes:
        """What was heard of the media stream, in order, without the silence where nothing was queued."""
        return self.playout.stream_audio(self._clock.now_s()) if self.playout else b""

    @property
    def said(self) -> bytes:
        """Mu-law of what the callee's side was heard with, as long as `heard`."""
        size = len(self.heard)
        return self.speech[:size].ljust(size, bytes([SILENCE_BYTE]))

    @property
    def voicemail_audio(self) -> bytes:
        """What a machine has recorded: mu-law exactly as it was heard from the end of its beep on, silence
        included; empty without a machine.
        """
        return self.heard[self._recorded] if self._recorded is not None else b""

    @property
    def max_queued_ms(self) -> float:
        """The most audio that was ever waiting to be played."""
        return self.playout.max_queued_ms if self.playout else 0.0

    def _become(self, status: CallStatus) -> None:
        self.status = status
        self.updated_at = self._clock.utc_now()
