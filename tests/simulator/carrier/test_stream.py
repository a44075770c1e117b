"""The carrier's end of a media stream, over real websockets."""

from __future__ import annotations

import asyncio
import base64
from itertools import pairwise

import pytest

from cartesia_call.audio.mulaw import BYTES_PER_S, FRAME_BYTES
from tests.simulator.customer import (
    StoppedClock,
    codes,
    customer_of,
    until_closed,
)


async def test_connected_and_start_come_first() -> None:
    """`connected` without a number, then `start` with number 1, SIDs and the parameters of the TwiML."""
    async with customer_of() as customer:
        await customer.place(twiml=customer.connect(inside='<Parameter name="t" value="x"/>'))
        peer = await customer.peer()
        assert peer.received[0] == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
        start = peer.received[1]
        assert start["sequenceNumber"] == "1"
        assert start["streamSid"] == start["start"]["streamSid"] == customer.call.stream_sid
        assert start["start"]["callSid"] == customer.call.sid
        assert start["start"]["customParameters"] == {"t": "x"}


async def test_the_callees_voice_arrives_in_frames_of_20_ms_without_a_gap() -> None:
    """Chunks, timestamps and sequence numbers count on; the audio is what the callee said, then silence."""
    clock = StoppedClock()
    async with customer_of("answers,ring:0s,says:1s", clock=clock) as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        clock.moment_s += 1.5
        await peer.until("media", 75)
        frames = peer.events("media")
        assert [frame["media"]["chunk"] for frame in frames] == [str(n + 1) for n in range(len(frames))]
        assert [frame["media"]["timestamp"] for frame in frames] == [str(n * 20) for n in range(len(frames))]
        numbers = [int(message["sequenceNumber"]) for message in peer.received[1:]]
        assert all(later == earlier + 1 for earlier, later in pairwise(numbers))
        audio = b"".join(base64.b64decode(frame["media"]["payload"]) for frame in frames)
        assert len(audio) == FRAME_BYTES * len(frames)
        assert audio == customer.call.speech.ljust(len(audio), b"\xff")
        assert len(customer.call.speech) == BYTES_PER_S


async def test_frames_keep_the_pace_of_the_clock() -> None:
    """Absolute timing: the number of frames follows the call's clock, however late single ones are."""
    clock = StoppedClock()
    async with customer_of(clock=clock) as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        for late_s, frames in ((0.02, 1), (4.0, 201), (0.99, 250)):
            clock.moment_s += late_s
            await peer.until("media", frames)
            await peer.mark("now")
            await peer.until("mark", len(peer.events("mark")) + 1)
            assert len(peer.events("media")) == frames


async def test_a_lasting_silence_comes_in_pieces_of_160_ms() -> None:
    """In time that skips, two seconds after the callee's last sound; none is missing when the call ends."""
    now_s = asyncio.get_running_loop().time
    async with customer_of("answers,ring:0s,says:1s,hangs-up@4.03s") as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        began_s = now_s()
        arrivals_s = []
        for count in range(1, 201):
            await peer.until("media", count)
            arrivals_s.append(now_s() - began_s)
        await until_closed(peer)
        last = peer.events("media")[-1]
        assert float(last["media"]["timestamp"]) == pytest.approx(4000, abs=40)
    intervals_s = {round(later - earlier, 3) for earlier, later in pairwise(arrivals_s[:140])}
    assert intervals_s == {0.02}
    late_s = {round(later - earlier, 3) for earlier, later in pairwise(arrivals_s[160:190])}
    assert late_s == {0.0, 0.16}


async def test_a_mark_is_echoed_when_playback_passes_it() -> None:
    """Not before the audio in front of it was played, and what was played is what was sent."""
    clock = StoppedClock()
    async with customer_of(clock=clock) as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        sent = bytes(range(1, 251)) * 64
        for start in range(0, len(sent), 1000):
            await peer.play(sent[start : start + 1000])
        await peer.mark("first")
        await peer.play(b"\x07" * 800)
        await peer.mark("second")
        await customer.until_queued(2100)
        clock.moment_s += 1.99
        await peer.until("media", 99)
        assert peer.events("mark") == []
        clock.moment_s += 0.02
        assert (await peer.until("mark"))["mark"] == {"name": "first"}
        await peer.until("media", 100)
        assert len(peer.events("mark")) == 1
        clock.moment_s += 1
        assert (await peer.until("mark", 2))["mark"] == {"name": "second"}
        assert [name for name, _ in customer.call.marks_echoed] == ["first", "second"]
        assert customer.call.stream_audio == sent + b"\x07" * 800
        assert customer.call.heard.strip(b"\xff") == sent + b"\x07" * 800
        assert customer.call.max_queued_ms == 2100


async def test_a_mark_behind_nothing_comes_back_at_once() -> None:
    """An echo proves nothing about audio."""
    async with customer_of() as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        await peer.mark("empty")
        await peer.until("mark")
        assert customer.call.stream_audio == b""


async def test_clear_empties_the_queue_and_returns_the_marks() -> None:
    """What was not played by then is never heard."""
    clock = StoppedClock()
    async with customer_of(clock=clock) as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        await peer.play(b"\x01" * BYTES_PER_S * 60)
        await peer.mark("end")
        await customer.until_queued(60_000)
        clock.moment_s += 1
        await peer.until("media", 50)
        assert peer.events("mark") == []
        await peer.clear()
        await peer.until("mark")
        clock.moment_s += 60
        assert customer.call.stream_audio == b"\x01" * BYTES_PER_S


async def test_keys_arrive_at_their_moment() -> None:
    """As `dtmf` on the inbound track."""
    async with customer_of("answers,ring:0s,presses:1@1s,presses:#@2s") as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        await peer.until("dtmf", 2)
        assert [message["dtmf"] for message in peer.events("dtmf")] == [
            {"track": "inbound_track", "digit": "1"},
            {"track": "inbound_track", "digit": "#"},
        ]


async def test_messages_against_the_protocol_are_ignored_and_warned_about_once() -> None:
    """31951 once per stream for any wrong message, 31950 for a binary frame; right ones still work."""
    async with customer_of() as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        payload = base64.b64encode(b"\x05" * 160).decode()
        extra = {"event": "media", "streamSid": peer.stream_sid, "media": {"payload": payload, "track": "x"}}
        await peer.send(extra)
        await peer.send({**extra, "streamSid": "MZ0", "media": {"payload": payload}})
        await peer.socket.send_str("no JSON")
        await peer.socket.send_bytes(b"{}")
        await peer.socket.send_bytes(b"{}")
        await peer.play(b"\x06" * 160)
        await peer.mark("end")
        await peer.until("mark")
        assert customer.call.stream_audio == b"\x06" * 160
        assert codes(customer) == [31951, 31950]


async def test_more_than_ten_minutes_are_not_queued() -> None:
    """The rest is discarded, with 31931 once per stream."""
    async with customer_of() as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        for _ in range(12):
            await peer.play(b"\x01" * BYTES_PER_S * 60)
        await customer.until(lambda: bool(codes(customer)))
        assert codes(customer) == [31931]
        assert customer.call.max_queued_ms <= 600_000


async def test_a_ping_is_answered() -> None:
    """RFC 6455, 5.5.2."""
    async with customer_of() as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        await peer.socket.ping(b"are you there")
        await customer.until(lambda: bool(peer.pongs))
        assert peer.pongs == [b"are you there"]


async def test_closing_from_our_side_goes_on_to_the_next_verb() -> None:
    """31921 is noted, unplayed audio is lost, no mark comes back, no `stop` is sent."""
    clock = StoppedClock()
    async with customer_of(clock=clock) as customer:
        await customer.place(twiml=customer.connect(then="<Say>Goodbye</Say>"))
        peer = await customer.peer()
        await peer.play(b"\x01" * BYTES_PER_S * 60)
        await peer.mark("end")
        await customer.until_queued(60_000)
        clock.moment_s += 1
        await peer.socket.close()
        await customer.until_over()
        assert customer.call.said_by_carrier == ["Goodbye"]
        assert customer.call.ended_by == "twiml"
        assert customer.call.stream_audio == b"\x01" * BYTES_PER_S
        assert customer.call.marks_echoed == []
        assert peer.events("stop") == []
        assert codes(customer) == [31921]


async def test_the_end_of_the_call_is_told_with_stop() -> None:
    """Hanging up by the API: `stop`, then the carrier closes; unplayed audio and its mark are lost."""
    async with customer_of() as customer:
        await customer.place(twiml=customer.connect(then="<Say>Goodbye</Say>"))
        peer = await customer.peer()
        await peer.play(b"\x01" * BYTES_PER_S * 300)
        await peer.mark("end")
        await peer.until("media", 5)
        await customer.update(status="completed")
        await until_closed(peer)
        assert peer.received[-1]["event"] == "stop"
        assert peer.received[-1]["stop"] == {
            "accountSid": customer.call.account_sid,
            "callSid": customer.call.sid,
        }
        assert peer.close_code == 1000
        assert peer.events("mark") == []
        assert customer.call.said_by_carrier == []
        assert codes(customer) == []


async def test_new_instructions_tear_the_stream_down() -> None:
    """An update with Twiml replaces the running document."""
    async with customer_of() as customer:
        await customer.place(twiml=customer.connect(then="<Say>Old</Say>"))
        peer = await customer.peer()
        await customer.update(twiml="<Response><Say>New</Say></Response>")
        await until_closed(peer)
        await customer.until_over()
        assert peer.received[-1]["event"] == "stop"
        assert customer.call.said_by_carrier == ["New"]


async def test_two_streams_one_after_the_other() -> None:
    """Each has a SID of its own, and both are heard in order."""
    async with customer_of() as customer:
        one = f'<Connect><Stream url="{customer.stream_url()}"/></Connect>'
        await customer.place(twiml=f"<Response>{one}{one}</Response>")
        sids = []
        for byte in (b"\x01", b"\x02"):
            peer = await customer.peer()
            sids.append(peer.stream_sid)
            await peer.play(byte * 800)
            await peer.mark("end")
            await peer.until("mark")
            await peer.socket.close()
        await customer.until_over()
        assert len(set(sids)) == 2
        assert customer.call.stream_audio == b"\x01" * 800 + b"\x02" * 800


async def test_the_stream_has_status_callbacks_of_its_own() -> None:
    """stream-started and stream-stopped, or stream-error with a text, to the Stream's statusCallback."""
    async with customer_of() as customer:
        stream = (
            f'<Stream url="{customer.stream_url()}" name="mine" statusCallbackMethod="GET" '
            f'statusCallback="{customer.own_url}/callbacks/stream"/>'
        )
        await customer.place(twiml=f"<Response><Connect>{stream}</Connect></Response>")
        peer = await customer.peer()
        await customer.update(status="completed")
        await customer.until(lambda: len(customer.callbacks) == 2)
        started, stopped = (callback.query for callback in customer.callbacks)
        assert (started["StreamEvent"], stopped["StreamEvent"]) == ("stream-started", "stream-stopped")
        assert started["StreamSid"] == peer.stream_sid
        assert started["StreamName"] == "mine"
        assert started["CallSid"] == customer.call.sid
