"""The robot that asks who is calling: what it takes for an answer."""

from __future__ import annotations

import pytest

from cartesia_call.audio.mulaw import BYTES_PER_S, silence
from cartesia_simulator.carrier.callee_voice import babble
from cartesia_simulator.carrier.screening import (
    ENOUGH_WORDS_S,
    PATIENCE_S,
    PAUSE_S,
    READING_S,
    words_and_silence_s,
)
from cartesia_simulator.tones import ToneVoice
from tests.simulator.customer import Customer, customer_of

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
