"""What the carrier's own voice says of a message: what fits, cut where a sentence ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.leg.carrier_text import CarrierText, carrier_text
from cartesia_call.speech.message_text import Message
from cartesia_call.telephony.say_limits import SayLimits, escaped_length


def said(text: str, characters: int) -> CarrierText | None:
    """Of `text`, in so many characters."""
    limits = SayLimits(escaped_characters=characters, utf8_bytes=9999, url_encoded_characters=9999)
    return carrier_text(Message.of(text), limits)


def test_what_fits_stays_whole() -> None:
    """A text within the limits is not touched."""
    assert said("One. Two.", 9) == CarrierText(text="One. Two.", is_cut=False)


def test_what_does_not_fit_is_cut_at_a_sentence_end() -> None:
    """Whole sentences, without trailing white space."""
    assert said("One. Two. Three.", 10) == CarrierText(text="One. Two.", is_cut=True)


def test_a_single_long_sentence_is_cut_at_a_word() -> None:
    """Better some words than none."""
    assert said("alpha beta gamma delta", 12) == CarrierText(text="alpha beta", is_cut=True)


def test_tags_take_no_room() -> None:
    """They are not said, nor is a message that has nothing else."""
    assert said('One. <break time="1s"/> Two.', 11) == CarrierText(text="One.   Two.", is_cut=False)
    assert said("<spell>A. B</spell> is hot. Go.", 13) == CarrierText(text="A. B is hot.", is_cut=True)
    assert said('<break time="1s"/>', 11) is None
    assert said("Hello", 0) is None


@given(st.text(max_size=300), st.integers(min_value=0, max_value=200))
def test_the_limits_are_never_exceeded(text: str, characters: int) -> None:
    """Whatever the text."""
    found = said(text, characters)
    if found is not None:
        assert escaped_length(found.text) <= characters
        assert found.is_cut or found.text == Message.of(text).text.strip() or "<" in text
