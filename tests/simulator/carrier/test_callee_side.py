"""The callee's side of an answered call: what it plays, records and presses, and when it leaves."""

from __future__ import annotations

import base64

import pytest

from cartesia_call.audio.mulaw import BYTES_PER_S, FRAME_BYTES, silence
from cartesia_simulator.carrier.callee_voice import babble
from tests.simulator.customer import StoppedClock, StreamPeer, customer_of

WAIT = '<Response><Pause length="600"/></Response>'


def inbound(peer: StreamPeer) -> bytes:
    return b"".join(base64.b64decode(frame["media"]["payload"]) for frame in peer.events("media"))


async def test_what_the_callees_side_plays_is_on_the_stream_and_in_the_record() -> None:
    """Both aligned to the answer."""
    clock = StoppedClock()
    async with customer_of("voicemail,ring:0s,greeting:1s,beep-length:200ms", clock=clock) as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        clock.moment_s += 2
        await peer.until("media", 100)
        audio = inbound(peer)
        assert audio.startswith(babble(1) + silence(500))
        assert len(audio.rstrip(b"\xff")) == pytest.approx(1.7 * BYTES_PER_S, abs=FRAME_BYTES)
        assert customer.call.said == audio[: len(customer.call.heard)]


async def test_a_voicemail_keeps_exactly_what_it_heard_after_its_beep() -> None:
    """From the first byte behind the beep to the last before the end of the call."""
    clock = StoppedClock()
    callee = "voicemail,ring:0s,greeting:1s,beep-length:250ms"
    async with customer_of(callee, clock=clock) as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        sent = bytes(n % 251 for n in range(4 * BYTES_PER_S))
        await peer.play(sent)
        await customer.until_queued(4000)
        assert customer.call.voicemail_audio == b""
        clock.moment_s += 1.75
        assert customer.call.voicemail_audio == b""
        clock.moment_s += 1.25
        assert customer.call.voicemail_audio == sent[14000:24000]
        clock.moment_s += 2
        await customer.update(status="completed")
        assert customer.call.voicemail_audio == sent[14000:] + silence(1000)


async def test_a_message_that_waits_for_the_beep_is_recorded_whole() -> None:
    """Nothing else is in it but silence; what came before the beep is not."""
    async with customer_of("voicemail,ring:0s,greeting:1s,beep-length:200ms") as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        await peer.play(b"\x01" * 800)
        await customer.until(lambda: len(customer.call.heard) > 1.8 * BYTES_PER_S)
        message = bytes(range(1, 251)) * 32
        await peer.play(message)
        await peer.mark("end")
        await peer.until("mark")
        assert customer.call.voicemail_audio.strip(b"\xff") == message


async def test_a_full_machine_hangs_up() -> None:
    """It has recorded as much as it takes, and not more."""
    callee = "voicemail-silent,ring:0s,silence:1s,beep-length:500ms,records:2s"
    async with customer_of(callee) as customer:
        await customer.place(twiml=WAIT)
        await customer.until_over()
        assert customer.call.ended_by == "callee"
        assert customer.call.voicemail_audio == silence(2000)
        assert len(customer.call.heard) >= 3.5 * BYTES_PER_S


async def test_a_fax_machine_hangs_up_by_itself() -> None:
    """It has heard no other."""
    async with customer_of("fax,ring:0s") as customer:
        await customer.place(twiml=WAIT)
        await customer.until_over()
        assert customer.call.ended_by == "callee"
        assert customer.call.voicemail_audio == b""
        assert 40 * BYTES_PER_S <= len(customer.call.heard) < 600 * BYTES_PER_S


async def test_a_person_presses_keys_when_the_music_is_over() -> None:
    """Their moments count from there."""
    async with customer_of("hold-music,ring:0s,music:2s,presses:12@1s") as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        await peer.until("dtmf", 2)
        assert [message["dtmf"]["digit"] for message in peer.events("dtmf")] == ["1", "2"]
        assert customer.call.answered_for_s >= 3.3
        assert customer.call.person_after_s == 2.0


async def test_a_person_who_answers_is_there_at_once() -> None:
    """And a machine is nobody."""
    for callee, person_after_s in (("answers,ring:0s", 0.0), ("voicemail,ring:0s", None)):
        async with customer_of(callee) as customer:
            await customer.place(twiml="<Response/>")
            await customer.until_over()
            assert customer.call.person_after_s == person_after_s
            assert customer.call.digits_dialled == ""
