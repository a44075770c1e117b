"""The voice of tones."""

from __future__ import annotations

import pytest

from cartesia_call.audio import mulaw
from cartesia_simulator.tones import ToneVoice


def spoken(text: str) -> bytes:
    return b"".join(ToneVoice().speak(text, language="en"))


def test_the_same_text_gives_the_same_bytes() -> None:
    """Tones are a function of the text."""
    assert spoken("Hello there.") == spoken("Hello there.")


def test_another_word_sounds_different() -> None:
    """Words of the same length have pitches of their own."""
    assert spoken("Hello") != spoken("Jello")


def test_words_take_the_time_of_speaking_them() -> None:
    """80 ms and 60 ms per letter, then the pause that the punctuation asks for."""
    assert mulaw.duration_ms(len(spoken("Hello"))) == 80 + 5 * 60 + 40
    assert mulaw.duration_ms(len(spoken("Hello."))) == 80 + 5 * 60 + 300


def test_a_break_is_silence() -> None:
    """Cartesia's break is as long as it says."""
    assert spoken('<break time="2500ms"/>') == mulaw.silence(2500)


def test_words_are_heard() -> None:
    """A word is no silence."""
    assert len(set(spoken("Hello"))) > 20


@pytest.mark.parametrize("text", ["a" * 20_000, "word " * 4_000, '<break time="600s"/>'])
def test_no_step_is_longer_than_a_second(text: str) -> None:
    """Memory stays flat whatever is to be said."""
    assert max(map(len, ToneVoice().speak(text, language="en"))) <= mulaw.BYTES_PER_S


def test_nothing_to_say() -> None:
    """Blank text gives no audio."""
    assert spoken(" ") == b""
