"""One websocket of the speech service: contexts beside each other, what is refused, idleness."""

from __future__ import annotations

import pytest

from cartesia_call.audio import mulaw
from cartesia_simulator.faults import Moment
from cartesia_simulator.speech.connection import MOST_CONTEXTS_KNOWN
from tests.simulator.speech.client import (
    API_KEY,
    KATIE,
    audio_of,
    connected,
    plan_of,
    request,
    serving,
    spoken,
    until,
)

VOICE_X = {"mode": "id", "id": "11111111-2222-4333-8444-555555555555"}


@pytest.mark.parametrize(
    ("message", "context_id", "status_code", "error_code"),
    [
        ("{", None, 400, None),
        ("[]", None, 400, None),
        ("[" * 5_000, None, 400, None),
        (b"\x00", None, 400, None),
        (request("Hello", flush="yes"), "c1", 400, None),
        (request("Hello", model_id="sonic-2"), "c1", 400, "model_sunsetted"),
        (request("Hello", voice=VOICE_X), "c1", 404, "voice_not_found"),
        ({"context_id": "c9", "cancel": True}, "c9", 400, None),
    ],
)
async def test_refused_messages(
    message: object, context_id: str | None, status_code: int, error_code: str | None
) -> None:
    """An error event says what is wrong and with which context; the connection goes on."""
    async with serving() as (service, url), connected(url) as client:
        await client.send(message)
        event = await client.receive()
        assert (event["type"], event["done"]) == ("error", True)
        assert (event.get("context_id"), event["status_code"]) == (context_id, status_code)
        assert event["error_code"] == error_code
        assert not service.contexts
        await client.send(request("Hello"))
        assert audio_of(await client.until_done()) == spoken("Hello")


async def test_old_versions_get_old_errors() -> None:
    """Before 2026-03-01 the error event holds one string."""
    headers = {"X-API-Key": API_KEY, "Cartesia-Version": "2024-11-13"}
    async with serving() as (_, url), connected(url, headers) as client:
        await client.send(request("Hello", model_id="sonic-9"))
        event = await client.receive()
        assert event["error"] == "Invalid model: The model is not valid, make sure it is a valid model ID."


async def test_contexts_do_not_mix() -> None:
    """Two contexts on one connection each get their own audio, whole and in order."""
    async with serving() as (service, url), connected(url) as client:
        await client.send(request("One two three four.", context_id="a"))
        await client.send(request("Five six seven eight.", context_id="b"))
        received = {"a": b"", "b": b""}
        done = 0
        while done < 2:
            event = await client.receive()
            received[event["context_id"]] += audio_of([event])
            done += event["done"]
        assert received == {"a": spoken("One two three four."), "b": spoken("Five six seven eight.")}
        assert {name: record.audio for name, record in service.contexts.items()} == received


async def test_inputs_repeat_every_field() -> None:
    """A later input with another language is refused, by the field's name; the context goes on."""
    async with serving() as (_, url), connected(url) as client:
        await client.send(request("One.", more=True, language="en"))
        await client.send(request(" Two.", more=True, language="de"))
        events = await client.until_done()
        assert events[-1]["message"] == "every input of a context repeats language unchanged"
        await client.send(request(" Three.", language="en"))
        events += await client.until_done()
        assert audio_of(events) == spoken("One.", " Three.")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("generation_config", {"speed": 1.2}),
        ("pronunciation_dict_id", "d1"),
        ("add_timestamps", True),
        ("max_buffer_delay_ms", 0),
        ("model_id", "sonic-3"),
    ],
)
async def test_a_delivery_holds_for_its_context(field: str, value: object) -> None:
    """Also a field that the first input left out."""
    async with serving() as (_, url), connected(url) as client:
        await client.send(request("One.", more=True))
        await client.send({**request(" Two."), field: value})
        events = await client.until_done()
        assert events[-1]["message"] == f"every input of a context repeats {field} unchanged"


async def test_a_finished_context_is_closed() -> None:
    """An id cannot be used again after `done`."""
    async with serving() as (service, url), connected(url) as client:
        await client.send(request("One."))
        await client.until_done()
        await client.send(request("Two."))
        event = await client.receive()
        assert (event["title"], event["context_id"]) == ("Context has closed", "c1")
        assert service.contexts["c1"].state == "done"
        assert service.contexts["c1"].transcript == "One."


async def test_a_connection_that_lives_long_forgets_old_contexts() -> None:
    """Those that are over: else a list of a hundred thousand texts would be kept whole."""
    async with serving() as (_, url), connected(url) as client:
        for number in range(MOST_CONTEXTS_KNOWN + 1):
            await client.send(request("O", context_id=f"c{number}", more=True))
            await client.send({"context_id": f"c{number}", "cancel": True})
            await client.until_done(f"c{number}")
        await client.send(request("O", context_id=f"c{number}", more=True))
        assert (await client.receive())["title"] == "Context has closed"
        await client.send(request("Two.", context_id="c0"))
        assert (await client.until_done("c0"))[-1]["type"] == "done"


async def test_an_input_after_the_last_cuts_the_audio() -> None:
    """Reusing an id that had `continue: false` ends what is running, without `done`."""
    async with serving("speech-slow") as (service, url), connected(url) as client:
        await client.send(request("One two three four five six."))
        assert (await client.receive())["type"] == "chunk"
        await client.send(request("Seven."))
        events = await client.until_done()
        assert events[-1]["title"] == "Context has closed"
        assert service.contexts["c1"].state == "failed"
        await client.send(request("Eight.", context_id="c2"))
        assert (await client.receive())["context_id"] == "c2"


async def test_concurrency_limit() -> None:
    """One context more than the plan has is 429; once one has ended there is room again."""
    async with serving(context_limit=2) as (service, url), connected(url) as client, connected(url) as other:
        await client.send(request("One", context_id="a", more=True))
        await other.send(request("Two", context_id="b", more=True))
        while len(service.contexts) < 2:
            await client.send(request("", context_id="a", more=True, flush=True))
            await client.receive()
        await client.send(request("Three", context_id="c"))
        refusal = (await client.until_done("c"))[-1]
        assert (refusal["status_code"], refusal["error_code"]) == (429, "concurrency_limited")
        await other.send(request("", context_id="b"))
        await other.until_done("b")
        await client.send(request("Three", context_id="c"))
        assert audio_of(await client.until_done("c")) == spoken("Three")


async def test_a_lost_connection_frees_its_contexts() -> None:
    """A client that goes away in the middle leaves nothing running."""
    async with serving("speech-slow", context_limit=1) as (service, url):
        async with connected(url) as client:
            await client.send(request("One two three four five."))
            await client.receive()
        async with connected(url) as other:
            while True:
                await other.send(request("Six", context_id="c2"))
                if (await other.receive())["type"] != "error":
                    break
        assert service.contexts["c1"].state == "abandoned"


async def test_speech_refused() -> None:
    """The fault refuses every generation before any audio."""
    async with serving("speech-refused") as (service, url), connected(url) as client:
        await client.send(request("Hello"))
        event = await client.receive()
        assert (event["error_code"], event["status_code"]) == ("model_not_found", 400)
        assert not service.contexts


async def test_a_broken_context_leaves_the_others_alone() -> None:
    """Each has its own audio and its own error, and the connection takes new ones."""
    async with serving("speech-429-partial@1s") as (service, url), connected(url) as client:
        contexts = ("a", "b")
        for context_id in contexts:
            await client.send(request("One two three four five six.", context_id=context_id))
        received = dict.fromkeys(contexts, b"")
        failed: list[str] = []
        while len(failed) < len(contexts):
            event = await client.receive()
            received[event["context_id"]] += audio_of([event])
            failed += [event["context_id"]] if event["type"] == "error" else []
        assert sorted(failed) == list(contexts)
        assert all(mulaw.duration_s(len(audio)) == 1.0 for audio in received.values())
        await client.send(request("Seven.", context_id="c"))
        assert audio_of(await client.until_done("c")) == spoken("Seven.")
        assert {record.state for record in service.contexts.values()} == {"failed"}


async def test_the_close_of_one_context_ends_all() -> None:
    """It closes their connection, once and cleanly, and no other connection."""
    plan = plan_of("speech-close@speech")
    async with serving(plan=plan) as (service, url), connected(url) as client, connected(url) as other:
        for context_id in ("a", "b"):
            await client.send(request("One two three four five six.", context_id=context_id))
        await client.send(request("Seven", context_id="c", more=True))
        await until(lambda: [record.sent_s for record in service.contexts.values()] == [0.5, 0.5, 0])
        plan.note(Moment.SPEECH)
        assert await client.ended() == (1000, "")
        await until(lambda: all(record.is_over for record in service.contexts.values()))
        states = [record.state for record in service.contexts.values()]
        assert states == ["failed", "failed", "abandoned"]
        await other.send({"context_id": "c9", "cancel": True})
        assert (await other.receive())["context_id"] == "c9"


async def test_idle_socket_is_closed() -> None:
    """After five minutes of the clock, with 1000 and the reason that was seen."""
    async with serving() as (service, url), connected(url) as client:
        assert service.open_connections == 1
        assert await client.ended() == (1000, "connection idle timeout")
        await until(lambda: service.open_connections == 0)


async def test_newest_version() -> None:
    """2026-08-14 takes the voice's id alone."""
    headers = {"X-API-Key": API_KEY, "Cartesia-Version": "2026-08-14"}
    async with serving() as (_, url), connected(url, headers) as client:
        await client.send(request("Hello", voice=KATIE))
        assert audio_of(await client.until_done()) == spoken("Hello")
