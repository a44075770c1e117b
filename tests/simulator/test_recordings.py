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


def test_what_lost_its_audio_is_forgotten_later() -> None:
    """So long after that, when another comes; what goes on still is not."""
    now_s, forgotten = 0.0, list[Record]()
    recordings = Recordings[Record](0, forgets_after_s=10, forget=forgotten.append, now_s=lambda: now_s)
    first, running, third = Record(), Record(is_over=False), Record()
    recordings.add(first)
    recordings.add(running)
    now_s = 9.9
    recordings.add(third)
    assert forgotten == []
    assert not first.audio
    now_s = 10
    recordings.add(Record())
    assert forgotten == [first]
    now_s = 100
    recordings.add(Record())
    assert running not in forgotten
    assert forgotten[:2] == [first, third]
    assert recordings.count == 5


def test_without_a_limit_all_keep_theirs() -> None:
    """As tests and rehearsals want it."""
    assert kept([Record() for _ in range(200)], None) == [True] * 200
