"""What a callee's side may bring, played from files: who answered, and what that comes to.

The sounds are made here: tones by arithmetic, speech by syllables; what a telephone network plays is E.180's.
"""

from __future__ import annotations

import wave
from collections.abc import Mapping
from pathlib import Path

import pytest

from cartesia_call.audio.mulaw import to_pcm16
from cartesia_call.telephony.outcomes import Outcome
from cartesia_simulator.callee import parse_callee
from cartesia_simulator.carrier.callee_course import course_of
from cartesia_simulator.carrier.callee_voice import performed
from cartesia_simulator.tones import ToneVoice
from tests.calls.side_by_side import play_all
from tests.conversations.case import case
from tests.conversations.play import Row, play
from tests.listening.synthesis import at_level, mixed, quiet, speech, tone


def _words() -> bytes:
    return speech(3200, seed=8, pitch_hz=190)


def information(*tones: tuple[float, int]) -> bytes:
    return b"".join(tone((hz,), length_ms) for hz, length_ms in tones) + quiet(200) + _words()


def hold_music(seconds: int) -> bytes:
    sounds = course_of(parse_callee(f"hold-music,music:{seconds}s")).sounds[:1]
    return to_pcm16(b"".join(performed(sounds, ToneVoice())))


def offset(pcm: bytes, value: int) -> bytes:
    """`pcm` on a constant of that value."""
    return mixed(pcm, value.to_bytes(2, "little") * 800)


def _sounds() -> Mapping[str, bytes]:
    """By name; made when they are played: making them takes half a second of the processor."""
    hello = speech(800, seed=5, pitch_hz=200)
    us_ringing = tone((440, 480), 2000) + quiet(4000)
    question = quiet(500) + speech(3000, seed=21, pitch_hz=180)
    single_tone = tone((1000,), 300)
    greeting = speech(9000, seed=30, pitch_hz=190)
    picked_up = quiet(1500) + hello + quiet(500)
    words = _words()
    return {
        "us-busy": quiet(300) + (tone((480, 620), 500) + quiet(500)) * 20,
        "german-busy": quiet(300) + (tone((425,), 480) + quiet(480)) * 20,
        "reorder": quiet(300) + (tone((480, 620), 250) + quiet(250)) * 40,
        "word-then-rings": speech(1500, seed=3)
        + quiet(500)
        + (tone((425,), 1000) + quiet(4000)) * 4
        + picked_up,
        "announcement": words,
        "announced-twice": (words + quiet(1500)) * 2,
        "sit": information((914, 330), (1371, 330), (1777, 330)),
        "sit-north-america": information((913.8, 274), (1370.6, 274), (1776.7, 380)),
        "please-hold-then-rings": words + us_ringing * 3 + picked_up,
        "recorded-line": hello + quiet(4000) + (tone((1400,), 200) + quiet(12800)) * 4,
        "please-hold-then-music": words + quiet(300) + hold_music(30) + picked_up,
        "one-moment-then-music": speech(1200, seed=4) + quiet(1500) + hold_music(30) + picked_up,
        "only-music": hold_music(130),
        "mailbox": greeting + quiet(500) + tone((700,), 420),
        "short-mailbox": speech(4000, seed=31) + quiet(500) + tone((700,), 420),
        "asks": question + single_tone + quiet(8000) + hello + quiet(500),
        "asks-in-vain": question + single_tone,
        "asks-then-mailbox": question + single_tone + quiet(9000) + greeting + quiet(500) + tone((700,), 420),
        "asks-on": question + single_tone + quiet(9000) + greeting,
        "quiet-hello-on-an-offset": offset(quiet(400) + at_level(hello, -34) + quiet(8000), 600),
    }


LEAVE, SKIP = "--voicemail leave", "--voicemail skip"
IDENTIFY = "--identify 'Acme, about your server'"
BUSY, DELIVERED, LEFT, SKIPPED = (
    Outcome.BUSY,
    Outcome.DELIVERED,
    Outcome.VOICEMAIL_LEFT,
    Outcome.VOICEMAIL_SKIPPED,
)
UNREACHABLE = Outcome.UNREACHABLE

EXPECTED: tuple[tuple[str, str, Outcome, bool | None], ...] = (
    ("us-busy", LEAVE, BUSY, None),
    ("german-busy", SKIP, BUSY, None),
    ("german-busy", f"{LEAVE} --greeting wait", BUSY, None),
    ("reorder", LEAVE, BUSY, None),
    ("word-then-rings", LEAVE, DELIVERED, None),
    ("announcement", LEAVE, SKIPPED, False),
    ("announcement", f"{LEAVE} --voicemail-beep optional", LEFT, False),
    ("announced-twice", LEAVE, SKIPPED, False),
    ("sit", LEAVE, UNREACHABLE, None),
    ("sit", SKIP, UNREACHABLE, None),
    ("sit-north-america", LEAVE, UNREACHABLE, None),
    ("please-hold-then-rings", LEAVE, DELIVERED, None),
    ("recorded-line", LEAVE, DELIVERED, None),
    ("recorded-line", SKIP, DELIVERED, None),
    ("please-hold-then-music", LEAVE, DELIVERED, None),
    ("one-moment-then-music", LEAVE, DELIVERED, None),
    ("one-moment-then-music", SKIP, DELIVERED, None),
    ("only-music", LEAVE, Outcome.NO_ANSWER, None),
    ("only-music", SKIP, SKIPPED, None),
    ("mailbox", LEAVE, LEFT, True),
    ("mailbox", SKIP, SKIPPED, None),
    ("mailbox", f"{LEAVE} {IDENTIFY}", LEFT, True),
    ("short-mailbox", LEAVE, LEFT, True),
    ("asks", LEAVE, DELIVERED, None),
    ("asks", SKIP, DELIVERED, None),
    ("asks", IDENTIFY, DELIVERED, None),
    ("asks", f"{LEAVE} {IDENTIFY}", DELIVERED, None),
    ("asks", f"{SKIP} {IDENTIFY}", DELIVERED, None),
    ("asks-in-vain", SKIP, SKIPPED, True),
    ("asks-then-mailbox", f"{LEAVE} {IDENTIFY}", LEFT, True),
    ("asks-then-mailbox", f"{SKIP} {IDENTIFY}", SKIPPED, True),
    ("asks-on", f"{LEAVE} {IDENTIFY}", SKIPPED, True),
    ("quiet-hello-on-an-offset", LEAVE, DELIVERED, None),
)
"""What is played, what is asked, what it comes to, and `beep`."""


@pytest.mark.long
async def test_what_is_heard_comes_to_what_it_is(tmp_path: Path) -> None:
    """Whoever comes hears the message from its first word to its last; who announces or plays is nobody."""
    sounds = _sounds()
    for name, pcm in sounds.items():
        with wave.open(str(tmp_path / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(pcm)
    cases = [
        case(f"answers,plays:{tmp_path / name}.wav", options, outcome, "")
        for name, options, outcome, _ in EXPECTED
    ]
    rows = await play_all(play, cases)
    wrong = [
        f"{name} {options}: {told}, not {wanted}"
        for (name, options, outcome, beep), row in zip(EXPECTED, rows, strict=True)
        if (told := _told(row)) != (wanted := (outcome, beep, "message" if outcome is DELIVERED else ""))
    ]
    assert not wrong, "\n".join(wrong)
    assert {name for name, *_ in EXPECTED} == set(sounds)


def _told(row: Row) -> tuple[Outcome | None, bool | None, str]:
    """The outcome, the beep, and the last that a person heard."""
    outcome = row.result.outcome
    return outcome, row.result.beep, row.heard.split(", ")[-1] if outcome is DELIVERED else ""
