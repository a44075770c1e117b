"""The calls that one region of a simulated carrier processes, and what can be done with them."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
from collections.abc import Sequence

from cartesia_simulator.callee import CalleeScript
from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.leg import Leg
from cartesia_simulator.carrier.placement import Placement
from cartesia_simulator.carrier.surroundings import Surroundings
from cartesia_simulator.recordings import Recordings


class Exchange:
    """Places calls and keeps them. `calls`, by SID and in order of creation, are those of every region.

    `callees` answer the calls in turn, the last of them every further one. `recordings` remembers whose audio
    is kept, and takes calls out of `calls` that nobody asks for any more.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        region: str,
        around: Surroundings,
        callees: Sequence[CalleeScript],
        calls: dict[str, SimulatedCall],
        recordings: Recordings[SimulatedCall],
    ) -> None:
        self._account_sid = account_sid
        self._region = region
        self._around = around
        self._callees = callees
        self._recordings = recordings
        self._legs: dict[str, Leg] = {}
        self._calls = calls

    def place(self, placement: Placement) -> SimulatedCall:
        """Create a call; it dials at once."""
        call = SimulatedCall(
            self._around.clock,
            account_sid=self._account_sid,
            to=placement.to,
            caller_id=placement.caller_id,
            region=self._region,
        )
        self._calls[call.sid] = call
        self._recordings.add(call)
        callee = self._callees[min(self._recordings.count, len(self._callees)) - 1]
        leg = self._legs[call.sid] = Leg(call, placement, dataclasses.replace(self._around, callee=callee))
        leg.when_over(functools.partial(self._legs.pop, call.sid))
        return call

    def calls(self) -> list[SimulatedCall]:
        """The calls of this region, in order of creation."""
        return [call for call in self._calls.values() if call.region == self._region]

    def find(self, sid: str) -> SimulatedCall | None:
        """The call of this SID; None for one that another region processes."""
        call = self._calls.get(sid)
        return call if call is not None and call.region == self._region else None

    def leg(self, call: SimulatedCall) -> Leg:
        """What moves this call, which is not over."""
        return self._legs[call.sid]

    async def stop(self) -> None:
        """End every call; none of their tasks is left."""
        async with asyncio.TaskGroup() as group:
            for leg in self._legs.values():
                group.create_task(leg.stop())
