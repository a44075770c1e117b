"""Calls in which only the voice of this machine speaks: keys and marks work with it."""

from __future__ import annotations

import asyncio

from cartesia_call.offline_voice.espeak import load_espeak
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice
from tests.calls.rehearsed import Rehearsed, rehearsed

LIMIT_S = 1200
MESSAGE, PROMPT, CONFIRMATION = "The database is down. Call the operator.", "Press 1.", "Thanks."
ONLY_LOCAL = ("speech-refused",)


def spoken(text: str) -> bytes:
    """What this machine makes of one sentence."""
    return b"".join(load_espeak().speak(text, language="en")).strip(b"\xff")


def is_local(rehearsal: Rehearsed) -> bool:
    """Nothing came from the speech service, and the carrier said nothing."""
    return not rehearsal.synthesised and not rehearsal.simulated.said_by_carrier


async def test_its_end_is_proven_by_the_mark() -> None:
    """As with Cartesia's; nothing is billed, and the warning says why the voice is another one."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", *ONLY_LOCAL, message=MESSAGE, fallback="local") as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.LOCAL)
        assert (result.evidence, result.characters) == (Evidence.MARK, 0)
        assert is_local(rehearsal)
        assert any("the local voice goes on" in warning for warning in rehearsal.call.warnings)


async def test_a_key_acknowledges_and_is_confirmed() -> None:
    """Prompt and confirmation are in the same voice as the message."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(
            "answers,ring:1s,presses:1@9s",
            *ONLY_LOCAL,
            message=MESSAGE,
            fallback="local",
            ack="1",
            prompt=PROMPT,
            confirmation=CONFIRMATION,
        ) as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.outcome, result.voice) == (Outcome.ACKNOWLEDGED, Voice.LOCAL)
        assert (result.digits, result.acknowledged) == ("1", True)
        assert is_local(rehearsal)
        heard = rehearsal.simulated.heard
        places = [heard.find(spoken(text)) for text in (PROMPT, CONFIRMATION)]
        assert 0 < places[0] < places[1]


async def test_without_a_key_it_is_not_acknowledged() -> None:
    """However well the message was spoken."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(
            "answers,ring:1s", *ONLY_LOCAL, message="Fire!", fallback="local", ack="1", ack_timeout="2s"
        ) as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.outcome, result.voice) == (Outcome.NOT_ACKNOWLEDGED, Voice.LOCAL)
        assert is_local(rehearsal)
