"""Ports that say what a test tells them: an account, a voice, a public path, an agent, a ledger."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from cartesia_call.check_ports import AccountFacts, AgentFacts, Balance, OwnedNumber
from cartesia_call.checking.findings import Finding
from cartesia_call.checking.plan import AccountPlan, CheckPlan
from cartesia_call.clock import SystemClock
from cartesia_call.errors import CartesiaCallError
from cartesia_call.speech.delivery import Voicing
from cartesia_call.speech.message_text import Message
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import SpeechRequest
from cartesia_call.telephony.limits import CallLimits
from cartesia_call.telephony.outcomes import Voice

CALLER_ID = "+12025550100"
CALLEE = "+12025550143"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HEALTHY = AccountFacts(is_trial=False, status="active", answered_at=NOON, is_subaccount=False)
AMPLE = Balance(amount=Decimal("25.00"), currency="USD")

ACCOUNT = AccountPlan(
    account_sid="AC" + "0" * 32,
    region="us1",
    edge="ashburn",
    signed_with="the auth token",
    has_auth_token=True,
    verifies_signatures=True,
)
WORD = SpeechRequest(Message.of("OK."), Voicing(model_id="sonic-3.5", voice_id="a-voice", language="en"))
PLAN = CheckPlan(
    account=ACCOUNT,
    caller_id=CALLER_ID,
    to=None,
    country=None,
    word=WORD,
    spends=True,
    limits=CallLimits(connect_timeout_s=1, tunnel_timeout_s=5, speech_timeout_s=2),
)

T = TypeVar("T")

SPOKEN = bytes([0x20, 0xA0] * 2000)
"""Half a second of a loud square wave in mu-law."""


def told(value: T | CartesiaCallError) -> T:
    """The value, or the error raised."""
    if isinstance(value, CartesiaCallError):
        raise value
    return value


class StandingClock(SystemClock):
    """It is always `now`, whatever a wait takes."""

    def __init__(self, now: datetime = NOON) -> None:
        super().__init__()
        self._now = now

    def utc_now(self) -> datetime:
        return self._now


@dataclass
class ToldAccount:
    """Implements `check_ports.CarrierAccount`."""

    facts: AccountFacts | CartesiaCallError = HEALTHY
    left: Balance | CartesiaCallError | None = AMPLE
    owned: OwnedNumber | CartesiaCallError | None = field(
        default_factory=lambda: OwnedNumber(takes_voice=True)
    )
    verified: bool | CartesiaCallError = False
    permission: bool | CartesiaCallError | None = True
    profile: bool | CartesiaCallError = True
    questions: list[str] = field(default_factory=list)

    async def account(self) -> AccountFacts:
        self.questions.append("account")
        return told(self.facts)

    async def balance(self) -> Balance | None:
        self.questions.append("balance")
        return told(self.left)

    async def owned_number(self, number: str) -> OwnedNumber | None:
        self.questions.append("owned")
        return told(self.owned)

    async def is_verified_number(self, number: str) -> bool:
        self.questions.append("verified")
        return told(self.verified)

    async def dialing_permission(self, country: str) -> bool | None:
        self.questions.append(country)
        return told(self.permission)

    async def has_customer_profile(self) -> bool:
        self.questions.append("profile")
        return told(self.profile)

    async def close(self) -> None:
        self.questions.append("close")


@dataclass
class ToldVoice:
    """Implements `ports.SpeechService`: says `audio` in pieces, then ends as it is told."""

    audio: bytes = b""
    error: CartesiaCallError | None = None
    hangs: bool = False
    voice: Voice = Voice.CARTESIA

    async def synthesise(
        self, request: SpeechRequest, utterance: Utterance, *, first_audio_by_s: float | None = None
    ) -> None:
        for start in range(0, len(self.audio), 160):
            utterance.append(self.audio[start : start + 160])
        if self.hangs:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error


@dataclass
class ToldPath:
    """Implements `ports.PublicPath`: loopback by the port itself, by another one, or by none."""

    error: CartesiaCallError | None = None
    other_port: int | None = None
    hangs: bool = False
    is_open: bool = False
    warnings: tuple[str, ...] = ()

    async def open(self, local_port: int) -> str:
        self.is_open = True
        if self.hangs:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        return f"http://127.0.0.1:{self.other_port or local_port}"

    async def close(self) -> None:
        self.is_open = False


@dataclass
class ToldAgent:
    """Implements `check_ports.TunnelAgent`."""

    error: CartesiaCallError | None = None
    doubts: tuple[str, ...] = ()

    async def inspect(self) -> AgentFacts:
        if self.error is not None:
            raise self.error
        hint = "get another" if self.doubts else None
        return AgentFacts(path="/usr/local/bin/ngrok", version="3.39.10", doubts=self.doubts, hint=hint)


@dataclass
class ToldLedger:
    """Implements `check_ports.WritableLedger`."""

    error: CartesiaCallError | None = None

    async def prove_writable(self) -> None:
        if self.error is not None:
            raise self.error


def statuses(findings: list[Finding]) -> dict[str, str]:
    return {finding.name: finding.status.value for finding in findings}


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)
