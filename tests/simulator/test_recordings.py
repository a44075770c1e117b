"""Whose audio is kept."""

from __future__ import annotations

from dataclasses import dataclass

from cartesia_simulator.recordings import Recordings


@dataclass(eq=False)
class Record:
    is_over: bool = True
    audio: bytes = b"audio"

    def forget_audio(self) -> None:
        self.audio = b""


def kept(records: list[Record], at_most: int | None) -> list[bool]:
    recordings = Recordings[Record](at_most)
    for record in records:
        recordings.add(record)
    return [bool(record.audio) for record in records]


def test_the_newest_keep_theirs() -> None:
    """Older ones lose it, in order."""
    assert kept([Record() for _ in range(4)], 2) == [False, False, True, True]


def test_what_is_not_over_keeps_its_own() -> None:
    """Its audio is still being made; it goes once the record is over and the next one comes."""
    running = Record(is_over=False)
    recordings = Recordings[Record](1)
    for record in (running, Record(), Record()):
        recordings.add(record)
    assert running.audio
    running.is_over = True
    recordings.add(Record())
    assert not running.audio


def test_without_a_limit_all_keep_theirs() -> None:
    """As tests and rehearsals want it."""
    assert kept([Record() for _ in range(200)], None) == [True] * 200
