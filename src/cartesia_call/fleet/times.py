"""The database's clock, as seen from here."""

from __future__ import annotations

MOST_DOUBT_S = 0.01
"""Ways that take longer than that in all are rarely longer there than back by so much."""

FORGETS = 1.02
"""With each answer the best one so far counts as a little worse: clocks drift."""


class Times:
    """How far the database's clock is ahead of this machine's: by the answer that took the least time, as if
    the way there had taken half of it."""

    def __init__(self) -> None:
        self._ahead_s = 0.0
        self._took_s = float("inf")

    def compare(self, there_s: float, asked_at_s: float, answered_at_s: float) -> None:
        """It was `there_s` in the database some time between these moments here."""
        self._took_s *= FORGETS
        took_s = answered_at_s - asked_at_s
        if took_s <= self._took_s:
            self._took_s = took_s
            self._ahead_s = there_s - (asked_at_s + answered_at_s) / 2

    @property
    def doubt_s(self) -> float:
        """By so much the comparison may be wrong: the whole way there may have taken none of the time."""
        return min(self._took_s / 2, MOST_DOUBT_S)

    def there_s(self, here_s: float) -> float:
        """The moment there that is `here_s` here. Meaningless before the first comparison."""
        return here_s + self._ahead_s

    def here_s(self, there_s: float) -> float:
        """The moment here that is `there_s` there. Meaningless before the first comparison."""
        return there_s - self._ahead_s
