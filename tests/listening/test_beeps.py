"""Beeps, fax tones and what only sounds like them, from frames that are already sorted."""

from __future__ import annotations

from cartesia_call.listening.beeps import BeepFound, BeepWatch, FaxFound, Found, Stretch
from cartesia_call.listening.tones import Tone


def found_in(*pieces: tuple[int | str, int], spoke: bool = True) -> list[Found]:
    """What is found in pieces of `(what, frames)`: a frequency in Hz, "sound" or "quiet"."""
    watch, found, frame = BeepWatch(), [], 0
    if spoke:
        watch.receive_speech()
    for what, frames in pieces:
        for _ in range(frames):
            if isinstance(what, int):
                found += watch.receive_tone(frame, Tone(what))
            else:
                found += watch.receive_sound(frame) if what == "sound" else watch.receive_quiet(frame)
            frame += 1
    return found


def no_beep(found: list[Found]) -> bool:
    return bool(found) and all(isinstance(item, Stretch) for item in found)


def test_a_tone_and_silence_are_a_beep() -> None:
    """It is told after 240 ms of silence, and not before."""
    assert found_in(("quiet", 20), (1000, 10), ("quiet", 12)) == [BeepFound(20, 30, 1000)]
    assert found_in(("quiet", 20), (1000, 10), ("quiet", 11)) == []


def test_a_disturbed_frame_does_not_break_it() -> None:
    """Two frames of something else are part of the tone."""
    assert found_in((1000, 5), ("sound", 2), (1000, 5), ("quiet", 12)) == [BeepFound(0, 12, 1000)]


def test_a_short_tone_is_none() -> None:
    """80 ms are any sound."""
    assert no_beep(found_in((1000, 4), ("quiet", 12)))


def test_a_long_tone_is_none_however_it_ends() -> None:
    """After 1.8 s it is sound, and its rest is no beep of its own."""
    found = found_in((440, 110), ("quiet", 12))
    assert no_beep(found)
    assert found[0] == Stretch(0, 91)


def test_a_tone_before_speech_is_none() -> None:
    """Sound follows, not silence."""
    assert no_beep(found_in((1000, 10), ("sound", 10), ("quiet", 12)))


def test_a_short_tone_behind_speech_may_be_its_vowel() -> None:
    """Straight behind sound a beep must last 200 ms."""
    assert no_beep(found_in(("sound", 10), (400, 7), ("quiet", 12)))
    assert found_in(("sound", 10), (400, 10), ("quiet", 12))[-1] == BeepFound(10, 20, 400)


def test_a_melody_is_none() -> None:
    """More than two pitches in a row."""
    assert no_beep(found_in((523, 10), (659, 10), (784, 10), ("quiet", 12)))


def test_the_last_note_of_a_melody_is_none() -> None:
    """What sounded in the three seconds before counts, however long the melody was."""
    melody = [(hz, 20) for hz in (523, 659, 784, 659, 587)]
    assert no_beep(found_in(*melody, ("sound", 4), (494, 15), ("quiet", 12)))


def test_two_pitches_are_one_beep() -> None:
    """With a frame between them in which both sound."""
    assert found_in((800, 10), ("sound", 1), (1200, 10), ("quiet", 12)) == [BeepFound(0, 21, 1200)]


def test_a_double_beep_is_one() -> None:
    """The message starts behind the second, also if that begins in the middle of a frame."""
    double = ((1000, 8), ("quiet", 6), ("sound", 1), (1000, 8), ("quiet", 12))
    assert found_in(*double) == [BeepFound(0, 23, 1000)]


def test_a_called_fax_is_told_while_it_sounds() -> None:
    """After half a second of 2100 Hz, once; its phase reversals do not matter."""
    ced = [piece for _ in range(6) for piece in ((2100, 22), ("sound", 1))]
    assert found_in(*ced, ("quiet", 30)) == [FaxFound(0, 25)]


def test_a_calling_fax_says_nothing_before() -> None:
    """1100 Hz for half a second is a fax's before anybody spoke, and a beep afterwards."""
    cng = ((1100, 25), ("quiet", 12))
    assert found_in(*cng, spoke=False) == [FaxFound(0, 25)]
    assert found_in(*cng, spoke=True) == [BeepFound(0, 25, 1100)]


def test_ringing_comes_before_anybody_spoke() -> None:
    """425 Hz for a second is a ringing tone then, and a beep afterwards."""
    ringing = ((425, 50), ("quiet", 12))
    assert no_beep(found_in(*ringing, spoke=False))
    assert found_in(*ringing, spoke=True) == [BeepFound(0, 50, 425)]


def test_below_the_band_and_at_the_edge_of_the_search_nothing_is_a_beep() -> None:
    """340 Hz is E.180's lowest; what lies outside the search is found at its edge."""
    for hz in (265, 330, 2240, 2275):
        assert no_beep(found_in((hz, 20), ("quiet", 12)))
    assert found_in((350, 20), ("quiet", 12)) == [BeepFound(0, 20, 350)]
