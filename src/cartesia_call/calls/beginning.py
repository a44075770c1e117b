"""What an attempt begins with, before there is a leg: the intent in the ledger, the path, the speech."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from cartesia_call.calls.ledger_row import LedgerRow
from cartesia_call.calls.preparing import Preparation, Prepared
from cartesia_call.ledger_ports import ListPlace
from cartesia_call.leg.plan import CallPlan
from cartesia_call.ports import Ports


class Beginning:
    """Of one attempt, on ports and with a `preparation` that it shares with others. Whoever begins it awaits
    `prepared`, or gives it up.

    `made_at_s` is on the clock of the calls, `made_at` on the wall: when the attempt was made.
    """

    def __init__(
        self, plan: CallPlan, ports: Ports, preparation: Preparation, place: ListPlace | None = None
    ) -> None:
        """`place`: it is made for a row of a dial list."""
        self.preparation = preparation
        self.made_at_s = ports.clock.now_s()
        self.made_at = ports.clock.utc_now()
        self._warnings = _Warnings()
        self.ledger_row = LedgerRow(plan, ports.ledger, self._warnings.tell, ports.next_ledgers, place)
        self._ports = ports
        self._intent_at = self.made_at
        self._begun: tuple[asyncio.Task[Prepared], asyncio.Task[None]] | None = None

    @property
    def intent_at(self) -> datetime:
        """The time in the intent, on the wall."""
        return self._intent_at

    def begin(self) -> tuple[asyncio.Task[Prepared], asyncio.Task[None]]:
        """Prepare and write the intent, beside whoever calls this; a second time nothing else happens."""
        if self._begun is None:
            self._intent_at = self._ports.clock.utc_now()
            writing = self.ledger_row.begin(self._intent_at)
            preparing = asyncio.create_task(self.preparation.prepare(), name="waiting to be prepared")
            self._begun = preparing, writing
        return self._begun

    async def prepared(self) -> Prepared | None:
        """Until everything stands and the intent is written. None, and as little paid for as can be, if the
        guard lets no call be placed. A CartesiaCallError says why there is no call."""
        preparing, writing = self.begin()
        try:
            await asyncio.wait({preparing, writing}, return_when=asyncio.FIRST_COMPLETED)
            if not writing.done() and preparing.exception() is None:
                await asyncio.wait({writing})
            if self.ledger_row.refused is not None:
                raise self.ledger_row.refused
            if self.ledger_row.withheld is not None:
                return None
            return await preparing
        finally:
            await self.give_up()

    async def give_up(self) -> None:
        """Wait for nothing more; what is prepared for others as well goes on."""
        if self._begun is not None:
            preparing, _ = self._begun
            preparing.cancel()
            await asyncio.wait({preparing})

    def tell_warnings(self, warn: Callable[[str], None]) -> None:
        """What the user should read beside the result goes to `warn`, what there was already too."""
        self._warnings.go_to(warn)


class _Warnings:
    """Kept until somebody takes them. It knows nothing of the attempt: whoever warns holds no whole call."""

    def __init__(self) -> None:
        self._kept: list[str] = []
        self._warn: Callable[[str], None] = self._kept.append

    def tell(self, sentence: str) -> None:
        self._warn(sentence)

    def go_to(self, warn: Callable[[str], None]) -> None:
        for sentence in self._kept:
            warn(sentence)
        self._warn = warn
