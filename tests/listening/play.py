"""Plays audio to the detector and the judge as a call would: frame by frame, in the call's time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from cartesia_call.audio.mulaw import BYTES_PER_S, FRAME_BYTES
from cartesia_call.listening.detector import Listener
from cartesia_call.listening.greeting import Answered, GreetingJudge, Guess
from cartesia_call.listening.limits import RING_SETTLES_S
from cartesia_call.listening.sounds import Beep, NetworkHeard, Sound


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What came of it: sounds with the time at which each was told, and the guesses."""

    sounds: tuple[tuple[float, Sound], ...]
    guesses: tuple[Guess, ...]

    @property
    def beeps(self) -> list[Beep]:
        """The beeps alone, without those that turned out to be the network's."""
        settled_s = max(
            (told_s for told_s, sound in self.sounds if isinstance(sound, NetworkHeard)), default=0.0
        )
        return [sound for _, sound in self.sounds if isinstance(sound, Beep) and sound.at_s >= settled_s]

    @property
    def verdict(self) -> str:
        """The last guess, as the table's columns name it."""
        if not self.guesses:
            return "none"
        last = self.guesses[-1]
        return "beep" if last.kind == "machine" and last.may_record else str(last.kind)

    @property
    def verdict_at_s(self) -> float:
        """When the last guess was made, sure or not: that it has become sure is no other verdict."""
        at_s, last = float("inf"), None
        for guess in self.guesses:
            if (guess.kind, guess.may_record) != last:
                at_s, last = guess.at_s, (guess.kind, guess.may_record)
        return at_s


def hangs_up_at_s(heard: Heard, *, is_sure: bool) -> float | None:
    """When `--voicemail skip` ends the call of a long message, with `--amd auto` (`is_sure`) or `local`.

    A beep ends none before it is known not to be the network's tone.
    """
    machine = {Answered.MACHINE, Answered.SCREENING, Answered.FAX}
    network_s = [told_s for told_s, sound in heard.sounds if isinstance(sound, NetworkHeard)]
    for guess in heard.guesses:
        is_beep = guess.kind is Answered.MACHINE and guess.may_record
        is_network = any(guess.at_s <= told_s <= guess.at_s + RING_SETTLES_S for told_s in network_s)
        if guess.kind in machine and guess.is_sure >= is_sure and not (is_beep and is_network):
            return guess.at_s
    return None


def frames(audio: bytes, *, frame_bytes: int = FRAME_BYTES) -> Iterator[tuple[bytes, float]]:
    """Mu-law in frames, each with the time at which it has come."""
    for start in range(0, len(audio), frame_bytes):
        frame = audio[start : start + frame_bytes]
        yield frame, (start + len(frame)) / BYTES_PER_S


def lossy(audio: bytes, share: float, *, seed: int = 1) -> Iterator[tuple[bytes, float]]:
    """The same with a share of the frames missing."""
    source = random.Random(seed)
    return ((frame, at_s) for frame, at_s in frames(audio) if source.random() >= share)


def play(coming: Iterator[tuple[bytes, float]], *, until_s: float = 0.0) -> Heard:
    """Detector and judge on what comes; up to `until_s` they wait for more. The answer is at 0."""
    listener, judge = Listener(), GreetingJudge(0.0)
    sounds: list[tuple[float, Sound]] = []

    def judge_sounds(now_s: float) -> None:
        for sound in listener.sounds():
            sounds.append((now_s, sound))
            judge.receive_sound(sound, now_s)
        judge.check(now_s)

    for frame, at_s in coming:
        listener.receive_audio(frame, at_s)
        judge_sounds(at_s)
    while True:
        deadlines_s = [
            at_s for at_s in (listener.next_deadline_s(), judge.next_deadline_s()) if at_s is not None
        ]
        if not deadlines_s or min(deadlines_s) > until_s:
            return Heard(sounds=tuple(sounds), guesses=tuple(judge.guesses()))
        listener.check(min(deadlines_s))
        judge_sounds(min(deadlines_s))
