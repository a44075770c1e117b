"""Who of a dial list may be called now: the pace, and how many calls are up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from cartesia_call.calls.changes import Changes
from cartesia_call.calls.list_turns import RowTurn
from cartesia_call.errors import CarrierUnavailable
from cartesia_call.leg.placing import TOO_MANY_REQUESTS
from cartesia_call.leg.requests import Answer, Post, Request
from cartesia_call.policy.pacing import Pacer
from cartesia_call.ports import Clock
from cartesia_call.telephony.call_states import CallSnapshot


class Admits(Protocol):
    """Lets the rows of a run in, one after the other."""

    @property
    def live(self) -> int:
        """How many are in now."""

    @property
    def rate(self) -> float:
        """Calls per second, as they are let in now."""

    @property
    def slows_down(self) -> bool:
        """Whether a carrier with too much to do is given more time with the next call."""

    async def admitted(self, turn: RowTurn[Any], is_stopping: Callable[[], bool]) -> bool:
        """Wait until the row may be called, then it is in until `leave`. False, and it is not: it cannot be
        called now, or the run `is_stopping`."""

    def leave(self, turn: RowTurn[Any]) -> None:
        """Whoever was admitted is done."""

    def pause(self, until_s: float) -> None:
        """Nobody else is let in before `until_s`: a limit of all calls together is used up."""

    def notice(self, request: Request, answer: Answer) -> None:
        """What the carrier's answers say of our pace."""


class Admission:
    """Implements `Admits` within one process, first come, first served."""

    def __init__(self, clock: Clock, changes: Changes, *, cps: float, most_live: int) -> None:
        self._clock = clock
        self._changes = changes
        self._most_live = most_live
        self._turn = asyncio.Lock()
        self.pacer = Pacer(cps)
        self.live = 0

    @property
    def rate(self) -> float:
        """Implements `Admits`: as the carrier takes them."""
        return self.pacer.rate

    @property
    def slows_down(self) -> bool:
        """Implements `Admits`."""
        return self.pacer.slows_down

    async def admitted(self, turn: RowTurn[Any], is_stopping: Callable[[], bool]) -> bool:
        """Wait for a place and for the pace; False, and nobody is in, once `is_stopping`. Then `leave`."""
        async with self._turn:
            while not is_stopping():
                now_s = self._clock.now_s()
                at_s = self.pacer.next_start_s(now_s) if self.live < self._most_live else None
                if at_s is not None and at_s <= now_s:
                    self.pacer.started(now_s)
                    self.live += 1
                    return True
                await self._changes.wait(until_s=at_s)
        return False

    def pause(self, until_s: float) -> None:
        """Nobody else is let in before `until_s`: a limit of all calls together is used up."""
        self.pacer.pause(until_s)

    def leave(self, turn: RowTurn[Any]) -> None:
        """Whoever was admitted is done."""
        self.live -= 1
        self._changes.tell()

    def notice(self, request: Request, answer: Answer) -> None:
        """What the carrier's answers say of our pace."""
        if is_refusal(request, answer):
            self.pacer.refused(self._clock.now_s())
        elif isinstance(request, Post) and isinstance(answer, CallSnapshot) and answer.queue_ms is not None:
            self.pacer.queued(answer.queue_ms, self._clock.now_s())


def is_refusal(request: Request, answer: Answer) -> bool:
    """Whether the carrier had too much to do to place a call."""
    return (
        isinstance(request, Post)
        and isinstance(answer, CarrierUnavailable)
        and answer.http_status == TOO_MANY_REQUESTS
    )
