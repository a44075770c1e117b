"""How far the callee got, to the word."""

from __future__ import annotations

import asyncio

import pytest

from cartesia_call.telephony.outcomes import Outcome, Voice
from tests.calls.rehearsed import rehearsed

LIMIT_S = 1200
MESSAGE = 'The database <break time="200ms"/> is down. Please call the operator about it now.'
WORDS = ["The", "database", "is", "down.", "Please", "call", "the", "operator", "about", "it", "now."]


async def heard_words(
    *faults: str, callee: str = "answers,ring:1s,hangs-up@2s", **options: str
) -> list[str] | None:
    """The words that a callee who leaves early is said to have heard; None if nobody knows."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(callee, *faults, message=MESSAGE, **options) as rehearsal,
    ):
        result = await rehearsal.run()
        assert result.outcome is Outcome.HUNG_UP_EARLY
        return None if result.heard_text is None else result.heard_text.split()


async def test_who_leaves_early_heard_whole_words_from_the_first_on() -> None:
    """Some, not all, and without tags; the second time from what was kept, about as far."""
    for _ in range(2):
        heard = await heard_words()
        assert heard is not None
        assert 1 < len(heard) < len(WORDS)
        assert heard == WORDS[: len(heard)]


async def test_who_leaves_later_heard_more() -> None:
    """Word by word."""
    sooner = await heard_words(callee="answers,ring:1s,hangs-up@1s")
    later = await heard_words(callee="answers,ring:1s,hangs-up@3s")
    assert sooner is not None
    assert later is not None
    assert len(sooner) < len(later)


async def test_nobody_counts_the_carriers_words() -> None:
    """Its voice tells nothing of where it is."""
    assert await heard_words("speech-refused", callee="answers,ring:1s,hangs-up@1s") is None


@pytest.mark.parametrize("callee", ["busy", "no-answer"])
async def test_nothing_was_heard_by_who_did_not_answer(callee: str) -> None:
    """An empty text, not an unknown one."""
    async with asyncio.timeout(LIMIT_S), rehearsed(callee, message=MESSAGE, ring_timeout="5s") as rehearsal:
        assert (await rehearsal.run()).heard_text == ""


async def test_all_is_heard_of_a_message_that_was_delivered() -> None:
    """By the local voice, too."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", "speech-refused", message=MESSAGE, fallback="local") as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.LOCAL)
        assert (result.heard_text or "").split() == WORDS
