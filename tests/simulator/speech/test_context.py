"""One context: order, buffering, flush, cancel, expiry, timestamps, and the ways it breaks."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from cartesia_call.audio import mulaw
from cartesia_simulator.faults import Moment
from tests.simulator.speech.client import (
    PATIENCE_S,
    GatedVoice,
    audio_of,
    connected,
    kinds_of,
    plan_of,
    request,
    serving,
    spoken,
    until,
)


async def test_one_utterance() -> None:
    """Chunks, then exactly one `done`; the record holds what was sent."""
    async with serving() as (service, url), connected(url) as client:
        await client.send(request("Hello there."))
        events = await client.until_done()
    assert kinds_of(events) == ["chunk", "done"]
    assert audio_of(events) == spoken("Hello there.")
    assert {event["status_code"] for event in events} == {206}
    assert [event["done"] for event in events] == [False] * (len(events) - 1) + [True]
    record = service.contexts["c1"]
    assert (record.audio, record.state, record.transcript) == (audio_of(events), "done", "Hello there.")
    assert record.requests[0]["model_id"] == "sonic-3.5"


async def test_continuation() -> None:
    """Inputs are joined verbatim and voiced in order, with one `done` at the end."""
    async with serving() as (service, url), connected(url) as client:
        for text in ("Hello the", "re.", " How are you?"):
            await client.send(request(text, more=True))
        await client.send(request(""))
        events = await client.until_done()
    assert kinds_of(events) == ["chunk", "done"]
    assert audio_of(events) == spoken("Hello there.", " How are you?")
    assert service.contexts["c1"].transcript == "Hello there. How are you?"
    assert len(service.contexts["c1"].requests) == 4


async def test_text_waits_for_its_buffer_delay() -> None:
    """Text without an end is voiced once `max_buffer_delay_ms` is over, and the context lives on."""
    async with serving() as (_, url), connected(url) as client:
        await client.send(request("Hello", more=True, max_buffer_delay_ms=500))
        received = b""
        while len(received) < len(spoken("Hello")):
            received += audio_of([await client.receive()])
        assert received == spoken("Hello")
        await client.send(request("", max_buffer_delay_ms=500))
        assert kinds_of(await client.until_done()) == ["done"]


async def test_without_delay_each_input_is_flushed() -> None:
    """With a delay of 0 every transcript is voiced by itself and followed by `flush_done`, unasked."""
    async with serving() as (_, url), connected(url) as client:
        await client.send(request("Hello", more=True, max_buffer_delay_ms=0))
        await client.send(request(" there", max_buffer_delay_ms=0))
        events = await client.until_done()
    assert kinds_of(events) == ["chunk", "flush_done", "chunk", "flush_done", "done"]
    assert [event["flush_id"] for event in events if event["type"] == "flush_done"] == [1, 2]
    assert audio_of(events) == spoken("Hello", " there")


async def test_manual_flush() -> None:
    """A flush voices what is waiting, answers `flush_done`, and the audio after it has the next number."""
    async with serving() as (_, url), connected(url) as client:
        await client.send(request("Hello", more=True))
        await client.send(request("", more=True, flush=True))
        await client.send(request(" there"))
        events = await client.until_done()
    assert kinds_of(events) == ["chunk", "flush_done", "chunk", "done"]
    numbers = [event["flush_id"] for event in events if event["type"] != "done"]
    assert numbers == sorted(numbers)
    assert set(numbers) == {1, 2}


async def test_timestamps() -> None:
    """Words and phonemes with times that fill the audio, when asked for."""
    async with serving() as (_, url), connected(url) as client:
        await client.send(request("Hello there.", add_timestamps=True, add_phoneme_timestamps=True))
        events = await client.until_done()
    assert kinds_of(events) == ["chunk", "timestamps", "phoneme_timestamps", "done"]
    words = next(event["word_timestamps"] for event in events if event["type"] == "timestamps")
    assert words["words"] == ["Hello", "there."]
    assert (words["start"][0], words["end"][-1]) == (0, mulaw.duration_s(len(audio_of(events))))


async def test_timestamps_go_on_from_input_to_input() -> None:
    """Times count from the context's first audio."""
    async with serving() as (_, url), connected(url) as client:
        await client.send(request("One.", more=True, add_timestamps=True))
        await client.send(request("Two.", add_timestamps=True))
        events = await client.until_done()
    first, second = (event["word_timestamps"] for event in events if event["type"] == "timestamps")
    assert second["start"] == first["end"] == [mulaw.duration_s(len(spoken("One.")))]


async def test_cancel_stops_what_has_not_begun() -> None:
    """What is being voiced runs on to its end; later inputs are not voiced; then `done`."""
    voice = GatedVoice()
    async with serving(voice=voice) as (service, url), connected(url) as client:
        await client.send(request("One two three four.", more=True, max_buffer_delay_ms=0))
        await client.send(request(" Five six.", more=True, max_buffer_delay_ms=0))
        first = await client.receive()
        await client.send({"context_id": "c1", "cancel": True})
        await until(lambda: "cancel" in service.contexts["c1"].requests[-1])
        voice.gate.set()
        events = [first, *await client.until_done()]
    assert audio_of(events) == spoken("One two three four.")
    assert service.contexts["c1"].state == "cancelled"


async def test_a_cancelled_context_is_closed() -> None:
    """No input is taken after a cancel."""
    async with serving() as (_, url), connected(url) as client:
        await client.send(request("Hello", more=True))
        await client.send({"context_id": "c1", "cancel": True})
        assert kinds_of(await client.until_done()) == ["done"]
        await client.send(request(" there"))
        assert (await client.receive())["title"] == "Context has closed"


async def test_a_context_expires_after_its_audio() -> None:
    """One second of the clock after the last audio a context is closed, without `done`."""
    async with serving(context_limit=1) as (service, url), connected(url) as client:
        await client.send(request("Hello.", more=True))
        while True:
            await client.send(request("Next", context_id="c2"))
            event = (await client.until_done("c2"))[-1]
            if event["type"] == "done":
                break
            await asyncio.sleep(0.1)
        assert service.contexts["c1"].state == "expired"
        await client.send(request(" there"))
        assert (await client.receive())["title"] == "Context has closed"


async def test_flushes_are_counted() -> None:
    """Every chunk bears the number of its transcript, whose `flush_done` follows all of its audio."""
    texts = ("One two three.", " Four five six seven.", " Eight.")
    async with serving() as (_, url), connected(url) as client:
        for text in texts:
            await client.send(request(text, more=text != texts[-1], max_buffer_delay_ms=0))
        events = await client.until_done()
    assert kinds_of(events) == ["chunk", "flush_done"] * 3 + ["done"]
    assert [event["flush_id"] for event in events if event["type"] == "flush_done"] == [1, 2, 3]
    assert [event["flush_id"] for event in events[:-1]] == sorted(event["flush_id"] for event in events[:-1])
    for flush_id, text in enumerate(texts, start=1):
        assert audio_of([event for event in events if event.get("flush_id") == flush_id]) == spoken(text)


@pytest.mark.parametrize("within_ms", [0, 1])
async def test_a_broken_sentence_is_not_flushed(within_ms: int) -> None:
    """`flush_done` tells of whole sentences only; one that ends where the fault begins is whole."""
    first_ms = round(1000 * mulaw.duration_s(len(spoken("One two."))))
    fault = f"speech-429-partial@{first_ms + within_ms}ms"
    async with serving(fault) as (_, url), connected(url) as client:
        await client.send(request("One two.", more=True, max_buffer_delay_ms=0))
        await client.send(request(" Three four.", max_buffer_delay_ms=0))
        events = await client.until_done()
    assert kinds_of(events) == ["chunk", "flush_done", *(["chunk"] if within_ms else []), "error"]
    assert [event["flush_id"] for event in events if event["type"] == "flush_done"] == [1]


@pytest.mark.parametrize("fault", ["speech-429-partial", "speech-429-partial@1s"])
async def test_429_after_some_audio(fault: str) -> None:
    """Audio up to the fault's moment, then the error in the place of `done`."""
    async with serving(fault) as (service, url), connected(url) as client:
        await client.send(request("One two three four five six."))
        events = await client.until_done()
    assert kinds_of(events) == ["chunk", "error"]
    assert events[-1]["error_code"] == "concurrency_limited"
    after_s = 1.0 if fault.endswith("@1s") else 0.5
    assert mulaw.duration_s(len(audio_of(events))) == after_s
    assert service.contexts["c1"].state == "failed"


async def test_close_before_done() -> None:
    """A clean close, 1000, after some audio."""
    async with serving("speech-close") as (service, url), connected(url) as client:
        await client.send(request("One two three four five six."))
        assert await client.ended() == (1000, "")
        assert mulaw.duration_s(len(service.contexts["c1"].audio)) == 0.5


@pytest.mark.parametrize("fault", ["speech-429-partial", "speech-close"])
async def test_a_break_waits_for_its_moment(fault: str) -> None:
    """The first bit of audio comes, then nothing until the moment, and then the break; later, at once."""
    plan = plan_of(f"{fault}@ring")
    async with serving(plan=plan) as (service, url):
        for moment in (Moment.RING, None):
            async with connected(url) as client:
                await client.send(request("One two three four five six."))
                received = b""
                while len(received) < mulaw.BYTES_PER_S / 2:
                    received += audio_of([await client.receive()])
                if moment is not None:
                    plan.note(Moment.SPEECH)
                    await client.send({"context_id": "c9", "cancel": True})
                    assert (await client.receive())["context_id"] == "c9"
                    assert not service.contexts["c1"].is_over
                    plan.note(moment)
                if fault == "speech-close":
                    assert await client.ended() == (1000, "")
                else:
                    assert kinds_of(await client.until_done()) == ["error"]
            assert service.contexts["c1"].audio == received
            assert service.contexts["c1"].state == "failed"


async def test_a_short_message_breaks_too() -> None:
    """A message that ends before the fault's moment has all its audio and no `done`."""
    async with serving("speech-close@60s") as (service, url), connected(url) as client:
        await client.send(request("Hello."))
        assert await client.ended() == (1000, "")
        assert service.contexts["c1"].audio == spoken("Hello.")


async def test_silence() -> None:
    """The request is taken and nothing comes, not even an answer to a cancel."""
    async with serving("speech-silent") as (service, url), connected(url) as client:
        await client.send(request("Hello."))
        await client.send({"context_id": "c1", "cancel": True})
        await client.send(request("Hello.", context_id="c2", model_id="sonic-9"))
        assert (await client.receive())["context_id"] == "c2"
        assert service.contexts["c1"].audio == b""


async def test_silence_after_some_audio() -> None:
    """With a moment, the audio stops there."""
    async with serving("speech-silent@1s") as (_, url), connected(url) as client:
        await client.send(request("One two three four five six."))
        received = b""
        while len(received) < mulaw.BYTES_PER_S:
            received += audio_of([await client.receive()])
        assert len(received) == mulaw.BYTES_PER_S


@pytest.mark.parametrize(("fault", "quick_s"), [("speech-slow", 0.0), ("speech-slow@1s", 1.0)])
async def test_slow_speech_comes_later_than_it_plays(fault: str, quick_s: float) -> None:
    """From the fault's moment on each chunk arrives after the ones before it have played."""
    async with serving(fault) as (_, url), connected(url) as client:
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        await client.send(request("One two three four five six seven eight."))
        played_s = 0.0
        while not (event := await client.receive())["done"]:
            assert loop.time() - start_s >= played_s - quick_s
            played_s += mulaw.duration_s(len(audio_of([event])))


async def test_speech_is_quick_until_it_is_slow() -> None:
    """Before the fault's moment audio comes faster than it plays."""
    async with serving("speech-slow@60s") as (_, url), connected(url) as client:
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        await client.send(request("One two three four five six seven eight nine ten. " * 4))
        audio = audio_of(await client.until_done())
        assert loop.time() - start_s < mulaw.duration_s(len(audio))


async def test_the_voice_waits_for_the_client() -> None:
    """A client that does not read stops the voice: memory stays flat however long the text."""
    steps = itertools.count()
    stalled = asyncio.Event()
    loop = asyncio.get_running_loop()

    class EndlessVoice:
        name = "endless"
        is_speech = False

        def speak(self, text: str, *, language: str) -> itertools.chain[bytes]:
            def step() -> bytes:
                next(steps)
                loop.call_soon_threadsafe(restart)
                return bytes(range(256)) * 32

            return itertools.chain(iter(step, b""))

    async with serving(voice=EndlessVoice()) as (service, url), connected(url) as client:
        quiet: asyncio.TimerHandle | None = None

        def restart() -> None:
            nonlocal quiet
            if quiet is not None:
                quiet.cancel()
            quiet = loop.call_later(0.3, stalled.set)

        await client.send(request("For ever"))
        async with asyncio.timeout(PATIENCE_S):
            await stalled.wait()
        assert len(service.contexts["c1"].audio) < 16 * 1024 * 1024
        client.connection.transport.abort()  # a client that reads nothing cannot close in good order
