"""What a network that runs for long keeps: the audio of the newest records, and records for a while."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

FORGOTTEN_AFTER_S = 60.0
"""When nobody asks for a call any more that is over: whoever lost the answer that placed one looks for it
while it could still ring, and price and notes are asked for soon."""


class Recording(Protocol):
    """A record with audio that can be dropped once the record is over."""

    @property
    def is_over(self) -> bool:
        """True once nothing is added to it any more."""

    def forget_audio(self) -> None:
        """Drop the audio, keep the rest."""


Kept = TypeVar("Kept", bound=Recording)


class Recordings(Generic[Kept]):
    """The records whose audio is kept: the newest `at_most`, and older ones that are not over; None: all.

    With `forget` a record is handed to it so many seconds after it has lost its audio: `forgets_after_s` of
    the clock that `now_s` reads. `count` is of all that were ever added.
    """

    def __init__(
        self,
        at_most: int | None = None,
        *,
        forgets_after_s: float | None = None,
        forget: Callable[[Kept], object] | None = None,
        now_s: Callable[[], float] = float,
    ) -> None:
        self._at_most = at_most
        self._forgets_after_s = forgets_after_s
        self._forget = forget
        self._now_s = now_s
        self._kept: list[Kept] = []
        self._silent: deque[tuple[float, Kept]] = deque()
        """Without audio, and when that was; the oldest first."""
        self.count = 0

    def add(self, record: Kept) -> None:
        """A new record; the oldest ones lose their audio in its favour."""
        self.count += 1
        if self._at_most is None:
            return
        self._kept.append(record)
        for old in self._kept[: max(len(self._kept) - self._at_most, 0)]:
            if old.is_over:
                old.forget_audio()
                self._kept.remove(old)
                if self._forgets_after_s is not None:
                    self._silent.append((self._now_s(), old))
        self._forget_old()

    def _forget_old(self) -> None:
        if self._forget is None or self._forgets_after_s is None:
            return
        now_s = self._now_s()
        while self._silent and self._silent[0][0] + self._forgets_after_s <= now_s:
            self._forget(self._silent.popleft()[1])
