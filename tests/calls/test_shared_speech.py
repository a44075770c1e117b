"""Speech is made once: for the next call with the same words, and for any number of calls at once."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from cartesia_call.calls.interruption import Interruption
from cartesia_call.calls.legs import Legs
from cartesia_call.calls.outbound import OutboundCall
from cartesia_call.calls.preparing import Preparation
from cartesia_call.calls.speaking import Speaking, SpeechNotes
from cartesia_call.clock import SystemClock
from cartesia_call.conversation.parts import Part
from cartesia_call.speech.message_text import MessageText
from cartesia_call.speech.utterance import Utterance
from cartesia_call.store.context_slots import ContextSlots
from cartesia_call.telephony.outcomes import Outcome, Voice
from tests.calls.rehearsed import MESSAGE, rehearsed
from tests.store.caches import open_cache, until
from tests.vendors.scripted_speech import REQUEST, service, speech_from, until_closed

LIMIT_S = 2000
CALLS = 20


async def test_the_second_call_opens_no_connection_and_costs_nothing() -> None:
    """And the callee hears, byte for byte, what was made for the first."""
    async with asyncio.timeout(LIMIT_S):
        async with rehearsed() as first:
            made = await first.run()
            heard = first.simulated.stream_audio
        async with rehearsed() as second:
            kept = await second.run()
            assert second.network.speech.connections == []
            assert not second.network.speech.contexts
            assert second.simulated.stream_audio.strip(b"\xff") == heard.strip(b"\xff")
    assert (made.voice, made.characters) == (Voice.CARTESIA, len(MESSAGE))
    assert (kept.voice, kept.characters) == (Voice.CACHE, 0)
    assert kept.outcome is Outcome.DELIVERED
    assert kept.heard_text == made.heard_text == MESSAGE


@pytest.mark.parametrize(
    "options", [{"cache": "0"}, {"speed": "1.2"}, {"voice_id": "a0e99841-438c-4a64-b679-ae501e7d6091"}]
)
async def test_what_would_sound_otherwise_is_made_anew(options: dict[str, Any]) -> None:
    """And so is what is not to be kept."""
    async with asyncio.timeout(LIMIT_S):
        async with rehearsed() as first:
            await first.run()
        async with rehearsed(**options) as second:
            assert (await second.run()).voice is Voice.CARTESIA


async def test_what_broke_is_not_kept() -> None:
    """Half a message is no message."""
    async with asyncio.timeout(LIMIT_S):
        async with rehearsed("answers,ring:1s", "speech-429-partial@1s") as broken:
            await broken.run()
        async with rehearsed() as second:
            result = await second.run()
            assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARTESIA)


async def test_prompt_and_confirmation_are_kept_too() -> None:
    """The second call that asks for a key pays nothing either."""
    options: dict[str, Any] = {"ack": "1"}
    async with asyncio.timeout(LIMIT_S):
        async with rehearsed("answers,ring:1s,presses:1@5s", **options) as first:
            assert (await first.run()).outcome is Outcome.ACKNOWLEDGED
        async with rehearsed("answers,ring:1s,presses:1@5s", **options) as second:
            result = await second.run()
            assert (result.outcome, result.characters) == (Outcome.ACKNOWLEDGED, 0)
            assert second.network.speech.connections == []


async def test_the_time_to_the_first_audio_is_that_of_all_waits_together(tmp_path: Path) -> None:
    """Another one makes the same audio, all contexts are taken, and Cartesia says nothing: one time-out."""
    timeout_s = 0.8
    cache = open_cache(tmp_path / "speech")
    slots = ContextSlots(tmp_path / "contexts", count=1)
    now_s = asyncio.get_running_loop().time
    async with (
        asyncio.timeout(LIMIT_S),
        cache.making(REQUEST, until_s=until()),
        ContextSlots(tmp_path / "contexts", count=1).slot(until_s=until()),
        service(until_closed) as base_url,
    ):
        speech = speech_from(base_url, speech_timeout_s=timeout_s, slots=slots)
        utterance = Utterance()
        began_at_s = now_s()
        await Speaking(
            utterance,
            MessageText.whole(REQUEST.message),
            (speech,),
            SpeechNotes(),
            SystemClock(),
            voicing=REQUEST.voicing,
            timeout_s=timeout_s,
            cache=open_cache(tmp_path / "speech"),
        ).run()
        took_s = now_s() - began_at_s
        await speech.close()
    assert utterance.error is not None
    assert "sent no audio" in str(utterance.error)  # it was asked, in what was left of the time
    assert timeout_s - 0.1 < took_s < 2 * timeout_s


async def test_twenty_calls_share_one_context_and_one_audio() -> None:
    """In one process, all of them whole."""
    message = "The database is down."
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", message=message) as rehearsal,
    ):
        plan, ports = rehearsal.plan, rehearsal.line.ports
        preparation = Preparation(plan, ports)
        prepared = await preparation.prepare()
        async with Legs(ports) as legs:
            calls = [
                OutboundCall(
                    dataclasses.replace(plan, id=f"{plan.id}-{number}"), legs, Interruption(), preparation
                )
                for number in range(CALLS)
            ]
            results = await asyncio.gather(*(call.run() for call in calls))
        assert {result.outcome for result in results} == {Outcome.DELIVERED}
        (context,) = rehearsal.network.speech.contexts.values()
        audio = bytes(context.audio)
        simulated = rehearsal.network.carrier.calls.values()
        assert len(simulated) == CALLS
        assert all(audio in call.stream_audio for call in simulated)
        assert prepared.utterances[Part.MESSAGE].length_bytes == len(audio)
        await asyncio.gather(ports.bridge.stop(), ports.path.close(), ports.carrier.close())
