"""What one attempt writes into the ledger, in order, beside the call."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from cartesia_call.errors import LedgerError
from cartesia_call.ledger_ports import CallIntent, Ledger, ListPlace
from cartesia_call.leg.plan import CallPlan
from cartesia_call.loggers import logger_of
from cartesia_call.policy.guard import GuardRule
from cartesia_call.policy.withheld import Withheld
from cartesia_call.telephony.attempt import AttemptResult

logger = logger_of(__name__)

_UNCOUNTED = ", and calls to this number are not limited"
"""What it means that no ledger takes the intent: the guard counts what ledgers hold."""


def intent_of(plan: CallPlan, intent_at: datetime, place: ListPlace | None = None) -> CallIntent:
    """What the ledger is told before the carrier is; `place`: the row of a dial list that it is for."""
    return CallIntent(
        id=plan.id,
        to=plan.to,
        caller_id=plan.caller_id,
        created_at=intent_at,
        # From the intent on, the call may ring before its own limit begins to count.
        time_limit_s=plan.time_limit_s + math.ceil(plan.limits.ring_timeout_s),
        account_sid=plan.account_sid,
        region=plan.region,
        no_guard_reason=plan.no_guard_reason,
        place=place,
    )


class LedgerRow:
    """The ledger's row of one attempt. A ledger that cannot be written must not silence an alert: then the
    `warn` is called, and the call goes on: with its row, and the guard's count, in the first of
    `next_ledgers` (by their places) that can be written, else without, which says that nothing is counted.
    `withheld` says that the guard lets no call be placed.

    A row of a dial list is called only where its claim is written: else nobody would know later that it was.
    `refused` says why that failed.
    """

    def __init__(
        self,
        plan: CallPlan,
        ledger: Ledger | None,
        warn: Callable[[str], None],
        next_ledgers: Mapping[str, Ledger] = MappingProxyType({}),
        place: ListPlace | None = None,
    ) -> None:
        self._plan = plan
        self._place = place
        self._ledger = ledger
        self._next_ledgers = next_ledgers
        self._warn = warn
        self._has_row = False
        self.withheld: Withheld | None = None
        self.refused: LedgerError | None = None
        self._lock = asyncio.Lock()
        self._writing: set[asyncio.Task[None]] = set()

    def begin(self, intent_at: datetime) -> asyncio.Task[None]:
        """Write the intent; to be awaited before the carrier hears of it."""
        return self._write("write the intent", lambda ledger: self._begin(ledger, intent_at))

    def note_placed(self, call_sid: str) -> None:
        """The intent became this call."""
        self._write("note the call SID", lambda ledger: ledger.placed(self._plan.id, call_sid))

    @property
    def withheld_detail(self) -> str:
        """Which rule held the call back, and until when."""
        return self.withheld.detail if self.withheld else ""

    async def close(self, result: AttemptResult) -> None:
        """The attempt is over. Returns when all that was asked for is written, or given up."""
        if self._writing:  # an attempt that never began to write has no row to close
            self._write("close the row", lambda ledger: ledger.close(result))
            await asyncio.gather(*self._writing)

    async def _begin(self, ledger: Ledger, intent_at: datetime) -> None:
        intent, guard = intent_of(self._plan, intent_at, self._place), self._plan.guard
        try:
            self.withheld = await ledger.begin(intent, guard)
        except LedgerError as error:
            if self._place is not None:
                self.refused, self._ledger = error, None
                return
            if guard is None:
                raise
            self.withheld = await self._begin_elsewhere(intent, guard, error)
        self._has_row = True

    async def _begin_elsewhere(
        self, intent: CallIntent, guard: GuardRule, first: LedgerError
    ) -> Withheld | None:
        """Whatever became of the ledger, a script that runs away shall not ring somebody all night."""
        for place, ledger in self._next_ledgers.items():
            try:
                withheld = await ledger.begin(intent, guard)
            except LedgerError as error:
                logger.info("the guard cannot count in %s: %s", place, error)
            else:
                self._ledger = ledger
                self._warn(f"{_cannot('write the intent', first)}; the guard counts in {place} instead")
                return withheld
        raise first

    def _write(self, what: str, work: Callable[[Ledger], Awaitable[None]]) -> asyncio.Task[None]:
        """Beside the call, and never abandoned half-way."""
        task = asyncio.create_task(self._write_in_turn(what, work), name=f"ledger: {what}")
        self._writing.add(task)
        return task

    async def _write_in_turn(self, what: str, work: Callable[[Ledger], Awaitable[None]]) -> None:
        async with self._lock:  # first come, first served
            if self._ledger is None:
                return
            try:
                await work(self._ledger)
            except Exception as error:  # one of ours too: the alert goes on
                if not isinstance(error, LedgerError):
                    logger.exception("a fault of ours in the ledger")
                without = "" if self._has_row or self._plan.guard is None else _UNCOUNTED
                self._warn(f"{_cannot(what, error)}; going on without it{without}")
                if not self._has_row:
                    self._ledger = None


def _cannot(what: str, error: Exception) -> str:
    return f"cannot {what} in the ledger: {str(error).rstrip('.')}"
