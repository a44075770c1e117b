"""Going on with a list that an earlier run left: who is done, who comes again, and of whom nobody knows."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Generic

from cartesia_call.calls.dial_list import DialList
from cartesia_call.calls.list_progress import Fate, Progress, RowRules, progress_of
from cartesia_call.calls.list_turns import RowT, RowTurn
from cartesia_call.calls.settling import LIST_IS_WHOLE_S, settle_orphans
from cartesia_call.errors import LedgerError
from cartesia_call.ledger_ports import Ledger, ListJournal
from cartesia_call.ports import Carrier, Clock

logger = logging.getLogger(__name__)

LOOK_S = 5.0
"""Between two looks at attempts whose process is gone and whose call may be up still."""


class Resumption(Generic[RowT]):
    """The rows of list `list_id` that still have to be called, and the attempts that are to be looked into.

    `read` first; `rows` while the list runs, `look_into` beside it. Whoever may have been called and nobody
    knows counts as done, unless `redials_unknown`.
    """

    def __init__(
        self,
        journal: ListJournal,
        clock: Clock,
        rules: RowRules,
        *,
        list_id: str,
        redials_unknown: bool = False,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._rules = rules
        self._list_id = list_id
        self._redials_unknown = redials_unknown
        self._open: dict[int, RowT] = {}
        self._pending: frozenset[int] = frozenset()
        self._dial_list: DialList[RowT] | None = None
        self.progress = Progress()
        """How far earlier runs had come when this one began."""
        self._now = self.progress

    async def read(self) -> Progress:
        """How far earlier runs have come, as the journal knows it."""
        self.progress = self._now = await self._read()
        self._pending = frozenset(
            number for number, begun in self.progress.begun.items() if begun.fate is Fate.OPEN
        )
        return self.progress

    async def _read(self) -> Progress:
        return progress_of(
            await self._journal.row_attempts(self._list_id),
            self._rules,
            redials_unknown=self._redials_unknown,
            utc_now=self._clock.utc_now(),
            now_s=self._clock.now_s(),
        )

    def attend(self, dial_list: DialList[RowT]) -> None:
        """Hand the rows that come again to this list, which has counted those that `read` found done."""
        self._dial_list = dial_list

    def rows(self, all_rows: Iterable[RowT]) -> Iterator[RowT]:
        """Those that were never tried; the others are handed on, or looked into, as they come by."""
        for row in all_rows:
            number = row.number
            if number in self.progress.done:
                continue
            if number not in self.progress.begun:
                yield row
            elif self._is_open(number):
                self._open[number] = row
                self._attended.turns.expected += 1
            else:
                self._found_out(row)

    async def look_into(self, ledger: Ledger, carrier: Carrier, *, account_sid: str, region: str) -> None:
        """Until nothing is open any more."""
        began_at_s = self._clock.now_s()
        gone = [id for number in self._pending for id in self.progress.begun[number].open_ids]
        while any(map(self._is_open, self._pending)):
            is_whole = self._clock.now_s() - began_at_s >= LIST_IS_WHOLE_S
            notes = await settle_orphans(
                ledger,
                carrier,
                self._clock,
                account_sid=account_sid,
                region=region,
                gone=gone if is_whole else (),
            )
            for note in notes:
                logger.info("earlier call %s", note)
            try:
                await self._look_again()
            except LedgerError as error:
                logger.info("the journal could not be read: %s", error)
            await self._clock.sleep(LOOK_S)

    async def _look_again(self) -> None:
        """What has been found out since, of rows that have come by and of those that have not."""
        self._now = await self._read()
        for number in [number for number in self._open if not self._is_open(number)]:
            self._attended.turns.expected -= 1
            self._found_out(self._open.pop(number))

    def _is_open(self, number: int) -> bool:
        begun = self._now.begun.get(number)
        return begun is not None and begun.fate is Fate.OPEN

    def _found_out(self, row: RowT) -> None:
        if row.number in self._now.done:
            self._attended.is_over(self._now.done[row.number])
        else:
            begun = self._now.begun[row.number]
            self._attended.again(RowTurn(row, list(begun.turns), begun.attempts), begun.next_at_s)

    @property
    def _attended(self) -> DialList[RowT]:
        if self._dial_list is None:
            raise ValueError("nobody said which list goes on")
        return self._dial_list
