"""The callee's talking: stretches, their length and their end."""

from __future__ import annotations

from cartesia_call.conversation.callee_speech import CalleeSpeech
from cartesia_call.conversation.limits import GREETING_LIMIT_S, GREETING_OVER_S, LONG_SPEECH_S
from cartesia_call.listening.sounds import Beep, FaxTone, Sound, SpeechBegan, SpeechEnded


def listen(*sounds: Sound) -> CalleeSpeech:
    speech = CalleeSpeech()
    for sound in sounds:
        speech.receive_sound(sound)
    return speech


def spoken(from_s: float, until_s: float) -> list[Sound]:
    return [SpeechBegan(at_s=from_s), SpeechEnded(at_s=until_s, length_s=until_s - from_s)]


BEEP = Beep(at_s=9.0, length_s=0.5, frequency_hz=1000.0)


def test_pauses_shorter_than_an_end_belong_to_the_stretch() -> None:
    """The speech in it is added up; a longer silence begins a new one."""
    short_pause = 1.0 + GREETING_OVER_S - 0.5
    speech = listen(*spoken(0.0, 1.0), *spoken(short_pause, short_pause + 2.0))
    assert (speech.began_at_s, speech.length_s, speech.is_long) == (0.0, 3.0, True)
    long_pause = 1.0 + GREETING_OVER_S
    speech = listen(*spoken(0.0, 1.0), *spoken(long_pause, long_pause + 2.0))
    assert (speech.began_at_s, speech.length_s, speech.is_long) == (long_pause, 2.0, False)


def test_an_end_without_a_beginning_has_its_length() -> None:
    """Listening may begin while somebody speaks."""
    speech = listen(SpeechEnded(at_s=5.0, length_s=3.0))
    assert (speech.began_at_s, speech.length_s, speech.over_at_s) == (2.0, 3.0, 5.0 + GREETING_OVER_S)


def test_silence_counts_from_the_last_sound_or_from_when_it_matters() -> None:
    """While somebody speaks there is none."""
    assert listen().over_at_s is None
    assert listen(SpeechBegan(at_s=1.0)).over_at_s is None
    assert listen(*spoken(1.0, 2.0), BEEP).over_at_s == 9.0 + GREETING_OVER_S
    for sounds, over_at_s in (
        ([], 7.0 + GREETING_OVER_S),
        (spoken(1.0, 2.0), 2.0 + GREETING_OVER_S),
        ([SpeechBegan(at_s=1.0)], None),
    ):
        speech = listen(*sounds)
        speech.listened_from(7.0)
        assert speech.over_at_s == over_at_s


def test_speech_takes_a_beep_back() -> None:
    """A mailbox says nothing behind its beep; a fax tone is none."""
    assert listen(BEEP).has_beeped
    assert not listen(BEEP, SpeechBegan(at_s=10.0)).has_beeped
    assert not listen(FaxTone(at_s=1.0)).has_beeped


def test_what_answers_the_ringing() -> None:
    """It begins soon, and goes on or was long."""
    assert listen(SpeechBegan(at_s=GREETING_LIMIT_S)).answers_the_ringing(0.0)
    assert not listen(SpeechBegan(at_s=GREETING_LIMIT_S + 0.1)).answers_the_ringing(0.0)
    assert listen(*spoken(0.0, LONG_SPEECH_S)).answers_the_ringing(0.0)
    assert not listen(*spoken(0.0, LONG_SPEECH_S - 0.1)).answers_the_ringing(0.0)
    assert not listen().answers_the_ringing(0.0)
