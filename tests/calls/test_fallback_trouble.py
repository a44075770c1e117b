"""Fallbacks that meet further trouble: nobody misses a sentence, and nothing is called heard that was not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from cartesia_call.errors import CarrierError
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice
from tests.calls.interference import Interfering, Work
from tests.calls.rehearsed import Rehearsed, rehearsed

LIMIT_S = 1200
SENTENCES = tuple(f"Sentence number {n} says something about rack {n}. " for n in range(10, 18))
LONG = "".join(SENTENCES).strip()
MESSAGE = "The database is down. Please call the operator. Then restart the server."
ANSWERS = "answers,ring:1s"


async def play(
    rehearsal: Rehearsed, carrier: Mapping[str, Work] | None = None
) -> tuple[AttemptResult, list[str]]:
    """The result, and what the carrier's voice was told to say."""
    ports = {"carrier": Interfering(rehearsal.line.ports.carrier, **carrier)} if carrier else {}
    result = await rehearsal.run(**ports)
    assert rehearsal.simulated.is_over
    return result, rehearsal.simulated.said_by_carrier


async def failing(*_: Any) -> None:
    raise CarrierError("Twilio answered HTTP 500", http_status=500)


async def doing_and_losing_the_answer(own: Work, *arguments: Any) -> None:
    await own(*arguments)
    raise CarrierError("Twilio was asked, but the connection broke")


@pytest.mark.parametrize("drop", ["stream-drop@3s", "stream-drop@6s"])
async def test_a_stream_that_breaks_while_broken_speech_plays_begins_anew(drop: str) -> None:
    """Sentences that were made and sent were not heard: the carrier's voice leaves none of them out."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(ANSWERS, "speech-close@12s", drop, message=LONG) as rehearsal,
    ):
        result, said = await play(rehearsal)
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert said == [LONG]


async def test_dropped_audio_of_broken_speech_was_not_heard() -> None:
    """The mark behind it shows that the carrier threw it away."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(ANSWERS, "audio-dropped", "speech-close@12s", message=LONG) as rehearsal,
    ):
        result, said = await play(rehearsal)
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert said == [LONG]


async def test_instructions_that_are_not_followed_are_noticed() -> None:
    """The carrier says yes and leaves the stream open: it is closed, and what stands behind it follows."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(ANSWERS, "speech-close@2s", "hangup-ignored@30s", message=MESSAGE) as rehearsal,
    ):
        result, said = await play(rehearsal)
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert said == [MESSAGE]


async def test_one_lost_question_is_not_silence_for_the_whole_call() -> None:
    """The carrier's notes are asked for again, and the call is redirected."""
    asked = 0

    async def failing_once(own: Work, *arguments: Any) -> Any:
        nonlocal asked
        asked += 1
        return await (failing() if asked == 1 else own(*arguments))

    async with asyncio.timeout(LIMIT_S), rehearsed(ANSWERS, "stream-never", message=MESSAGE) as rehearsal:
        result, said = await play(rehearsal, {"notes": failing_once})
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert said == [MESSAGE]


async def test_who_leaves_in_silence_heard_nothing_whatever_cannot_be_asked() -> None:
    """Without notes nothing shows that anybody spoke."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(f"{ANSWERS},hangs-up@6s", "stream-never", message=MESSAGE) as rehearsal,
    ):
        result, said = await play(rehearsal, {"notes": failing})
        assert (result.outcome, result.voice, said) == (Outcome.STREAM_FAILED, None, [])


async def test_a_redirect_whose_answer_was_lost_is_not_repeated() -> None:
    """It was done: the carrier says the message once, and nobody hangs up on it."""
    async with asyncio.timeout(LIMIT_S), rehearsed(ANSWERS, "stream-never", message=LONG) as rehearsal:
        result, said = await play(rehearsal, {"redirect": doing_and_losing_the_answer})
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert said == [LONG]
        assert rehearsal.simulated.ended_by == "twiml"


async def test_the_streams_end_shows_a_redirect_whose_answer_was_lost() -> None:
    """What was left to say was said, and the result knows it."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(ANSWERS, "speech-close@2s", message=MESSAGE) as rehearsal,
    ):
        result, said = await play(rehearsal, {"redirect": doing_and_losing_the_answer})
        assert (result.outcome, result.evidence) == (Outcome.DELIVERED, Evidence.DURATION)
        assert said == [MESSAGE.partition(". ")[2]]
        assert "the rest" in result.detail


async def test_who_leaves_during_the_trial_sentence_heard_no_message() -> None:
    """Twilio's own words come first."""
    async with asyncio.timeout(LIMIT_S), rehearsed(f"{ANSWERS},hangs-up@2.5s", "trial") as rehearsal:
        result, _ = await play(rehearsal)
        assert (result.outcome, result.voice) == (Outcome.HUNG_UP_EARLY, None)


async def test_a_slow_account_does_not_prolong_the_silence_without_limit() -> None:
    """Each question has a limit of its own, and a call is redirected without its answer."""

    async def never(*_: Any) -> None:
        await asyncio.Event().wait()

    async with asyncio.timeout(LIMIT_S), rehearsed(ANSWERS, "stream-never", message=MESSAGE) as rehearsal:
        result, said = await play(rehearsal, {"is_trial": never})
        assert (result.outcome, said) == (Outcome.DELIVERED, [MESSAGE])
        assert (rehearsal.simulated.duration_s or 99) < 30


async def test_notes_that_never_come_do_not_restart_a_carrier_that_speaks() -> None:
    """It broke the connection itself, and goes on by itself."""

    async def none(*_: Any) -> list[object]:
        return []

    async with asyncio.timeout(LIMIT_S), rehearsed(ANSWERS, "stream-drop@3s", message=LONG) as rehearsal:
        result, said = await play(rehearsal, {"notes": none})
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert said == [LONG]


async def test_how_much_of_the_carriers_voice_was_heard_is_estimated_when_it_is_cut() -> None:
    """Our own part counts as well where the carrier only went on."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(f"{ANSWERS},hangs-up@18s", "speech-close@12s", message=LONG) as rehearsal,
    ):
        result, _ = await play(rehearsal)
        assert (result.outcome, result.voice) == (Outcome.HUNG_UP_EARLY, Voice.CARRIER)
        assert result.heard_ms is not None
        assert 15_000 < result.heard_ms < 20_500


async def test_max_duration_in_the_carriers_voice_tells_how_much_was_heard() -> None:
    """An estimate too."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(ANSWERS, "tunnel-refused", message=LONG, max_duration="6s") as rehearsal,
    ):
        result, _ = await play(rehearsal)
        assert result.outcome is Outcome.CUT_SHORT
        assert result.heard_ms is not None
        assert 4_000 < result.heard_ms < 9_000


async def test_a_rest_without_words_is_no_rest() -> None:
    """What broke was a pause behind the last word: all was said."""
    message = 'The database is down and needs you. Call the operator. <break time="2s"/>'
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(ANSWERS, "speech-close@3.6s", message=message) as rehearsal,
    ):
        result, said = await play(rehearsal)
        assert (result.outcome, result.voice, said) == (Outcome.DELIVERED, Voice.CARTESIA, [])


async def test_who_leaves_before_the_stream_is_there_left_early() -> None:
    """Nothing of ours was broken."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(f"{ANSWERS},hangs-up@1s", "stream-late", message=MESSAGE) as rehearsal,
    ):
        result, _ = await play(rehearsal)
        assert (result.outcome, result.heard_ms) == (Outcome.HUNG_UP_EARLY, 0)


async def test_a_voice_that_falls_silent_is_not_waited_for() -> None:
    """The callee hears nothing for seconds at most, not for as long as the service may stall."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(
            ANSWERS,
            "speech-silent@2s",
            message=MESSAGE,
            speech_timeout="60s",
            fallback="local,say",
        ) as rehearsal,
    ):
        result, _ = await play(rehearsal)
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.LOCAL)
        assert (rehearsal.simulated.duration_s or 99) < 20
