"""A carrier that places no call for a worker whom others may count as gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from cartesia_call.errors import CarrierUnavailable, LedgerError
from cartesia_call.ports import Carrier
from cartesia_call.telephony.call_states import CallSnapshot
from cartesia_call.telephony.instructions import CallInstructions, CallRequest, CarrierNote


class Gate(Protocol):
    """What lies between a claim and its POST."""

    @property
    def is_fenced(self) -> bool:
        """Whether others may count this worker as gone."""

    async def in_time(self, to: str) -> None:
        """Wait for the call's moment. LedgerError if there is none."""

    def answered(self, to: str) -> None:
        """The request that was sent at this moment is over."""

    def not_placed(self, to: str) -> None:
        """None was sent."""


class FencedCarrier:
    """`carrier`, but for `place`, which waits for its moment and does nothing behind the fence: between the
    claim of a row and its POST a machine may have slept, and another one found that no call was placed."""

    def __init__(self, carrier: Carrier, gate: Callable[[], Gate | None]) -> None:
        self._carrier = carrier
        self._gate = gate
        self.load = carrier.load
        self.is_trial = carrier.is_trial
        self.close = carrier.close

    async def place(self, request: CallRequest) -> CallSnapshot:
        """As `Carrier.place`. CarrierUnavailable, and nothing is sent, behind the fence."""
        gate = self._gate()
        if gate is None:
            return await self._carrier.place(request)
        try:
            await gate.in_time(request.to)
        except LedgerError as error:
            raise CarrierUnavailable(f"no moment could be had for the call: {error}") from error
        if gate.is_fenced:
            gate.not_placed(request.to)
            raise CarrierUnavailable(
                "this worker was cut off from the queue for too long, and places no call",
                hint="the row is called by whoever takes it next",
            )
        try:
            return await self._carrier.place(request)
        finally:
            gate.answered(request.to)

    async def fetch(self, call_sid: str) -> CallSnapshot:
        """As `Carrier.fetch`."""
        return await self._carrier.fetch(call_sid)

    async def find(self, *, to: str, caller_id: str, created_since: datetime) -> list[CallSnapshot]:
        """As `Carrier.find`."""
        return await self._carrier.find(to=to, caller_id=caller_id, created_since=created_since)

    async def end(self, call_sid: str) -> CallSnapshot:
        """As `Carrier.end`."""
        return await self._carrier.end(call_sid)

    async def redirect(self, call_sid: str, instructions: CallInstructions) -> CallSnapshot:
        """As `Carrier.redirect`."""
        return await self._carrier.redirect(call_sid, instructions)

    async def notes(self, call_sid: str) -> list[CarrierNote]:
        """As `Carrier.notes`."""
        return await self._carrier.notes(call_sid)

    async def set_time_limit(self, call_sid: str, time_limit_s: int) -> None:
        """As `Carrier.set_time_limit`."""
        await self._carrier.set_time_limit(call_sid, time_limit_s)
