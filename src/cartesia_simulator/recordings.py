"""How much audio a network that runs for long keeps: that of the newest records."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar


class Recording(Protocol):
    """A record with audio that can be dropped once the record is over."""

    @property
    def is_over(self) -> bool:
        """True once nothing is added to it any more."""

    def forget_audio(self) -> None:
        """Drop the audio, keep the rest."""


Kept = TypeVar("Kept", bound=Recording)


class Recordings(Generic[Kept]):
    """The records whose audio is kept: the newest `at_most`, and older ones that are not over; None: all."""

    def __init__(self, at_most: int | None = None) -> None:
        self._at_most = at_most
        self._kept: list[Kept] = []

    def add(self, record: Kept) -> None:
        """A new record; the oldest ones lose their audio in its favour."""
        if self._at_most is None:
            return
        self._kept.append(record)
        for old in self._kept[: max(len(self._kept) - self._at_most, 0)]:
            if old.is_over:
                old.forget_audio()
                self._kept.remove(old)
