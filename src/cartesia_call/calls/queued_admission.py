"""Who of the rows that many machines call may be called now: this machine's calls, and what all agree on."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from cartesia_call.calls.changes import Changes
from cartesia_call.calls.list_admission import is_refusal
from cartesia_call.calls.list_turns import RowTurn
from cartesia_call.calls.moment_gate import MomentGate, Moments, Passage
from cartesia_call.errors import LedgerError
from cartesia_call.fleet_ports import QueuedRow, Verdict
from cartesia_call.leg.requests import Answer, Post, Request
from cartesia_call.loggers import logger_of
from cartesia_call.policy.pacing import QUEUE_TOLERATED_S, SPEED_UP_S
from cartesia_call.policy.request_times import RequestTimes
from cartesia_call.ports import Clock
from cartesia_call.telephony.call_states import CallSnapshot

logger = logger_of(__name__)

LONGEST_S = 2.0
"""So long before its moment a call is let in at the most, to get ready: it writes its intent meanwhile."""

CUT_OFF_S = 2.0
"""Before the database is asked again that did not answer."""

LEFT_LIMIT_S = 30.0
"""For what is still to be written when a worker ends."""


class Errands:
    """Work for the database beside the calls, tried until it does answer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_ending = False

    def begin(self, work: Callable[[], Coroutine[Any, Any, object]], name: str) -> None:
        """Do `work`, again and again while there is no answer. It may happen more than once."""
        task = asyncio.create_task(self._do(work, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _do(self, work: Callable[[], Coroutine[Any, Any, object]], name: str) -> None:
        while True:
            try:
                await work()
            except LedgerError as error:
                logger.info("%s: %s", name, error)
                await self._clock.sleep(CUT_OFF_S)
            except Exception:
                logger.exception("a fault of ours: %s", name)
                return
            else:
                return

    async def end(self) -> bool:
        """Wait for what is under way, for some time; whether all of it was done."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LEFT_LIMIT_S)
        left = list(self._tasks)
        for task in left:
            task.cancel()
        return not left


class Turns(Moments, Protocol):
    """What an admission asks of `fleet_ports.RowQueue`."""

    async def turn(self, row: QueuedRow, *, longest_s: float) -> tuple[Verdict, float]:
        """As `RowQueue.turn`."""

    async def over(self, row: QueuedRow) -> None:
        """As `RowQueue.over`."""

    async def slow_down(self) -> None:
        """As `RowQueue.slow_down`."""


class QueueAdmission:
    """Implements `list_admission.Admits`: `most_live` calls on this machine, and what `queue` says. Nobody is
    let in while this worker `is_fenced` off: others may count it as gone."""

    def __init__(
        self,
        clock: Clock,
        changes: Changes,
        queue: Turns,
        errands: Errands,
        *,
        most_live: int,
        is_fenced: Callable[[], bool] = lambda: False,
    ) -> None:
        self._clock = clock
        self._changes = changes
        self._queue = queue
        self._errands = errands
        self._most_live = most_live
        self._is_fenced = is_fenced
        self._orders: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._paused_until_s = 0.0
        self._slow_until_s = 0.0
        self._let_in: dict[str, QueuedRow] = {}
        self._gates: dict[str, MomentGate] = {}
        self._times = RequestTimes()
        self._passages: dict[str, tuple[MomentGate, Passage]] = {}
        self.live = 0
        self.turned_away: dict[int, Verdict] = {}
        """Why a row, by its job, was not let in."""

    @property
    def rate(self) -> float:
        """Implements `Admits`: the database keeps the pace."""
        return 0.0

    @property
    def slows_down(self) -> bool:
        """Implements `Admits`: this worker was told of late that the carrier had too much to do, or
        was cut off from the queue."""
        return self._clock.now_s() < self._slow_until_s

    async def admitted(self, turn: RowTurn[QueuedRow], is_stopping: Callable[[], bool]) -> bool:
        """Implements `Admits`. Rows of one list ask in their order."""
        is_in = False
        async with self._orders[turn.row.list_id]:
            while not is_in and not is_stopping() and turn.row.job_id not in self.turned_away:
                now_s = self._clock.now_s()
                if self.live >= self._most_live:
                    await self._changes.wait(until_s=None)
                elif now_s < self._paused_until_s:
                    await self._changes.wait(until_s=self._paused_until_s)
                elif self._is_fenced():
                    await self._until(now_s + CUT_OFF_S / 10, is_stopping)
                else:
                    is_in = await self._ask(turn.row, is_stopping)
        if not is_in:
            return False
        if is_stopping():
            self.leave(turn)
            return False
        self._let_in[turn.row.to] = turn.row
        return True

    async def _ask(self, row: QueuedRow, is_stopping: Callable[[], bool]) -> bool:
        """Whether the row may be called, and then it counts as live; False, after a wait: not now."""
        self.live += 1  # while the answer is on its way, nobody else takes this machine's place
        verdict, wait_s = Verdict.LATER, CUT_OFF_S
        try:
            verdict, wait_s = await self._queue.turn(row, longest_s=LONGEST_S)
        except LedgerError as error:
            logger.info("cut off from the queue: %s", error)
        finally:
            if verdict is not Verdict.GO:
                self.live -= 1
                self._changes.tell()
        if verdict in {Verdict.LATER, Verdict.FULL}:
            await self._until(self._clock.now_s() + wait_s, is_stopping)
        elif verdict is not Verdict.GO:
            self.turned_away[row.job_id] = verdict
        return verdict is Verdict.GO

    async def _until(self, moment_s: float, is_stopping: Callable[[], bool]) -> None:
        while not is_stopping() and self._clock.now_s() < moment_s:
            await self._changes.wait(until_s=moment_s)

    async def in_time(self, to: str) -> None:
        """Wait until the moment at which the call to `to`, which was let in, is to be placed; then `answered`
        or `not_placed`. LedgerError if none can be had."""
        row = self._let_in.pop(to, None)
        if row is not None:
            gate = self._gates.get(row.list_id)
            if gate is None:
                gate = MomentGate(self._clock, self._queue, row.list_id, self._times)
                self._gates[row.list_id] = gate
            try:
                self._passages[to] = gate, await gate.passed(row)
            except LedgerError:
                self._is_cut_off()
                raise
            if self._is_fenced():
                self._is_cut_off()

    def answered(self, to: str) -> None:
        """The request for the call to `to` is over, in whichever way: others reckon with its moment."""
        if (passage := self._passages.pop(to, None)) is not None:
            passage[0].answered(passage[1])

    def not_placed(self, to: str) -> None:
        """It was not sent: the moment of the call is others'."""
        if (passage := self._passages.pop(to, None)) is not None:
            passage[0].gave_up(passage[1])

    def _is_cut_off(self) -> None:
        """Calls that are not placed for that reason do not stop the worker."""
        self._slow_until_s = self._clock.now_s() + SPEED_UP_S

    def pause(self, until_s: float) -> None:
        """Implements `Admits`."""
        self._paused_until_s = until_s

    def leave(self, turn: RowTurn[QueuedRow]) -> None:
        """Implements `Admits`."""
        self.live -= 1
        self._let_in.pop(turn.row.to, None)
        self._forget(turn.row)
        self._changes.tell()

    def _forget(self, row: QueuedRow) -> None:
        self._errands.begin(lambda: self._queue.over(row), f"free the place of job {row.job_id}")

    def notice(self, request: Request, answer: Answer) -> None:
        """Implements `Admits`: what one machine is told all of them obey."""
        queued_ms = answer.queue_ms if isinstance(answer, CallSnapshot) else None
        waits = isinstance(request, Post) and queued_ms is not None and queued_ms / 1000 > QUEUE_TOLERATED_S
        if waits or is_refusal(request, answer):
            self._slow_until_s = self._clock.now_s() + SPEED_UP_S
            self._errands.begin(self._slow_down, "slow down")

    async def _slow_down(self) -> None:
        with contextlib.suppress(LedgerError):  # a moment later it would be wrong
            await self._queue.slow_down()
