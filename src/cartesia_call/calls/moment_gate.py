"""Where calls that are ready wait for the moments that all machines share; what became of each is told."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from cartesia_call.calls.changes import Changes
from cartesia_call.errors import LedgerError
from cartesia_call.fleet_ports import Begun, Moment, QueuedRow
from cartesia_call.loggers import logger_of
from cartesia_call.policy.request_times import RequestTimes
from cartesia_call.ports import Clock
from cartesia_call.records import dataclass

logger = logger_of(__name__)

AHEAD_S = 0.4
"""So long before a moment it is asked for: an answer of the database takes some milliseconds, and 200 on a
machine with five times as much to do as it has processors."""

LATE_S = 0.25
"""So much later than its moment a call is placed at the most: with another moment, others are not held up by
a machine that has slept. Whoever is less late is still the first one that is ready."""

LONGEST_WAIT_S = 300.0
"""For a moment: of a second's calls that were let in, at a pace that a busy carrier has slowed down."""

SHORTEST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 1.0
"""Between two questions: until others have told when their calls have begun; and meanwhile a list may have
ended that shared the pace."""


class Moments(Protocol):
    """What a gate asks of `fleet_ports.RowQueue`."""

    async def moment(self, row: QueuedRow, *, longest_s: float) -> Moment:
        """As `RowQueue.moment`."""

    async def tell_moments(self, list_id: str, *, missed: Sequence[float], begun: Sequence[Begun]) -> None:
        """As `RowQueue.tell_moments`."""


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A call that has passed at `at_s` of this machine's clock, at the moment of the `key`."""

    key: float
    at_s: float


class MomentGate:
    """The calls of the list `list_id` that are ready to be placed by this machine. They pass in their order,
    each at a moment that was asked for when there was nothing else left to do, so that few are missed; a
    missed one is given back. Of each that passed it is told when its call has begun at the carrier at the
    latest, by the `times` that such requests take."""

    def __init__(self, clock: Clock, queue: Moments, list_id: str, times: RequestTimes) -> None:
        self._clock = clock
        self._queue = queue
        self._list_id = list_id
        self._times = times
        self._changes = Changes()
        self._waiting: deque[tuple[QueuedRow, asyncio.Future[Moment]]] = deque()
        self._missed: list[float] = []
        self._begun: list[Begun] = []
        self._at_work: asyncio.Task[None] | None = None

    async def passed(self, row: QueuedRow) -> Passage:
        """Wait for the moment of a call to `row`; then `answered` or `gave_up`. LedgerError if the queue does
        not tell one."""
        is_late = False
        while True:
            moment = await self._given(row, is_first=is_late)
            try:
                await self._clock.sleep(max(0.0, moment.at_s - self._clock.now_s()))
            except asyncio.CancelledError:
                self._miss(moment.key)
                raise
            now_s = self._clock.now_s()
            if now_s - moment.at_s <= LATE_S:
                return Passage(key=moment.key, at_s=now_s)
            logger.info("%.0f ms late; taking another moment", (now_s - moment.at_s) * 1000)
            self._miss(moment.key)
            is_late = True

    def answered(self, passage: Passage) -> None:
        """The request for the call that has passed is over, in whichever way."""
        latest_s = self._times.begun_at_the_latest_s(passage.at_s, self._clock.now_s())
        self._begun.append(Begun(key=passage.key, latest_s=latest_s))
        self._work()

    def gave_up(self, passage: Passage) -> None:
        """Nothing was sent."""
        self._miss(passage.key)

    def _miss(self, key: float) -> None:
        self._missed.append(key)
        self._work()

    async def _given(self, row: QueuedRow, *, is_first: bool) -> Moment:
        given = asyncio.get_running_loop().create_future()
        if is_first:
            self._waiting.appendleft((row, given))
        else:
            self._waiting.append((row, given))
        self._work()
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                moment: Moment = await given
        except TimeoutError as error:
            raise LedgerError(f"No moment came in {LONGEST_WAIT_S:g} s.") from error
        return moment

    # --- one after the other with the database -----------------------------------------------------

    def _work(self) -> None:
        self._changes.tell()
        if self._at_work is None or self._at_work.done():
            self._at_work = asyncio.create_task(self._ask_and_tell(), name="asking for moments")

    async def _ask_and_tell(self) -> None:
        """While there is anything to be told, or anybody waits."""
        refusal = LedgerError("The queue could not be asked for a moment.")
        try:
            while self._waiting or self._missed or self._begun:
                if self._missed or self._begun:
                    await self._tell()
                else:
                    await self._ask()
        except LedgerError as error:
            refusal = error
        finally:
            self._refuse(refusal)

    async def _tell(self) -> None:
        """Once: a second in which it would count has passed before the database is back."""
        missed, self._missed, begun, self._begun = self._missed, [], self._begun, []
        await self._queue.tell_moments(self._list_id, missed=missed, begun=begun)

    async def _ask(self) -> None:
        row, given = self._waiting[0]
        if given.done():  # whoever waited was stopped
            self._waiting.popleft()
            return
        moment = await self._queue.moment(row, longest_s=AHEAD_S)
        if moment.is_given:
            self._hand_on(moment)
            return
        now_s = self._clock.now_s()
        pause_s = min(LONGEST_PAUSE_S, max(SHORTEST_PAUSE_S, moment.at_s - AHEAD_S - now_s))
        if not (self._missed or self._begun):
            await self._changes.wait(until_s=now_s + pause_s)

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
