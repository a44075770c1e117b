"""Faults of the media stream, over real websockets."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from cartesia_call.audio.mulaw import BYTES_PER_S
from tests.simulator.customer import (
    AUTH_TOKEN,
    PATIENCE_S,
    Customer,
    StoppedClock,
    StreamPeer,
    codes,
    customer_of,
    until_closed,
)


async def until_connected(customer: Customer) -> StreamPeer:
    """The next media stream, started or not."""
    async with asyncio.timeout(PATIENCE_S):
        return await customer.peers.get()


async def test_stream_drop_breaks_the_connection() -> None:
    """No closing handshake and no `stop`; the next verb runs."""
    async with customer_of("answers,ring:0s", "stream-drop@500ms") as customer:
        await customer.place(twiml=customer.connect(then="<Say>Goodbye</Say>"))
        peer = await customer.peer()
        await until_closed(peer)
        await customer.until_over()
        assert peer.close_code == 1006
        assert peer.events("stop") == []
        assert codes(customer) == [31903]
        assert customer.call.said_by_carrier == ["Goodbye"]


async def test_stream_never_leaves_the_call_up() -> None:
    """Nobody connects; the call waits in its Connect until somebody ends it."""
    async with customer_of("answers,ring:0s", "stream-never") as customer:
        await customer.place(twiml=customer.connect(then="<Say>Goodbye</Say>"))
        await customer.until(lambda: len(customer.call.heard) > 3 * BYTES_PER_S)
        assert customer.call.status == "in-progress"
        assert customer.peers.empty()
        await customer.update(status="completed")
        assert customer.call.said_by_carrier == []


async def test_mark_never() -> None:
    """The audio plays and no echo comes."""
    async with customer_of("answers,ring:0s", "mark-never") as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        await peer.play(b"\x01" * 1600)
        await peer.mark("end")
        await customer.until(lambda: customer.call.stream_audio == b"\x01" * 1600)
        await peer.until("media", len(peer.events("media")) + 10)
        assert peer.events("mark") == []


async def test_audio_dropped() -> None:
    """Marks return at once, and nothing was heard."""
    async with customer_of("answers,ring:0s", "audio-dropped") as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        await peer.play(b"\x01" * BYTES_PER_S * 600)
        await peer.mark("end")
        await peer.until("mark")
        assert customer.call.stream_audio == b""
        assert set(customer.call.heard) <= {0xFF}


async def test_stream_drop_at_speech() -> None:
    """As soon as something begins to play, however long that takes."""
    async with customer_of("answers,ring:0s", "stream-drop@speech") as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        await peer.mark("nothing to play")
        await peer.until("media", 100)
        assert not peer.closed.is_set()
        await peer.play(b"\x01" * BYTES_PER_S)
        await until_closed(peer)
        assert peer.close_code == 1006


@pytest.mark.parametrize(("fault", "after_s"), [("stream-late", 3.0), ("stream-late@5s", 5.0)])
async def test_stream_late_connects_late(fault: str, after_s: float) -> None:
    """Counted from the answer; the stream works then."""
    async with customer_of("answers,ring:0s", fault) as customer:
        await customer.place(twiml=customer.connect())
        peer = await until_connected(customer)
        assert len(customer.call.heard) >= after_s * BYTES_PER_S
        await peer.until("start")
        await peer.mark("end")
        await peer.until("mark")


@pytest.mark.parametrize(("fault", "after_s"), [("start-late", 3.0), ("start-late@1s", 1.0)])
async def test_start_late_connects_at_once(fault: str, after_s: float) -> None:
    """`connected` comes, then nothing for a while, then `start` with number 1, then the rest."""
    async with customer_of("answers,ring:0s,presses:1@10ms", fault) as customer:
        await customer.place(twiml=customer.connect())
        peer = await until_connected(customer)
        await peer.until("connected")
        heard_then = len(customer.call.heard)
        assert peer.events("start") == []
        await peer.until("media", 10)
        assert [message["event"] for message in peer.received[:3]] == ["connected", "start", "dtmf"]
        assert peer.received[1]["sequenceNumber"] == "1"
        assert peer.events("media")[0]["media"]["timestamp"] == "0"
        assert len(customer.call.heard) - heard_then >= after_s * BYTES_PER_S * 0.9


async def test_start_late_and_no_patience() -> None:
    """Whoever closes meanwhile ends the stream, and the next verb runs."""
    async with customer_of("answers,ring:0s", "start-late@600s") as customer:
        await customer.place(twiml=customer.connect(then="<Say>Goodbye</Say>"))
        peer = await until_connected(customer)
        await peer.until("connected")
        await peer.socket.close()
        await customer.until_over()
        assert codes(customer) == [31921]
        assert customer.call.said_by_carrier == ["Goodbye"]


async def test_start_late_and_the_end_of_the_call() -> None:
    """What never started has no `stop`."""
    async with customer_of("answers,ring:0s", "start-late@600s") as customer:
        await customer.place(twiml=customer.connect())
        peer = await until_connected(customer)
        await peer.until("connected")
        await customer.update(status="completed")
        await until_closed(peer)
        assert [message["event"] for message in peer.received] == ["connected"]
        assert peer.close_code == 1000


async def test_mark_late() -> None:
    """The echo comes two seconds after the audio has ended, in order; keys and frames are not held up."""
    clock = StoppedClock()
    async with customer_of("answers,ring:0s", "mark-late", clock=clock) as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        await peer.play(b"\x01" * BYTES_PER_S)
        await peer.mark("end")
        await customer.until_queued(1000)
        clock.moment_s += 1.01
        await peer.until("media", 50)
        clock.moment_s += 1.98
        await peer.until("media", 149)
        assert peer.events("mark") == []
        clock.moment_s += 0.05
        await peer.until("mark")
        assert [name for name, _ in customer.call.marks_echoed] == ["end"]


async def test_audio_dropped_after_a_while() -> None:
    """What is queued then is lost too, its mark returns at once, and so do later ones."""
    clock = StoppedClock()
    async with customer_of("answers,ring:0s", "audio-dropped@3s", clock=clock) as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        await peer.play(b"\x01" * BYTES_PER_S * 10)
        await peer.mark("first")
        await customer.until_queued(10_000)
        clock.moment_s += 2.99
        await peer.until("media", 149)
        assert peer.events("mark") == []
        clock.moment_s += 0.02
        await peer.until("mark")
        await peer.play(b"\x02" * BYTES_PER_S)
        await peer.mark("second")
        await peer.until("mark", 2)
        clock.moment_s += 10
        assert customer.call.stream_audio == b"\x01" * BYTES_PER_S * 3


async def test_wrong_token_falls_through() -> None:
    """The address is not the one of the TwiML, and is signed as it is; refused, the next verb runs."""
    async with customer_of("answers,ring:0s", "wrong-token") as customer:
        customer.stream_status = 404
        await customer.place(twiml=customer.connect(then="<Say>Goodbye</Say>"))
        await customer.until_over()
        (entry,) = customer.call.warnings
        assert (entry.code, "HTTP 404" in entry.message) == (31920, True)
        assert entry.problem.request_url == customer.stream_url("/media/Aecret")
        assert customer.call.said_by_carrier == ["Goodbye"]


async def test_wrong_token_is_signed_for_its_own_address() -> None:
    """Only the secret in the path can tell it."""
    async with customer_of("answers,ring:0s", "wrong-token") as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        headers = {name.lower(): value for name, value in peer.headers.items()}
        assert peer.path == "/media/Aecret"
        validator = RequestValidator(AUTH_TOKEN)
        assert validator.validate(customer.stream_url(peer.path), {}, headers["x-twilio-signature"])


async def first_of_two(customer: Customer) -> StreamPeer:
    await customer.place(twiml=customer.connect(inside='<Parameter name="t" value="x"/>'))
    return await customer.peer()


async def is_alive(customer: Customer, peer: StreamPeer) -> bool:
    """Whether the stream still plays and echoes, and nothing was noted about it."""
    await peer.play(b"\x01" * 800)
    await peer.mark("alive")
    await peer.until("mark")
    return customer.call.stream_audio == b"\x01" * 800 and not customer.call.warnings


async def test_second_stream_that_is_refused() -> None:
    """The answer's status is recorded; the first stream goes on."""
    async with customer_of("answers,ring:0s", "second-stream") as customer:
        peer = await first_of_two(customer)
        customer.stream_status = 404
        await customer.until(lambda: bool(customer.call.intruders))
        assert customer.call.intruders == ["HTTP 404"]
        assert await is_alive(customer, peer)


async def test_second_stream_that_is_closed() -> None:
    """Same address and signature, another SID; the code of the closing is recorded."""
    async with customer_of("answers,ring:0s", "second-stream@1s") as customer:
        peer = await first_of_two(customer)
        second = await customer.peer()
        assert len(peer.events("media")) >= 40
        assert (second.path, second.headers["x-twilio-signature"]) == (
            peer.path,
            peer.headers["x-twilio-signature"],
        )
        assert second.stream_sid != peer.stream_sid == customer.call.stream_sid
        assert second.received[1]["start"]["callSid"] == customer.call.sid
        assert second.received[1]["start"]["customParameters"] == {"t": "x"}
        assert customer.call.intruders == ["admitted"]
        await second.socket.close(code=1008)
        await customer.until(lambda: customer.call.intruders != ["admitted"])
        assert customer.call.intruders == ["closed 1008"]
        assert await is_alive(customer, peer)


async def test_second_stream_that_is_admitted() -> None:
    """It stays until the first one ends; what is played to it is not heard."""
    async with customer_of("answers,ring:0s", "second-stream") as customer:
        peer = await first_of_two(customer)
        second = await customer.peer()
        await second.play(b"\x02" * 800)
        assert await is_alive(customer, peer)
        assert second.events("media") == []
        await customer.update(status="completed")
        await until_closed(peer)
        await until_closed(second)
        assert peer.received[-1]["event"] == "stop"
        assert customer.call.intruders == ["admitted"]


async def test_every_failed_stream_is_readable_as_a_notification() -> None:
    """In the shape of Twilio's resource, the text as a form."""
    async with customer_of("answers,ring:0s", "stream-drop") as customer:
        call = await customer.place(twiml=customer.connect())
        await customer.peer()
        await customer.until_over()

        def notes(client: Any) -> Any:
            return client.calls(str(call.sid)).notifications.list()

        (entry,) = await customer.ask(notes)
        assert (entry.error_code, entry.log) == ("31903", "0")
        assert (entry.request_method, entry.request_url) == ("GET", customer.stream_url())
        assert entry.message_text == (
            "Msg=Stream+-+WebSocket+-+Connection+Broken+Pipe&EmailNotification=false&LogLevel=ERROR"
            "&ErrorCode=31903"
        )


async def test_moments_turn_other_faults_on() -> None:
    """Credentials that are refused from the first audio on, callbacks that are lost from the ringing on."""
    async with customer_of("answers,ring:0s", "auth-401@speech", "callbacks-lost@ring") as customer:
        await customer.place(
            twiml=customer.connect(),
            status_callback=f"{customer.own_url}/callbacks/x",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
        )
        peer = await customer.peer()
        await customer.update(time_limit=3600)
        await peer.play(b"\x01" * 160)
        await peer.mark("end")
        await peer.until("mark")
        with pytest.raises(TwilioRestException) as refused:
            await customer.update(status="completed")
        assert refused.value.code == 20003
        await peer.socket.close()
        await customer.until_over()
        await customer.carrier.stop()
        assert [callback.parameters["CallStatus"] for callback in customer.callbacks] == ["initiated"]
