"""Whose turn it is on a dial list: rows that come for the first time, and rows that come again."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import field
from typing import Generic, Protocol, TypeVar

from cartesia_call.calls.list_progress import RowRules
from cartesia_call.policy.retry import Turn
from cartesia_call.records import dataclass


class Row(Protocol):
    """One row: `number` counts from 1 in the order of the file; `to` is an E.164 number or a SIP address."""

    @property
    def number(self) -> int: ...

    @property
    def to(self) -> str: ...


RowT = TypeVar("RowT", bound=Row)


@dataclass
class RowTurn(Generic[RowT]):
    """A row in the run: its turns so far, how many attempts the journal has seen of it, and since when it
    waits for the end of another call to its number, if it does.

    `list_id` and `rules` are those of its list, where a run calls several.
    """

    row: RowT
    turns: list[Turn] = field(default_factory=list)
    attempts: int = 0
    waits_since_s: float | None = None
    list_id: str | None = None
    rules: RowRules | None = None


class ListTurns(Generic[RowT]):
    """`rows` are taken one by one, when somebody can call them; who is due again comes before them."""

    def __init__(self, rows: Iterator[RowT]) -> None:
        self._rows = rows
        self._has_more = True
        self._again: list[tuple[float, int, RowTurn[RowT]]] = []
        self._order = itertools.count()
        self.expected = 0
        """So many rows are being looked into, and may come again."""

    def next(self, now_s: float) -> RowTurn[RowT] | None:
        """Whose turn it is now; None: nobody's, yet or at all."""
        if self._again and self._again[0][0] <= now_s:
            return heapq.heappop(self._again)[-1]
        row = next(self._rows, None) if self._has_more else None
        self._has_more = row is not None
        return None if row is None else RowTurn(row)

    def put_back(self, turn: RowTurn[RowT], at_s: float) -> None:
        """The row comes again, not before `at_s`."""
        heapq.heappush(self._again, (at_s, next(self._order), turn))

    def left(self, turn: RowTurn[RowT]) -> None:
        """Nobody is at work with the row any more: it was called, put back, or not come to."""

    @property
    def waiting(self) -> int:
        """How many rows come again."""
        return len(self._again)

    @property
    def due_s(self) -> float | None:
        """When the first of them does; None: nobody."""
        return self._again[0][0] if self._again else None

    @property
    def is_over(self) -> bool:
        """Nobody comes any more."""
        return not (self._has_more or self._again or self.expected)
