"""The real voice, as the extra `offline` brings it."""

from __future__ import annotations

import audioop
import itertools
import math
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.audio import mulaw
from cartesia_call.offline_voice.espeak import EspeakVoice, load_espeak, split_into_pieces

SENTENCE = "The database is down. Please call the team."
LOUDEST_OF_MULAW = 32124
"""A louder sample is cut off there (ITU-T G.711)."""


@pytest.fixture(scope="module")
def voice() -> EspeakVoice:
    return load_espeak()


def spoken(voice: EspeakVoice, text: str, language: str = "en") -> bytes:
    return b"".join(voice.speak(text, language=language))


def test_speech_takes_as_long_as_speaking(voice: EspeakVoice) -> None:
    """Eight words are two to five seconds."""
    assert 2 < mulaw.duration_s(len(spoken(voice, SENTENCE))) < 5


@pytest.mark.parametrize(
    ("language", "text"), [("en", SENTENCE), ("de", "Die Datenbank ist aus. Rufen Sie das Team!")]
)
def test_speech_is_as_loud_as_a_telephone_wants_it(voice: EspeakVoice, language: str, text: str) -> None:
    """From -26 dB of full scale, the level of test speech, to -16: neither faint nor harsh. Nothing clips."""
    pcm = mulaw.to_pcm16(spoken(voice, text, language))
    level_db = 20 * math.log10(audioop.rms(pcm, 2) / 32768)
    assert -26 < level_db < -16
    assert audioop.max(pcm, 2) < LOUDEST_OF_MULAW


def test_the_same_text_gives_the_same_bytes(voice: EspeakVoice) -> None:
    """Whatever was said before, in whichever language."""
    first = spoken(voice, SENTENCE)
    spoken(voice, "Guten Tag", "de")
    assert spoken(voice, SENTENCE) == first


@pytest.mark.parametrize("language", ["en", "en-GB", "de", "zh", "es-MX", "no", "tl"])
def test_a_voice_speaks_the_same_the_second_time(language: str) -> None:
    """From then on its file is known, and nobody has to look for it."""
    voice = load_espeak()
    first, second, third = (spoken(voice, "Radio 123, 一二三.", language) for _ in range(3))
    assert first
    assert first == second == third


def test_two_threads_do_not_mix(voice: EspeakVoice) -> None:
    """Two texts that are spoken at once give what each gives alone."""
    texts = [f"{SENTENCE} " * 8, "Another message altogether. " * 8]
    alone = [spoken(voice, text) for text in texts]
    together: dict[str, bytes] = {}
    threads = [
        threading.Thread(target=lambda text=text: together.__setitem__(text, spoken(voice, text)))
        for text in texts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[text] for text in texts] == alone


def test_languages_differ(voice: EspeakVoice) -> None:
    """Cartesia's codes choose espeak-ng's voice, also where the names differ."""
    assert len({spoken(voice, "Radio 123", language) for language in ("en", "de", "zh", "no")}) == 4


@pytest.mark.parametrize(
    ("language", "other"), [("en-GB", "en"), ("es-MX", "es"), ("zh-HK", "zh"), ("pt-BR", "pt")]
)
def test_a_region_has_its_own_voice_where_there_is_one(voice: EspeakVoice, language: str, other: str) -> None:
    assert spoken(voice, "Radio, can, half past nine. 一二三", language) != spoken(
        voice, "Radio, can, half past nine. 一二三", other
    )


@pytest.mark.parametrize(
    ("language", "other"), [("de-CH", "de"), ("zh-TW", "zh"), ("pt-PT", "pt"), ("no-NO", "no")]
)
def test_a_region_without_one_is_spoken_as_the_language(
    voice: EspeakVoice, language: str, other: str
) -> None:
    assert spoken(voice, "Radio 123", language) == spoken(voice, "Radio 123", other)


@pytest.mark.parametrize("language", ["tl", "xx", "en-US", ""])
def test_unknown_language_is_read_as_english(voice: EspeakVoice, language: str) -> None:
    """A language without a voice is no failure."""
    assert spoken(voice, "Radio", language) == spoken(voice, "Radio", "en")


def test_long_text_streams(voice: EspeakVoice) -> None:
    """The first chunk comes after a fraction of the work, and no chunk is longer than a second."""
    chunks = list(itertools.islice(voice.speak(f"{SENTENCE} " * 500, language="en"), 30))
    assert len(chunks) == 30
    assert max(map(len, chunks)) <= mulaw.BYTES_PER_S


def test_it_stops_when_it_is_closed(voice: EspeakVoice) -> None:
    """A generator that is closed half-way leaves the library free for the next."""
    audio = voice.speak(f"{SENTENCE} " * 500, language="en")
    next(audio)
    audio.close()  # type: ignore[attr-defined]  # `Iterator` has no close, the generator behind it has
    assert spoken(voice, "Next") != b""


def test_break_is_silence(voice: EspeakVoice) -> None:
    """Cartesia's break lies between the words."""
    assert mulaw.silence(700) in spoken(voice, 'One <break time="700ms"/> two')


@pytest.mark.parametrize("text", ["", " ", '<speed ratio="1.5"/>'])
def test_nothing_to_say(voice: EspeakVoice, text: str) -> None:
    """Blank text gives no audio."""
    assert spoken(voice, text) == b""


@pytest.mark.parametrize("text", ["nul\x00byte", "\ud800 surrogate", "emoji 🎉 and ☎", "<<<>>>", "." * 600])
def test_odd_text_is_no_failure(voice: EspeakVoice, text: str) -> None:
    """Whatever the text holds, the voice says something or nothing, and goes on."""
    spoken(voice, text)


def test_it_prints_nothing(voice: EspeakVoice, capfd: pytest.CaptureFixture[str]) -> None:
    """The C library stays off the terminal, unknown voices included."""
    spoken(voice, SENTENCE, "xx")
    assert capfd.readouterr() == ("", "")


def test_a_missing_library_is_an_os_error() -> None:
    """`load_voice` falls back on it."""
    with pytest.raises(OSError, match="no-such-library"):
        EspeakVoice("no-such-library.so", "no-such-data")


@given(st.text(alphabet="ab .!?。\n", max_size=2000))
def test_pieces_hold_the_whole_text(text: str) -> None:
    """Pieces are at most 240 characters, and lose nothing but white space."""
    pieces = list(split_into_pieces(text))
    assert all(0 < len(piece) <= 240 for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_pieces_end_behind_sentences() -> None:
    """A cut inside a sentence would be heard."""
    assert all(piece.endswith(".") for piece in split_into_pieces("One two three four five six. " * 50))
