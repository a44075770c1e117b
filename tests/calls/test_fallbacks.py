"""Who speaks when something fails in the middle, from where on, and that nobody hears a sentence too few."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from cartesia_call.offline_voice.espeak import load_espeak
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice
from tests.calls.interference import Interfering
from tests.calls.rehearsed import Rehearsed, message_of, rehearsed

LIMIT_S = 1200
SENTENCES = ("The database is down. ", "Please call the operator. ", "Then restart the server.")
MESSAGE = "".join(SENTENCES)
SPEECH_LIMIT = {"speech_timeout": "1s"}


def spoken(*sentences: str) -> bytes:
    """What the built-in voice makes of each sentence by itself, as Cartesia would."""
    voice = load_espeak()
    return b"".join(b"".join(voice.speak(sentence, language="en")) for sentence in sentences)


async def test_the_carriers_voice_goes_on_at_the_broken_sentence() -> None:
    """The first sentence was heard whole, once; the second is begun anew; the third follows."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", "speech-close@2s", message=MESSAGE) as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert result.evidence is Evidence.DURATION
        assert "an estimate" in result.detail
        assert rehearsal.simulated.said_by_carrier == ["".join(SENTENCES[1:])]
        assert rehearsal.simulated.stream_audio.startswith(spoken(SENTENCES[0]))
        assert rehearsal.requests("POST") == 1


@pytest.mark.parametrize(
    ("language", "outcome"),
    [("en-GB", Outcome.DELIVERED), ("de", Outcome.DELIVERED), ("hr", Outcome.SPEECH_FAILED)],
)
async def test_a_voice_that_does_not_speak_the_language_delivers_nothing(
    language: str, outcome: Outcome
) -> None:
    """Croatian, which nobody at the carrier speaks, is read all the same: a call is more than none."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", "speech-close@2s", message=MESSAGE, language=language) as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.outcome, result.voice, result.evidence) == (outcome, Voice.CARRIER, Evidence.DURATION)
        assert rehearsal.simulated.said_by_carrier == ["".join(SENTENCES[1:])]


async def test_a_first_sentence_that_breaks_needs_no_redirecting() -> None:
    """Everything is to be said anyway."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", "speech-close@0.8s", message=MESSAGE) as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert rehearsal.simulated.said_by_carrier == [MESSAGE]
        assert not redirects(rehearsal)


async def test_the_local_voice_goes_on_in_the_same_stream() -> None:
    """Its audio follows Cartesia's, its end is proven by the mark, and the carrier says nothing."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", "speech-close@2s", message=MESSAGE, fallback="local") as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.LOCAL)
        assert result.evidence is Evidence.MARK
        heard = rehearsal.simulated.stream_audio.rstrip(b"\xff")
        assert heard.startswith(spoken(SENTENCES[0]))
        assert heard.endswith(spoken(*SENTENCES[1:]).rstrip(b"\xff"))
        assert not rehearsal.simulated.said_by_carrier
        assert result.characters == len(MESSAGE)


async def test_what_nobody_heard_of_a_broken_sentence_is_left_out() -> None:
    """Broken while it rings, no stump of it is played before the local voice."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", "speech-close@ring", message=MESSAGE, fallback="local") as rehearsal,
    ):
        result = await rehearsal.run()
        assert result.outcome is Outcome.DELIVERED
        heard = rehearsal.simulated.stream_audio.rstrip(b"\xff")
        assert heard == spoken(*SENTENCES).rstrip(b"\xff")


async def test_the_carriers_note_is_the_reason_that_is_told() -> None:
    """A stream that failed has the carrier's own code, and what to do about it."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", "wrong-token", fallback="none") as rehearsal,
    ):
        result = await rehearsal.run()
        assert result.outcome is Outcome.STREAM_FAILED
        assert result.error is not None
        assert result.error.code == "31920"
        assert "31920" in result.detail
        assert result.error.hint


async def test_the_carriers_note_is_a_warning_where_its_voice_spoke() -> None:
    """The message arrived, and the log says why in an uglier voice."""
    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:1s", "wrong-token") as rehearsal:
        result = await rehearsal.run()
        assert result.outcome is Outcome.DELIVERED
        assert any("31920" in warning for warning in rehearsal.call.warnings)


async def test_a_carrier_that_tells_no_notes_changes_nothing() -> None:
    """They are never worth a call."""

    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:1s", "stream-drop") as rehearsal:
        carrier = Interfering(rehearsal.line.ports.carrier, notes=broken)
        result = await rehearsal.run(carrier=carrier)
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)


async def test_a_busy_carrier_is_asked_again() -> None:
    """429 is never processed; the pauses grow; the call is placed once."""
    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:1s", "place-429@5s") as rehearsal:
        result = await rehearsal.run()
        assert result.outcome is Outcome.DELIVERED
        assert len(rehearsal.network.carrier.calls) == 1
        times_s = [
            request.at_s
            for request in rehearsal.network.carrier.requests
            if request.path.endswith("Calls.json") and request.method == "POST"
        ]
        pauses_s = [later - earlier for earlier, later in itertools.pairwise(times_s)]
        assert pauses_s == sorted(pauses_s)
        assert len(pauses_s) == 3


async def test_a_signal_while_the_carrier_is_busy_places_nothing() -> None:
    """The pause ends at once."""
    async with asyncio.timeout(LIMIT_S), rehearsed("answers", "place-429") as rehearsal:
        call = asyncio.create_task(rehearsal.run())
        while rehearsal.requests("POST") < 2:
            await asyncio.sleep(0.01)
        rehearsal.interruption.raise_signal(15)
        result = await call
        assert result.outcome is Outcome.INTERRUPTED
        assert "nothing was dialled" in result.detail


@pytest.mark.parametrize("fallback", ["say", "none"])
async def test_a_stuck_stream_is_not_waited_for_in_silence(fallback: str) -> None:
    """The carrier neither connects nor gives up: it is told to speak, or the line is put down."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", "stream-never", fallback=fallback) as rehearsal,
    ):
        await rehearsal.run()
        assert rehearsal.simulated.duration_s is not None
        assert rehearsal.simulated.duration_s < 25


def redirects(rehearsal: Rehearsed) -> int:
    """How often the call was given other instructions."""
    return sum(
        1
        for request in rehearsal.network.carrier.requests
        if request.method == "POST" and "Twiml" in request.parameters and "/Calls/" in request.path
    )


async def test_who_left_while_the_carrier_waited_for_its_stream_heard_nothing() -> None:
    """The call lasted long enough to say it all, but nothing shows that anybody spoke: not delivered."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s,hangs-up@8s", "stream-never") as rehearsal,
    ):
        result = await rehearsal.run()
        assert not rehearsal.simulated.said_by_carrier
        assert (result.outcome, result.voice) == (Outcome.STREAM_FAILED, None)


async def test_on_a_trial_account_the_carriers_own_way_is_left_alone() -> None:
    """Twilio strips the stream and notes nothing; its voice says its own sentence, then ours, once."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", "trial", message=message_of(200)) as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert len(rehearsal.simulated.said_by_carrier) == 2
        assert any("trial account" in warning for warning in rehearsal.call.warnings)
