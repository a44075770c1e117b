"""Audio is made by one machine for all of them."""

from __future__ import annotations

import asyncio

from cartesia_call.clock import running_s
from cartesia_call.fleet.audio import FleetAudio
from cartesia_call.fleet.database import FleetDatabase
from cartesia_call.speech.delivery import Voicing
from cartesia_call.speech.message_text import Message
from cartesia_call.speech.words import WordEnd
from cartesia_call.speech_ports import KeptSpeech, SpeechRequest
from tests.fleet.workers import IdleWorker, joined, let_die

REQUEST = SpeechRequest(
    Message.of("Hello.", "en"), Voicing(model_id="sonic-3.5", voice_id="katie", language="en")
)
SPEECH = KeptSpeech(audio=b"\x7f" * 1600, word_ends=(WordEnd(5, 1500),))


def audio_of(database: FleetDatabase, worker: IdleWorker, source: str = "s") -> FleetAudio:
    return FleetAudio(database, source=source, worker_id=lambda: worker.ledger.worker_id)


async def test_what_one_made_the_others_have(database: FleetDatabase) -> None:
    """And whose voice it is counts."""
    one, other = audio_of(database, await joined(database)), audio_of(database, await joined(database))
    async with one.making(REQUEST, until_s=running_s() + 5) as kept:
        assert kept is None
        waiting = asyncio.create_task(_made(other))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await one.keep(REQUEST, SPEECH)
    assert await waiting == SPEECH
    assert await other.find(REQUEST) == SPEECH
    assert await audio_of(database, await joined(database), source="another").find(REQUEST) is None


async def _made(audio: FleetAudio) -> KeptSpeech | None:
    async with audio.making(REQUEST, until_s=running_s() + 10) as kept:
        return kept


async def test_what_was_not_made_is_made_by_the_next(database: FleetDatabase) -> None:
    """At once, also where whoever began is gone."""
    dead = await joined(database)
    alive = audio_of(database, await joined(database))
    async with audio_of(database, dead).making(REQUEST, until_s=running_s() + 5):
        assert await asyncio.wait_for(_short(alive), 5) is None
        await let_die(database, dead)
        async with asyncio.timeout(5), alive.making(REQUEST, until_s=running_s() + 5) as kept:
            assert kept is None
            await alive.keep(REQUEST, SPEECH)
    assert await alive.find(REQUEST) == SPEECH


async def _short(audio: FleetAudio) -> KeptSpeech | None:
    """Nobody waits for longer than they may."""
    async with audio.making(REQUEST, until_s=running_s() + 0.1) as kept:
        return kept
