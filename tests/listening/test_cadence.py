"""The network's tones: equal ones at equal distances, as E.180's supplement 2 has them, and what is none."""

from __future__ import annotations

import pytest

from cartesia_call.audio import mulaw
from cartesia_call.listening.cadence import BUSY_SETTLES_S, CadenceWatch, NetworkTone
from cartesia_call.listening.limits import RING_SETTLES_S
from cartesia_call.listening.sounds import Beep, NetworkHeard, SpeechBegan
from cartesia_call.listening.tones import Tone
from tests.listening.play import Heard, frames, play
from tests.listening.synthesis import in_noise, quiet, speech, tone
from tests.listening.tone_zones import BUSY, CONGESTION, RINGING, NetworkTones, wave

ZONES = [
    *((zone, NetworkTone.RINGING) for zone in RINGING),
    *((zone, NetworkTone.BUSY) for zone in (*BUSY, *CONGESTION)),
]
WORD = speech(1200, seed=3) + quiet(800)


def heard(*parts: bytes, noise_dbfs: float | None = None, cut_samples: int = 0) -> Heard:
    """`parts` and silence; the first frame begins `cut_samples` before them."""
    pcm = bytes(2 * cut_samples) + b"".join(parts) + quiet(7000)
    return play(frames(mulaw.from_pcm16(in_noise(pcm, noise_dbfs))))


def network(played: Heard) -> list[tuple[float, NetworkTone]]:
    return [(told_s, sound.tone) for told_s, sound in played.sounds if isinstance(sound, NetworkHeard)]


@pytest.mark.parametrize(
    ("hz", "on_ms", "off_ms"),
    [
        ((480, 620), 500, 500),
        ((480, 620), 250, 250),
        ((425,), 480, 480),
        ((425,), 240, 240),
        ((425,), 200, 200),
        ((400,), 375, 375),
        ((440,), 500, 500),
        ((425,), 300, 300),
        ((450,), 350, 350),
        ((450,), 700, 700),
        ((425,), 250, 750),
    ],
)
@pytest.mark.parametrize("cut_samples", [0, 100])
def test_a_busy_tone_is_told_within_five(
    hz: tuple[int, ...], on_ms: int, off_ms: int, cut_samples: int
) -> None:
    """Busy and congestion tones, also from the first sample on, in noise, and wherever a frame begins."""
    pulses = (tone(hz, on_ms) + quiet(off_ms)) * 8
    for noise_dbfs in (None, -40):
        played = heard(pulses, noise_dbfs=noise_dbfs, cut_samples=cut_samples)
        told_s, kind = network(played)[0]
        assert kind is NetworkTone.BUSY
        assert told_s <= 5 * (on_ms + off_ms) / 1000 + 0.1
        assert played.verdict == "unknown"


def test_groups_of_tones_are_the_networks() -> None:
    """Britain's congestion tone in twos, Spain's in threes."""
    british = (tone((400,), 400) + quiet(350) + tone((400,), 225) + quiet(525)) * 4
    spanish = ((tone((425,), 200) + quiet(200)) * 3 + quiet(400)) * 4
    assert {kind for played in (heard(british), heard(spanish)) for _, kind in network(played)} == {
        NetworkTone.BUSY
    }


@pytest.mark.parametrize(
    ("hz", "on_ms", "off_ms"),
    [((425,), 1000, 4000), ((440,), 1500, 3500), ((440,), 1000, 5000), ((400,), 1000, 2000)],
)
@pytest.mark.parametrize("seconds", [1.2, 4])
def test_ringing_is_told_by_its_second(hz: tuple[int, ...], on_ms: int, off_ms: int, seconds: float) -> None:
    """Behind a word, and behind a long announcement, nobody is left a message for good."""
    words = speech(round(seconds * 1000), seed=3) + quiet(800)
    played = heard(words, (tone(hz, on_ms) + quiet(off_ms)) * 3)
    assert {kind for _, kind in network(played)} == {NetworkTone.RINGING}
    assert played.verdict == "unknown"


@pytest.mark.parametrize("pause_ms", [0, 800])
def test_ringing_of_two_pitches_is_told_while_it_sounds(pause_ms: int) -> None:
    """North America's and Britain's, straight behind a word too; it is nobody's speech."""
    american = (tone((440, 480), 2000) + quiet(4000)) * 2
    british = (tone((400, 450), 400) + quiet(200) + tone((400, 450), 400) + quiet(2000)) * 2
    for ringing in (american, british):
        played = heard(speech(1200, seed=3), quiet(pause_ms), ringing)
        assert {kind for _, kind in network(played)} == {NetworkTone.RINGING}
        assert network(played)[0][0] < 1.2 + pause_ms / 1000 + 0.6
        assert not played.beeps


@pytest.mark.long
@pytest.mark.parametrize(
    ("zone", "kind"), ZONES, ids=[f"{kind.name} {zone.where} {zone.pitches}" for zone, kind in ZONES]
)
def test_every_countrys_tones_are_told(zone: NetworkTones, kind: NetworkTone) -> None:
    """Wherever a frame begins, and no beep of them lasts until it counts: E.180's supplement 2."""
    for cut_samples in (40, 120):
        pcm = bytes(2 * cut_samples) + WORD + zone.pcm(12_000)
        played = play(frames(mulaw.from_pcm16(pcm)))
        told = network(played)
        assert {tone for _, tone in told} == {kind}
        assert all(beep.settled_at_s >= told[0][0] for _, beep in played.sounds if isinstance(beep, Beep))


def test_a_tone_that_swells_is_nobodys_voice() -> None:
    """Nobody speaks while it rings, and a voice of that pitch, which does not come again, is no ringing."""
    ringing = wave("413+438", 400, -15) + quiet(200) + wave("413+438", 400, -15) + quiet(2000)
    assert not any(isinstance(sound, SpeechBegan) for _, sound in heard(ringing).sounds)
    hum = heard(wave("425*6", 600, -20))
    assert not network(hum)


def test_the_edges_of_a_tone_do_not_tell_its_pitch() -> None:
    """A mobile's codec has the first frame of each beat, around another carrier each time."""
    watch, told, frame = CadenceWatch(), [], 0
    for carrier_hz in (400, 450, 450) * 3:
        edge = Tone(carrier_hz, beats=True)
        told += [watch.receive_tone(frame + n, Tone(425) if n else edge) for n in range(10)]
        told += [watch.receive_other(frame + n, is_sound=False) for n in range(10, 20)]
        frame += 20
    assert NetworkTone.BUSY in told


def test_what_a_codec_leaves_in_a_pause_is_nobodys_voice() -> None:
    """AMR draws a tone out, some 12 dB below it."""
    pulse = tone((425,), 500) + in_noise(quiet(200), -32) + quiet(300)
    assert {kind for _, kind in network(heard(pulse * 8))} == {NetworkTone.BUSY}


def test_a_mailboxs_beeps_are_not_the_networks() -> None:
    """One of any length, two or three at once; and how long that is doubtful."""
    for hz, length_ms, settles_s in ((440, 400, BUSY_SETTLES_S), (425, 1000, RING_SETTLES_S), (1000, 400, 0)):
        (beep,) = heard(WORD, tone((hz,), length_ms)).beeps
        assert beep.settled_at_s - beep.at_s == pytest.approx(settles_s)
    for count in (2, 3):
        played = heard(WORD, (tone((440,), 150) + quiet(150)) * count)
        assert not network(played)
        assert played.verdict == "beep"


def test_tones_between_words_are_not_the_networks() -> None:
    """Somebody speaks between them."""
    assert not network(heard((tone((440,), 500) + speech(500, seed=2)) * 4))


def test_other_pitches_are_not_the_networks() -> None:
    """E.180 ends at 500 Hz."""
    assert not network(heard((tone((784,), 500) + quiet(500)) * 6))


@pytest.mark.parametrize(
    ("tones", "gap_ms"),
    [
        # ITU-T E.180, at its limits and with its longest gaps.
        (((950, 330), (1400, 330), (1800, 330)), 0),
        (((905, 260), (1355, 260), (1755, 260)), 0),
        (((995, 400), (1445, 400), (1845, 400)), 30),
        # North America: intercept, vacant code, no circuit, reorder.
        (((913.8, 274), (1370.6, 274), (1776.7, 380)), 0),
        (((985.2, 380), (1370.6, 274), (1776.7, 380)), 0),
        (((985.2, 380), (1428.5, 380), (1776.7, 380)), 0),
        (((913.8, 274), (1428.5, 380), (1776.7, 380)), 4),
        (((950, 500), (1400, 500), (1750, 500)), 0),
    ],
)
@pytest.mark.parametrize("noise_dbfs", [None, -40])
def test_special_information_tones_are_told(
    tones: tuple[tuple[float, int], ...], gap_ms: int, noise_dbfs: float | None
) -> None:
    """Once, wherever a frame begins, and no beep with them."""
    information = b"".join(tone((hz,), length_ms) + quiet(gap_ms) for hz, length_ms in tones)
    for cut_samples in (0, 70, 130):
        parts = (quiet(300), information, quiet(200), WORD)
        played = heard(*parts, noise_dbfs=noise_dbfs, cut_samples=cut_samples)
        assert [kind for _, kind in network(played)] == [NetworkTone.INFORMATION]
        assert not played.beeps


@pytest.mark.parametrize(
    "tones",
    [
        ((1800, 330), (1400, 330), (950, 330)),
        ((950, 330), (1400, 330)),
        ((950, 120), (1400, 120), (1800, 120)),
        ((950, 900), (1400, 900), (1800, 900)),
        ((850, 330), (1400, 330), (1800, 330)),
    ],
)
def test_other_tones_in_turn_are_none(tones: tuple[tuple[float, int], ...]) -> None:
    """Another order, pitch or length; or one too few."""
    played = heard(quiet(300), b"".join(tone((hz,), length_ms) for hz, length_ms in tones), quiet(900), WORD)
    assert not network(played)


def test_tones_with_silence_between_them_are_none() -> None:
    """A chime, say."""
    played = heard(quiet(300), b"".join(tone((hz,), 330) + quiet(300) for hz in (950, 1400, 1800)), WORD)
    assert not network(played)
