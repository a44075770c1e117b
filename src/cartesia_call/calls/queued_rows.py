"""A worker: takes rows of queued lists, has them called, and says what becomes of each."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from cartesia_call.calls.dial_list import DialList, Told
from cartesia_call.calls.list_progress import Fate, RowRules, progress_of
from cartesia_call.calls.list_turns import ListTurns, RowTurn
from cartesia_call.calls.queued_admission import CUT_OFF_S, Errands, QueueAdmission
from cartesia_call.calls.settling import LIST_IS_WHOLE_S, LOOK_S, settle_orphans
from cartesia_call.errors import CartesiaCallError, LedgerError, PlaceClaimed, QueueNewer, QueueUnreachable
from cartesia_call.fleet_ports import QueuedList, QueuedRow, RowQueue, Verdict
from cartesia_call.ledger_ports import Ledger
from cartesia_call.leg.plan import CallPlan
from cartesia_call.loggers import logger_of
from cartesia_call.policy.withheld import Rule, Withheld
from cartesia_call.ports import Carrier, Clock
from cartesia_call.records import dataclass
from cartesia_call.telephony.outcomes import Outcome

logger = logger_of(__name__)

IDLE_S = 1.0
"""Between two looks for lists and rows while there is nothing to do."""

READY = 8
"""Rows that were taken and not begun, so that a free place never waits for the database."""

HEARTBEAT_S = 4.0
FENCED_BEAT_S = 0.5
"""While nothing may be placed for want of one."""
FENCED_S = 10.0
"""As in fleet/liveness.py: a worker without an answer for so long places nothing, for others may."""

PATIENCE_S = 2 * LIST_IS_WHOLE_S
"""For an answer about a call, once it cannot be up any more."""

_NOT_MADE = {kind.__name__ for kind in (LedgerError, QueueUnreachable, PlaceClaimed)}
"""Errors of an attempt that was never made: its row was not claimed."""


@dataclass(frozen=True, kw_only=True)
class ServedList:
    """How the rows of a queued list are called."""

    rules: RowRules
    plan_for: Callable[[QueuedRow, int], CallPlan]
    withholds: Callable[[QueuedRow], Withheld | None]


class QueueTurns(ListTurns[QueuedRow]):
    """Rows that were taken from the queue. What comes again goes back there, by whoever has `left`."""

    def __init__(self, left: Callable[[RowTurn[QueuedRow], float | None], None]) -> None:
        super().__init__(iter(()))
        self._left = left
        self._ready: deque[RowTurn[QueuedRow]] = deque()
        self._at_s: dict[int, float] = {}
        self.is_closed = False

    def offer(self, turn: RowTurn[QueuedRow]) -> None:
        """It is the row's turn, as soon as there is room."""
        self._ready.append(turn)

    @property
    def ready(self) -> int:
        """How many rows wait for room."""
        return len(self._ready)

    def next(self, now_s: float) -> RowTurn[QueuedRow] | None:
        """Whose turn it is now."""
        return self._ready.popleft() if self._ready else None

    def put_back(self, turn: RowTurn[QueuedRow], at_s: float) -> None:
        """The row comes again, not before `at_s`: it goes back into the queue."""
        self._at_s[id(turn)] = at_s

    def left(self, turn: RowTurn[QueuedRow]) -> None:
        """Nobody here is at work with the row any more."""
        self._left(turn, self._at_s.pop(id(turn), None))

    def give_up(self) -> None:
        """Rows that nobody has begun with go back."""
        while self._ready:
            self.left(self._ready.popleft())

    @property
    def waiting(self) -> int:
        """None comes again here."""
        return 0

    @property
    def due_s(self) -> float | None:
        """Whoever offers a row says so."""
        return None

    @property
    def is_over(self) -> bool:
        """Nobody comes any more."""
        return self.is_closed and not self._ready


class Worker:
    """Serves the lists of `queue`; `order_of` says how the rows of one are called. `turns`, `plan_for`,
    `withholds` and `tell` are for the DialList that calls them; `beat`, `feed` and `tend` run beside it."""

    def __init__(
        self,
        queue: RowQueue,
        clock: Clock,
        order_of: Callable[[QueuedList], ServedList],
        *,
        told: Callable[[Told[QueuedRow]], None],
    ) -> None:
        self._queue = queue
        self._clock = clock
        self._order_of = order_of
        self._tell_others = told
        self.errands = Errands(clock)
        self.turns = QueueTurns(self._left)
        self._orders: dict[str, ServedList] = {}
        self._known: dict[str, QueuedList] = {}
        self._told: dict[int, Told[QueuedRow]] = {}
        self.admission: QueueAdmission | None = None
        self._dial_list: DialList[QueuedRow] | None = None
        self._beat_at_s = clock.now_s()
        self._beat_at_utc_s = clock.utc_now().timestamp()
        self._gone_since_s: dict[str, float] = {}
        self.outdated: QueueNewer | None = None
        """Why this worker calls nobody else: a newer release has changed the queue."""

    # --- for the list that calls -----------------------------------------------------------------

    def attend(self, dial_list: DialList[QueuedRow]) -> None:
        """It calls the rows."""
        self._dial_list = dial_list

    def drain(self) -> None:
        """No other row is called; rows that were taken and not begun go back when the list has ended."""
        self.turns.is_closed = True
        if self._dial_list is not None:
            self._dial_list.drain()

    def plan_for(self, row: QueuedRow, attempt: int) -> CallPlan:
        """The plan of the `attempt`-th call of a row, by its own list's settings."""
        return self._orders[row.list_id].plan_for(row, attempt)

    def withholds(self, row: QueuedRow) -> Withheld | None:
        """What keeps the row from being called, now or for ever."""
        if row.withheld is not None:
            return Withheld(rule=Rule.DO_NOT_CALL, detail=row.withheld, until=None)
        return self._orders[row.list_id].withholds(row)

    def tell(self, told: Told[QueuedRow]) -> None:
        """An attempt is over."""
        self._told[told.row.job_id] = told
        self._tell_others(told)

    @property
    def is_fenced(self) -> bool:
        """Whether others may count this worker as gone, and call its rows: then it places nothing."""
        silent_s = self._clock.now_s() - self._beat_at_s
        # A machine that slept has a monotonic clock that slept with it.
        silent_utc_s = self._clock.utc_now().timestamp() - self._beat_at_utc_s
        return max(silent_s, silent_utc_s) > FENCED_S

    async def in_time(self, to: str) -> None:
        """Wait until a call that was let in is to be placed. LedgerError if no moment can be had."""
        if self.admission is not None:
            await self.admission.in_time(to)

    def answered(self, to: str) -> None:
        """The request for that call is over."""
        if self.admission is not None:
            self.admission.answered(to)

    def not_placed(self, to: str) -> None:
        """None was sent."""
        if self.admission is not None:
            self.admission.not_placed(to)

    # --- what goes on beside the calls -------------------------------------------------------------

    async def beat(self) -> None:
        """Signs of life, for as long as this runs."""
        while True:
            asked_at_s, asked_at_utc_s = self._clock.now_s(), self._clock.utc_now().timestamp()
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    await self._queue.beat()
            except QueueNewer as error:
                self._beat_at_s, self._beat_at_utc_s = asked_at_s, asked_at_utc_s
                self.outdated = error
                self.drain()
            except (LedgerError, TimeoutError) as error:
                logger.info("no sign of life could be given: %s", error)
            else:
                self._beat_at_s, self._beat_at_utc_s = asked_at_s, asked_at_utc_s
            await self._clock.sleep(FENCED_BEAT_S if self.is_fenced else HEARTBEAT_S)

    async def feed(self) -> None:
        """Take rows while there is room for them."""
        while True:
            try:
                took = await self._feed_once()
            except LedgerError as error:
                logger.info("cut off from the queue: %s", error)
                took = False
            except CartesiaCallError:
                logger.exception("a list cannot be called here")
                took = False
            await self._clock.sleep(0 if took else IDLE_S if not self.turns.ready else IDLE_S / 10)

    async def _feed_once(self) -> bool:
        """Whether any row was taken."""
        if self._must_not_take:
            return False
        took = False
        for queued in await self._queue.open_lists():
            if self._known.get(queued.id) != queued:  # who goes on with a list may do so in another way
                self._orders[queued.id] = self._order_of(queued)
                self._known[queued.id] = queued
            if self._must_not_take:
                break
            row = await self._queue.take(queued.id)
            if row is not None:
                took = True
                self._look_at(row)
        return took

    @property
    def _must_not_take(self) -> bool:
        dial_list = self._dial_list
        return dial_list is None or dial_list.is_stopping or self.turns.ready >= READY or self.is_fenced

    def _look_at(self, row: QueuedRow) -> None:
        """What is to become of a row that was just taken."""
        rules = self._orders[row.list_id].rules
        turn = RowTurn(row, list_id=row.list_id, rules=rules)
        now_s = self._clock.now_s()
        if row.attempts:
            utc_now = self._clock.utc_now()
            is_asked_for = row.attempts[-1].attempt == row.again_after
            progress = progress_of(
                row.attempts, rules, redials_unknown=is_asked_for, utc_now=utc_now, now_s=now_s
            )
            begun = progress.begun.get(row.number)
            if begun is None:
                self._done(row)
                return
            if begun.fate is Fate.OPEN:
                self._again(row, LOOK_S)
                return
            if begun.next_at_s > now_s:
                self._again(row, begun.next_at_s - now_s, tells=True)
                return
            turn = replace(turn, turns=list(begun.turns), attempts=begun.attempts)
        self.turns.offer(turn)
        if self._dial_list is not None:
            self._dial_list.wake()

    def _left(self, turn: RowTurn[QueuedRow], at_s: float | None) -> None:
        """What becomes of a row that nobody here is at work with any more."""
        row = turn.row
        told = self._told.pop(row.job_id, None)
        verdict = self.admission.turned_away.pop(row.job_id, None) if self.admission is not None else None
        is_stopping = self._dial_list is not None and self._dial_list.is_stopping
        error = told.result.error if told is not None else None
        if error is not None and error.kind in _NOT_MADE:
            self._again(row, LOOK_S)
        elif at_s is not None:
            self._again(row, max(0.0, at_s - self._clock.now_s()), tells=told is not None)
        elif told is not None:
            self._done(row)
        elif verdict is Verdict.NUMBER:
            self._again(row, LOOK_S)
        elif verdict is not None or is_stopping:
            self._again(row, 0.0)
        else:  # a fault of ours, which is in the log; whoever takes the row next would meet it, too
            self._done(row)

    def _done(self, row: QueuedRow) -> None:
        self.errands.begin(
            lambda: self._after_delivery(lambda: self._queue.done(row)), f"job {row.job_id} done"
        )

    def _again(self, row: QueuedRow, after_s: float, *, tells: bool = False) -> None:
        at_s = self._clock.now_s() + after_s

        async def hand_back() -> object:
            return await self._queue.again(row, max(0.0, at_s - self._clock.now_s()), tells=tells)

        self.errands.begin(lambda: self._after_delivery(hand_back), f"job {row.job_id} comes again")

    async def _after_delivery(self, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """What a call came to is written before it is decided what that means."""
        await self._queue.deliver()
        await work()

    async def tend(self, ledger: Ledger, carrier: Carrier, *, account_sid: str, region: str) -> None:
        """Look after workers that are gone, and what they left, for as long as this runs."""
        while True:
            try:
                await self._queue.deliver()
                if await self._queue.tend():
                    await self._settle(ledger, carrier, account_sid=account_sid, region=region)
            except LedgerError as error:
                logger.info("cut off from the queue: %s", error)
                await self._clock.sleep(CUT_OFF_S)
            await self._clock.sleep(HEARTBEAT_S)

    async def _settle(self, ledger: Ledger, carrier: Carrier, *, account_sid: str, region: str) -> None:
        """Find out what became of calls whose worker is gone. What is up is watched, never called again."""
        orphans = [
            one for one in await ledger.orphans() if (one.account_sid, one.region) == (account_sid, region)
        ]
        now, now_s = self._clock.utc_now(), self._clock.now_s()
        self._gone_since_s = {one.id: self._gone_since_s.get(one.id, now_s) for one in orphans}
        gone = [id for id, since_s in self._gone_since_s.items() if now_s - since_s >= LIST_IS_WHOLE_S]
        settled = await settle_orphans(
            ledger, carrier, self._clock, account_sid=account_sid, region=region, gone=gone
        )
        for note in settled.notes:
            logger.info("earlier call %s", note)
        for one in orphans:
            if (now - one.created_at).total_seconds() > one.time_limit_s + PATIENCE_S:
                await ledger.settle(one.id, "nobody could find out; its worker was gone", Outcome.UNKNOWN)
