"""Going on with a list that an earlier run left: who is done, who comes again, and of whom nobody knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Generic

from cartesia_call.calls.dial_list import DialList
from cartesia_call.calls.list_progress import Fate, Progress, RowRules, progress_of
from cartesia_call.calls.list_turns import RowT, RowTurn
from cartesia_call.calls.settling import LIST_IS_WHOLE_S, LOOK_S, CutOff, cut_old_numbers, settle_orphans
from cartesia_call.errors import LedgerError
from cartesia_call.ledger_ports import Ledger, ListJournal, RowAttempt
from cartesia_call.loggers import logger_of
from cartesia_call.ports import Carrier, Clock
from cartesia_call.telephony.outcomes import Outcome

logger = logger_of(__name__)

PATIENCE_S = 2 * LIST_IS_WHOLE_S
"""For an answer about a call, once it cannot be up any more: a carrier that is down holds up no list."""


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
        self._pending: set[int] = set()
        self._dial_list: DialList[RowT] | None = None
        self.progress = Progress()
        """How far earlier runs had come when this one began."""
        self._found = Progress()
        """What has become since of those that were open then."""

    async def read(self) -> Progress:
        """How far earlier runs have come, as the journal knows it."""
        self.progress = Progress()
        async for attempts in self._journal.attempts_in_pieces(self._list_id):
            some = self._progress(attempts)
            self.progress.done.update(some.done)
            self.progress.begun.update(some.begun)
        begun = self.progress.begun.items()
        self._pending = {number for number, one in begun if one.fate is Fate.OPEN}
        return self.progress

    def _progress(self, attempts: Sequence[RowAttempt]) -> Progress:
        return progress_of(
            attempts,
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
            elif number in self._pending:
                self._open[number] = row
                self._attended.turns.expected += 1
            else:
                self._found_out(row)

    async def look_into(
        self,
        ledger: Ledger,
        carrier: Carrier,
        *,
        account_sid: str,
        region: str,
        tell: Callable[[CutOff], None] = lambda _: None,
    ) -> None:
        """Settle what earlier runs left, until no row of this list is open any more, or nobody finds out.

        `tell` is called for calls that were made for no row of this list.
        """
        began_at_s = self._clock.now_s()
        gone = [id for number in self._pending for id in self.progress.begun[number].open_ids]
        give_up_at_s = began_at_s + await self._patience_s(ledger, gone, account_sid, region)
        while True:
            now_s = self._clock.now_s()
            settled = await settle_orphans(
                ledger,
                carrier,
                self._clock,
                account_sid=account_sid,
                region=region,
                gone=gone if now_s - began_at_s >= LIST_IS_WHOLE_S else (),
                tell=lambda cut_off: None if cut_off.id in gone else tell(cut_off),
            )
            for note in settled.notes:
                logger.info("earlier call %s", note)
            await self._look_again()
            if now_s >= give_up_at_s:
                self._give_up()
            if not self._pending:
                break
            await self._clock.sleep(LOOK_S)
        await cut_old_numbers(ledger, self._clock)

    async def _patience_s(self, ledger: Ledger, gone: Sequence[str], account_sid: str, region: str) -> float:
        """Until a call cannot be up any more, and then some; none where these credentials cannot see any."""
        try:
            orphans = [orphan for orphan in await ledger.orphans() if orphan.id in gone]
        except LedgerError as error:
            logger.info("the ledger could not be read: %s", error)
            return PATIENCE_S
        own = [orphan for orphan in orphans if (orphan.account_sid, orphan.region) == (account_sid, region)]
        if orphans and not own:
            logger.info("the calls of an earlier run were another account's or region's: nobody can look")
            return 0.0
        now = self._clock.utc_now()
        left_s = [orphan.time_limit_s - (now - orphan.created_at).total_seconds() for orphan in own]
        return max([0.0, *left_s]) + PATIENCE_S

    async def _look_again(self) -> None:
        """What has been found out since, of rows that have come by and of those that have not."""
        if not self._pending:
            return
        try:
            progress = self._progress(await self._journal.attempts_of(self._list_id, self._pending))
        except LedgerError as error:
            logger.info("the journal could not be read: %s", error)
            return
        self._found.done.update(progress.done)
        self._found.begun.update(
            {number: begun for number, begun in progress.begun.items() if begun.fate is not Fate.OPEN}
        )
        self._pending -= {*self._found.done, *self._found.begun}
        self._hand_on()

    def _give_up(self) -> None:
        """Nobody can tell what became of those that are open: as after a look that found nothing."""
        for number in self._pending:
            if self._redials_unknown:
                self._found.begun[number] = replace(self.progress.begun[number], fate=Fate.AGAIN)
            else:
                self._found.done[number] = Outcome.UNKNOWN
        self._pending.clear()
        self._hand_on()

    def _hand_on(self) -> None:
        for number in [number for number in self._open if number not in self._pending]:
            self._attended.turns.expected -= 1
            self._found_out(self._open.pop(number))

    def _found_out(self, row: RowT) -> None:
        number = row.number
        if number in self._found.done:
            self._attended.is_over(self._found.done[number])
        else:
            begun = self._found.begun.get(number) or self.progress.begun[number]
            self._attended.again(RowTurn(row, list(begun.turns), begun.attempts), begun.next_at_s)

    @property
    def _attended(self) -> DialList[RowT]:
        if self._dial_list is None:
            raise ValueError("nobody said which list goes on")
        return self._dial_list
