"""What is played: prompts, greetings made of them, hold music, and the world's network tones."""

from __future__ import annotations

import audioop
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.debian_sounds import Recording, music, prompts, voices
from cartesia_call.audio.waves import rms
from cartesia_call.listening.levels import SOUND_RMS
from tests.listening import tone_zones
from tests.listening.synthesis import quiet

MUSIC, TONES = "music", "tones"
"""Sources besides the voices."""
WINDOW_MS, WINDOW_STEP_MS, SHORTEST_WINDOW_MS = 40_000, 20_000, 10_000
LEVELS_DB = (-3, 0, 2, 4, 6, 8, 10)
"""Of a beep, above the greeting."""
MAILBOXES = ("4711", "2038", "5596")
_SHORT_S, _LONG_S = 2.0, 3.0
"""A prompt that sounds for up to so long passes for a person's hello, from so long on for a machine; the
detector's own threshold, 2.4 s, lies between."""
_BEFORE_MS, _BEHIND_MS = 500, 6000
_TONE_MS = 18_000
_FRAME_BYTES = 320
_NO_SPEECH = frozenset(
    {"beep", "beeperr", "ascending-2tone", "descending-2tone", "confbridge-leave", "tt-monkeys"}
)
"""Prompts that nobody says: tones, and a horde of monkeys. Those of the folder `silence` are silent."""
_ENGLISH = "en_US_f_Allison"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """`pcm` is judged rightly by a verdict of `truth`."""

    row: str
    name: str
    pcm: bytes
    truth: frozenset[str]


def sources(folder: Path) -> list[str]:
    """What there is to be played, in parts of a like size."""
    return [*(voice.name for voice in voices(folder)), MUSIC, TONES]


def samples_of(folder: Path, source: str) -> Iterator[Sample]:
    """All samples of one source, row by row."""
    by_name = {voice.name: voice for voice in voices(folder)}
    if source == MUSIC:
        yield from _windows(folder)
        return
    said = {recording.name: recording for recording in prompts(by_name.get(source, by_name[_ENGLISH]))}
    if source == TONES:
        yield from _tones(said)
        return
    yield from sorted(_prompts(said), key=lambda sample: sample.row, reverse=True)
    yield from _greetings(source, said)


def _prompts(said: dict[str, Recording]) -> Iterator[Sample]:
    for recording in said.values():
        sounds_s = _sounds_s(recording.pcm)
        if sounds_s == 0 or recording.name in _NO_SPEECH:
            continue
        if sounds_s <= _SHORT_S:
            row, truth = "prompt of up to 2 s", "human"
        elif sounds_s >= _LONG_S:
            row, truth = "prompt of 3 s or more", "screening"
        else:
            row, truth = "prompt of 2 to 3 s", "human screening"
        yield _sample(row, recording, quiet(_BEFORE_MS) + recording.pcm + quiet(_BEHIND_MS), truth)


def _sounds_s(pcm: bytes) -> float:
    """From the first sound to the last."""
    starts = range(0, len(pcm) - _FRAME_BYTES + 1, _FRAME_BYTES)
    loud = [start for start in starts if rms(pcm[start : start + _FRAME_BYTES]) >= SOUND_RMS]
    return (loud[-1] - loud[0] + _FRAME_BYTES) / 16_000 if loud else 0.0


def _greetings(source: str, said: dict[str, Recording]) -> Iterator[Sample]:
    """The person at extension 4711 is unavailable; please leave your message after the tone; the tone."""
    beep = said["beep"].pcm
    for level_db in LEVELS_DB:
        for number in MAILBOXES:
            names = "vm-theperson", *(f"digits/{digit}" for digit in number), "vm-isunavail", "vm-intro"
            words = b"".join(said[name].pcm for name in names)
            gain = _level(words) / _level(beep) * math.pow(10, level_db / 20)
            pcm = quiet(_BEFORE_MS) + words + audioop.mul(beep, 2, gain) + quiet(_BEHIND_MS)
            name = f"{source}, {number}"
            yield Sample(
                row=f"greeting, beep of {level_db:+} dB", name=name, pcm=pcm, truth=frozenset({"beep"})
            )


def _level(pcm: bytes) -> float:
    """The mean level of what is sound in it."""
    frames = (pcm[start : start + _FRAME_BYTES] for start in range(0, len(pcm), _FRAME_BYTES))
    loud = [level for frame in frames if (level := rms(frame)) >= SOUND_RMS]
    return sum(loud) / len(loud)


def _windows(folder: Path) -> Iterator[Sample]:
    for recording in music(folder):
        length_ms = len(recording.pcm) // 16
        for number, start_ms in enumerate(range(0, length_ms - SHORTEST_WINDOW_MS, WINDOW_STEP_MS)):
            pcm = recording.pcm[16 * start_ms : 16 * (start_ms + WINDOW_MS)]
            named = Recording(voice=recording.voice, name=f"{recording.name} {number}", pcm=pcm)
            yield _sample("hold music, 40 s", named, pcm, "machine human screening unknown none")


def _tones(said: dict[str, Recording]) -> Iterator[Sample]:
    befores = (
        ("", quiet(_BEFORE_MS)),
        (" behind a word", quiet(_BEFORE_MS) + said["hello"].pcm + quiet(800)),
        (" behind an announcement", quiet(_BEFORE_MS) + said["pls-hold-while-try"].pcm + quiet(800)),
    )
    for kind, truth, zones in (
        ("ringing tone", "ringing", tone_zones.RINGING),
        ("busy tone", "busy", tone_zones.BUSY),
        ("congestion tone", "busy", tone_zones.CONGESTION),
    ):
        for where, before in befores:
            for zone in zones:
                for late_samples in (0, 40, 80, 120):
                    pcm = bytes(2 * late_samples) + before + zone.pcm(_TONE_MS)
                    row, name = f"{kind}{where}", f"{zone.where} ({zone.pitches} Hz)"
                    yield Sample(row=row, name=name, pcm=pcm, truth=frozenset({truth}))


def _sample(row: str, recording: Recording, pcm: bytes, truth: str) -> Sample:
    name = f"{recording.name} ({recording.voice})"
    return Sample(row=row, name=name, pcm=pcm, truth=frozenset(truth.split()))
