"""Where the words that a service times are in their transcript."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.audio.mulaw import BYTES_PER_S
from cartesia_call.speech.words import WordEnd, WordPlaces


def spoken(transcript: str, *words: str) -> list[str]:
    """The beginnings of `transcript` that end with each of `words`, as far as they are found."""
    found = WordPlaces(transcript).place(words, [float(number) for number, _ in enumerate(words)])
    return [transcript[: end.characters] for end in found]


def test_each_word_ends_behind_its_punctuation() -> None:
    """Counted in characters of the text and bytes of mu-law."""
    assert WordPlaces('He said: "Fire!" Run.').place(("He", "said:", "Fire", "run"), (0.25, 0.5, 1, 1.5)) == [
        WordEnd(2, 2000),
        WordEnd(8, 4000),
        WordEnd(16, 8000),
        WordEnd(21, 12000),
    ]


def test_pieces_follow_each_other() -> None:
    """The same word twice is two places."""
    places = WordPlaces("no, no, no.")
    ends = [end.characters for word in ("no", "No", "NO") for end in places.place((word,), (1.0,))]
    assert ends == [3, 7, 11]
    assert places.place(("no",), (2.0,)) == []


@pytest.mark.parametrize(
    ("transcript", "words", "last"),
    [
        ("It costs $1,234.56 now", ("it", "costs", "one", "thousand", "two", "hundred", "now"), "It costs"),
        ("At 12:30 sharp. Bye.", ("At", "half", "past", "twelve", "sharp", "bye"), "At 12:30 sharp."),
        ("A b c d.", ("A", "zzz", "!", "c", "d"), "A b c"),
    ],
)
def test_a_word_that_is_not_there_loses_no_place(transcript: str, words: tuple[str, ...], last: str) -> None:
    """What is spoken otherwise than it is written is skipped, and the rest is found."""
    found = spoken(transcript, *words)
    assert found[-1] == transcript
    assert found[-2] == last


def test_a_part_of_a_word_is_not_the_word() -> None:
    assert spoken("another other", "other") == ["another other"]
    assert spoken("others other", "other") == ["others other"]


def test_a_word_far_ahead_is_another_one() -> None:
    """One word that is not there must not leap over a whole message."""
    text = "one two three four five six seven the end"
    assert spoken(text, "the", "one", "two") == ["one", "one two"]


def test_a_gap_in_the_services_words_is_caught_up_with() -> None:
    words = [f"word{number}" for number in range(60)]
    assert spoken(" ".join(words), *words[:5], *words[25:])[-1] == " ".join(words)


def test_tags_are_no_words() -> None:
    """They are stepped over, and what is spelled is found letter by letter or whole."""
    text = 'Wait <break time="1s"/> a break.<speed ratio="1.2"/> Press <spell>A7X</spell>, now'
    beginning = 'Wait <break time="1s"/> a break.<speed ratio="1.2"/> Press'
    assert spoken(text, "Wait", "a", "break", "press") == [
        "Wait",
        'Wait <break time="1s"/> a',
        'Wait <break time="1s"/> a break.',
        beginning,
    ]
    assert spoken(text, "press", "A", "7,", "x", "now")[-3:] == [
        f"{beginning} <spell>A7",
        f"{beginning} <spell>A7X</spell>,",
        text,
    ]
    assert spoken(text, "press", "A7X", "now")[-1] == text


@pytest.mark.parametrize(
    ("transcript", "words"),
    [
        ("你好世界。再见！", ("你好", "世界", "再", "见")),
        ("Straße ist naß.", ("strasse", "IST", "NASS")),
        ("caf\u00e9 ol\u00e9", ("cafe\u0301", "OLE\u0301")),
        ("don't low-latency", ("don\u2019t", "low", "latency")),
        ("don't low-latency", ("don", "t", "low-latency")),
    ],
)
def test_words_of_any_script_and_spelling(transcript: str, words: tuple[str, ...]) -> None:
    found = spoken(transcript, *words)
    assert len(found) == len(words)
    assert found[-1] == transcript


@pytest.mark.parametrize(
    ("words", "ends_s"),
    [
        (("one", "two"), (1.0,)),
        (("one",), (1.0, 2.0)),
        (("one", "two"), (2.0, 1.0)),
        (("one",), (-1.0,)),
        (("one",), (math.nan,)),
        (("one", "two"), (math.nan, 1.0)),
    ],
)
def test_malformed_times_are_ignored(words: tuple[str, ...], ends_s: tuple[float, ...]) -> None:
    """And the words may still come."""
    places = WordPlaces("one two")
    assert places.place(words, ends_s) == []
    assert len(places.place(("one", "two"), (1.0, 2.0))) == 2


def test_times_never_go_back_from_piece_to_piece() -> None:
    places = WordPlaces("one two three")
    assert places.place(("one",), (2.0,)) == [WordEnd(3, 16000)]
    assert places.place(("two",), (1.0,)) == []
    assert places.place(("two",), (2.0,)) == [WordEnd(7, 16000)]


_TEXTS = st.text(st.sampled_from('ab7é你 .,!<>/"=') | st.characters(), max_size=60) | st.lists(
    st.sampled_from(("a ", "b, ", "<spell>", "</spell>", '<break time="1s"/>', "word ", "7."))
).map("".join)
_WORDS = st.lists(st.tuples(_TEXTS, st.floats(0, 100)), max_size=8)


@given(_TEXTS, st.lists(_WORDS, max_size=6))
def test_places_go_forward_within_the_text(text: str, pieces: list[list[tuple[str, float]]]) -> None:
    """Whatever the service says it speaks, and when."""
    places, found = WordPlaces(text), []
    for piece in pieces:
        found += places.place([word for word, _ in piece], [end_s for _, end_s in piece])
    assert found == sorted(found)
    assert all(0 < end.characters <= len(text) and end.audio_bytes <= 100 * BYTES_PER_S for end in found)


@given(st.lists(st.text(st.sampled_from("abc"), min_size=1, max_size=4), max_size=30), st.data())
def test_every_word_of_the_text_is_found(words: list[str], data: st.DataObject) -> None:
    """However it is cut into pieces, and whatever stands between the words."""
    between = [data.draw(st.sampled_from((" ", ", ", ". ", '<break time="1s"/>', " – "))) for _ in words]
    text = "".join(word + gap for word, gap in zip(words, between, strict=True))
    places, found, at = WordPlaces(text), [], 0
    while at < len(words):
        size = data.draw(st.integers(1, 5))
        piece = words[at : at + size]
        found += places.place(piece, [float(at + number) for number in range(len(piece))])
        at += size
    ends, length = [], 0
    for word, gap in zip(words, between, strict=True):
        length += len(word) + (1 if gap[0] in ",." else 0)
        ends.append(length)
        length += len(gap) - (1 if gap[0] in ",." else 0)
    assert [end.characters for end in found] == ends
    assert [end.audio_bytes for end in found] == [number * BYTES_PER_S for number, _ in enumerate(words)]
