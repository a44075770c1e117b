"""Keys, machines, hellos and screening robots: what the callee does, and what the call comes to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from cartesia_call.telephony.outcomes import Evidence, Outcome
from tests.calls.rehearsed import rehearsed

LIMIT_S = 60
MESSAGE = "The database is down. Please call the operator."
ACK = {"ack": "1", "reject": "9"}


@dataclass(frozen=True)
class Case:
    callee: str
    options: Mapping[str, object]
    outcome: Outcome
    digits: str = ""
    answered_by: str | None = None
    faults: tuple[str, ...] = field(default=())


CASES = [
    Case("answers,presses:1@2s", ACK, Outcome.ACKNOWLEDGED, "1", "human"),
    Case("answers,presses:1@9s", ACK, Outcome.ACKNOWLEDGED, "1", "human"),
    Case("answers,presses:9@2s", ACK, Outcome.REJECTED, "9", "human"),
    Case("answers,presses:5@2s", {**ACK, "repeat": "0"}, Outcome.NOT_ACKNOWLEDGED, "5", "human"),
    Case("answers", {**ACK, "repeat": "1", "ack_timeout": "3s"}, Outcome.NOT_ACKNOWLEDGED),
    Case("answers,hangs-up@2s", ACK, Outcome.HUNG_UP_EARLY),
    Case("answers,presses:1@2s,hangs-up@2.5s", ACK, Outcome.ACKNOWLEDGED, "1", "human"),
    Case("voicemail,greeting:4s", {"voicemail": "leave"}, Outcome.VOICEMAIL_LEFT, "", "machine"),
    Case("voicemail,greeting:4s", {"voicemail": "skip"}, Outcome.VOICEMAIL_SKIPPED, "", "machine"),
    Case("voicemail,greeting:4s", {}, Outcome.DELIVERED),
    Case(
        "voicemail,greeting:4s",
        {"voicemail": "leave", "amd": "carrier"},
        Outcome.VOICEMAIL_LEFT,
        "",
        "machine",
    ),
    Case("answers,says:1s", {"voicemail": "leave"}, Outcome.DELIVERED, "", "human"),
    Case("answers,says:1s", {"greeting": "wait"}, Outcome.DELIVERED),
    Case("fax", {"voicemail": "skip"}, Outcome.VOICEMAIL_SKIPPED, "", "fax"),
    Case(
        "screens,greeting:5s",
        {"identify": "Acme alerts, about your server.", "greeting": "wait"},
        Outcome.DELIVERED,
    ),
    Case(
        "answers,presses:1@2s",
        {**ACK, "fallback": "say"},
        Outcome.NOT_ACKNOWLEDGED,
        "",
        None,
        ("tunnel-refused",),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.callee} {case.options} {case.faults}")
async def test_what_a_conversation_comes_to(case: Case) -> None:
    """By callee and options."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(case.callee, *case.faults, message=MESSAGE, time_scale=10, **case.options) as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.outcome, result.digits) == (case.outcome, case.digits), result
        if case.answered_by is not None:
            assert result.answered_by == case.answered_by
        assert result.acknowledged == (
            case.outcome is Outcome.ACKNOWLEDGED if "ack" in case.options else None
        )


async def test_the_voicemail_holds_the_whole_message_from_its_first_word() -> None:
    """After the beep, byte for byte as it was synthesised."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("voicemail,greeting:5s", message=MESSAGE, voicemail="leave", time_scale=10) as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.outcome, result.evidence) == (Outcome.VOICEMAIL_LEFT, Evidence.MARK)
        message = rehearsal.call.sent_audio.rstrip(b"\xff")
        assert message in rehearsal.simulated.voicemail_audio
