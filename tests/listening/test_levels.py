"""The noise of the line."""

from __future__ import annotations

from cartesia_call.listening.levels import SOUND_RMS, NoiseFloor, is_alone


def floor_of(*levels_rms: int) -> NoiseFloor:
    floor = NoiseFloor()
    for level_rms in levels_rms:
        floor.update(level_rms)
    return floor


def test_before_anything_was_heard_there_is_no_noise() -> None:
    """Sound is what is loud enough to be any."""
    assert floor_of().noise_rms == 0
    assert floor_of().threshold_rms == SOUND_RMS


def test_a_quiet_line_has_the_fixed_threshold() -> None:
    """Faint noise lets nothing below the least sound pass."""
    assert floor_of(*[20] * 50).threshold_rms == SOUND_RMS


def test_noise_raises_the_threshold() -> None:
    """Sound must stand out from noise by 8 dB."""
    assert floor_of(*[1000] * 10).threshold_rms == 2500


def test_speech_does_not_raise_it() -> None:
    """The gaps between syllables tell the noise."""
    assert floor_of(*([3000] * 20 + [100] + [4000] * 30) * 4).threshold_rms == SOUND_RMS


def test_noise_that_sets_in_is_learned_within_1_5_seconds() -> None:
    """After 75 frames nothing else is remembered."""
    assert floor_of(0, *[1000] * 75).noise_rms > 1000
    assert floor_of(0, *[1000] * 55).noise_rms == 0


def test_a_beep_is_alone() -> None:
    """Silence behind it, or noise that is known; a bell may fade into silence."""
    assert is_alone([900] + [2000] * 20 + [700], [600, 100] + [30] * 10, 0)
    assert is_alone([2000] * 20, [1180] * 12, 1150)
    assert is_alone([4000 - 150 * n for n in range(20)], [40] * 12, 0)


def test_a_note_of_music_is_not_alone() -> None:
    """It fades into the others, which were taken for noise; or they go on behind it, as loud or nearly so."""
    assert not is_alone([2800 - 60 * n for n in range(24)], [1100] * 12, 1000)
    assert not is_alone([1500] * 10, [1400] * 12, 1300)
    assert not is_alone([480] * 5, [200] * 12, 90)


def test_noise_is_known_after_half_a_second() -> None:
    """What plays from the first frame on may be music."""
    floor = NoiseFloor()
    for _ in range(24):
        floor.update(1000)
    assert not floor.is_known
    floor.update(1000)
    assert floor.is_known
