"""Where calls that are ready wait for the moments that all machines share."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from cartesia_call.errors import LedgerError
from cartesia_call.fleet_ports import Moment, QueuedRow
from cartesia_call.ports import Clock

logger = logging.getLogger(__name__)

AHEAD_S = 0.25
"""So long before a moment it is asked for: an answer of the database takes some milliseconds, and 200 on a
machine with five times as much to do as it has processors."""

LATE_S = 0.015
"""So much later than its moment a call may be placed; `fleet.queue.SPREAD` has room for 30 ms in all."""


LONGEST_WAIT_S = 300.0
"""For a moment: of a second's calls that were let in, at a pace that a busy carrier has slowed down."""

LONGEST_PAUSE_S = 1.0
"""Between two questions: meanwhile a list may have ended that shared the pace."""


class Moments(Protocol):
    """What a gate asks of `fleet_ports.RowQueue`."""

    async def moment(self, row: QueuedRow, *, longest_s: float, missed: Sequence[float] = ()) -> Moment:
        """As `RowQueue.moment`."""


class MomentGate:
    """The calls of one list that are ready to be placed by this machine. They pass in their order, each at a
    moment that was asked for when there was nothing else left to do, so that few are missed; a missed one is
    given back with the next question."""

    def __init__(self, clock: Clock, queue: Moments) -> None:
        self._clock = clock
        self._queue = queue
        self._waiting: deque[tuple[QueuedRow, asyncio.Future[Moment]]] = deque()
        self._missed: list[float] = []
        self._asking: asyncio.Task[None] | None = None

    async def passed(self, row: QueuedRow) -> None:
        """Wait for the moment of a call to `row`. LedgerError if the queue does not tell one."""
        is_late = False
        while True:
            moment = await self._given(row, is_first=is_late)
            await self._clock.sleep(max(0.0, moment.at_s - self._clock.now_s()))
            late_s = self._clock.now_s() - moment.at_s
            if late_s <= LATE_S:
                return
            logger.info("%.0f ms late; taking another moment", late_s * 1000)
            self._missed.append(moment.key)
            is_late = True

    async def _given(self, row: QueuedRow, *, is_first: bool) -> Moment:
        given = asyncio.get_running_loop().create_future()
        if is_first:
            self._waiting.appendleft((row, given))
        else:
            self._waiting.append((row, given))
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask(), name="asking for moments")
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                moment: Moment = await given
        except TimeoutError as error:
            raise LedgerError(f"No moment came in {LONGEST_WAIT_S:g} s.") from error
        return moment

    async def _ask(self) -> None:
        """Ask for one moment after the other while anybody waits."""
        refusal = LedgerError("The queue could not be asked for a moment.")
        try:
            while self._waiting:
                await self._ask_once()
        except LedgerError as error:
            refusal = error
        finally:
            self._refuse(refusal)

    async def _ask_once(self) -> None:
        row, given = self._waiting[0]
        if given.done():  # whoever waited was stopped
            self._waiting.popleft()
            return
        missed, self._missed = self._missed, []
        moment = await self._queue.moment(row, longest_s=AHEAD_S, missed=missed)
        if moment.is_given:
            self._hand_on(moment)
        else:
            ahead_s = moment.at_s - AHEAD_S - self._clock.now_s()
            await self._clock.sleep(min(LONGEST_PAUSE_S, max(0.0, ahead_s)))

    def _hand_on(self, moment: Moment) -> None:
        """To whoever has waited the longest."""
        while self._waiting:
            _, given = self._waiting.popleft()
            if not given.done():
                given.set_result(moment)
                return
        self._missed.append(moment.key)

    def _refuse(self, error: LedgerError) -> None:
        """Whoever still waits: their calls come again when the queue answers."""
        while self._waiting:
            _, given = self._waiting.popleft()
            if not given.done():
                given.set_exception(error)
