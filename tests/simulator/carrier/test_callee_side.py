"""The callee's side of an answered call: what it plays, records and presses, and when it leaves.

The robot that asks who is calling: what it takes for an answer.
"""

from __future__ import annotations

import base64

import pytest

from cartesia_call.audio.mulaw import BYTES_PER_S, FRAME_BYTES, silence
from cartesia_simulator.carrier.callee_side import (
    ENOUGH_WORDS_S,
    PATIENCE_S,
    PAUSE_S,
    READING_S,
    words_and_silence_s,
)
from cartesia_simulator.carrier.callee_voice import babble
from cartesia_simulator.tones import ToneVoice
from tests.simulator.customer import Customer, StoppedClock, StreamPeer, customer_of

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


ASKED_S = 2.5
"""When the question of `screens,greeting:2s` is over."""


def test_silence_is_told_from_words() -> None:
    """All of it, what lies behind the words, and the faint noise of a line."""
    assert words_and_silence_s(b"") == (0.0, 0.0)
    assert words_and_silence_s(silence(1500)) == (0.0, 1.5)
    assert words_and_silence_s(b"\xfe\x7e" * BYTES_PER_S) == (0.0, 2.0)
    words_s, silent_s = words_and_silence_s(silence(200) + babble(1) + silence(700))
    assert 0.7 < words_s <= 1.0
    assert silent_s == pytest.approx(0.7, abs=0.05)


def test_pauses_between_words_are_no_silence_behind_them() -> None:
    """Only the last one counts."""
    spoken = b"".join(ToneVoice().speak("Acme alerts. About your server.", language="en"))
    words_s, silent_s = words_and_silence_s(spoken)
    assert words_s > ENOUGH_WORDS_S
    assert silent_s < PAUSE_S / 2


async def until_asked(customer: Customer) -> None:
    await customer.until(lambda: len(customer.call.heard) > (ASKED_S + 0.1) * BYTES_PER_S)


async def test_the_person_comes_after_an_answer_and_a_pause() -> None:
    """So long after the last word, to a frame and what a busy machine adds; they say hello and press keys."""
    async with customer_of("screens,ring:0s,greeting:2s,says:1s@0.5s,presses:1@2s") as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        await until_asked(customer)
        assert customer.call.person_after_s is None
        await peer.play(babble(1))
        await peer.until("dtmf")
        person_after_s = customer.call.person_after_s
        assert person_after_s is not None
        words = customer.call.heard.rstrip(b"\xff")
        assert person_after_s >= len(words) / BYTES_PER_S + PAUSE_S + READING_S - 0.15
        said = customer.call.said
        assert said[round(0.5 * BYTES_PER_S) :].startswith(babble(2))
        hello_at = round((person_after_s + 0.5) * BYTES_PER_S)
        assert not said[round(ASKED_S * BYTES_PER_S) : hello_at].strip(b"\xff")
        assert said[hello_at:].startswith(babble(1))


@pytest.mark.parametrize("answer", [b"", babble(0.3)])
async def test_without_an_answer_the_robot_hangs_up(answer: bytes) -> None:
    """A noise is none; its patience counts from the last sound."""
    async with customer_of("screens,ring:0s,greeting:2s") as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        await until_asked(customer)
        await peer.play(answer)
        await customer.until_over()
        assert (customer.call.ended_by, customer.call.person_after_s) == ("callee", None)
        assert len(customer.call.heard) >= (ASKED_S + PATIENCE_S) * BYTES_PER_S


async def test_words_during_the_question_are_not_listened_to() -> None:
    """The robot asks first."""
    async with customer_of("screens,ring:0s,greeting:4s") as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        await peer.play(babble(1))
        await customer.until_over()
        assert (customer.call.ended_by, customer.call.person_after_s) == ("callee", None)


async def test_a_person_may_refuse() -> None:
    """After having read who it is."""
    async with customer_of("screens,ring:0s,greeting:2s,refuses") as customer:
        await customer.place(twiml=customer.connect())
        peer = await customer.peer()
        await until_asked(customer)
        await peer.play(babble(1))
        await customer.until_over()
        assert (customer.call.ended_by, customer.call.person_after_s) == ("callee", None)
        words = customer.call.heard.rstrip(b"\xff")
        assert len(customer.call.heard) >= len(words) + (PAUSE_S + READING_S - 0.15) * BYTES_PER_S
        assert len(customer.call.heard) < (ASKED_S + PATIENCE_S) * BYTES_PER_S


async def test_the_carriers_own_voice_is_an_answer_too() -> None:
    """The robot hears whatever is played into the call."""
    async with customer_of("screens,ring:0s,greeting:1s") as customer:
        await customer.place(
            twiml='<Response><Pause length="3"/><Say>Acme alerts, about your server</Say>'
            '<Pause length="60"/></Response>'
        )
        await customer.until(lambda: customer.call.person_after_s is not None)


async def test_screening_ends_with_the_call() -> None:
    """Nobody comes to a telephone that was put down."""
    async with customer_of("screens,ring:0s,greeting:2s") as customer:
        await customer.place(twiml="<Response><Hangup/></Response>")
        await customer.until_over()
        assert (customer.call.ended_by, customer.call.person_after_s) == ("twiml", None)
