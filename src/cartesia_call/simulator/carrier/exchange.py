"""All calls of one simulated carrier, and what can be done with them."""

from __future__ import annotations

import asyncio

from cartesia_call.simulator.carrier.call import SimulatedCall
from cartesia_call.simulator.carrier.callee_voice import babble
from cartesia_call.simulator.carrier.leg import Leg
from cartesia_call.simulator.carrier.placement import Placement
from cartesia_call.simulator.carrier.surroundings import Surroundings
from cartesia_call.simulator.recordings import Recordings


class Exchange:
    """Places calls and keeps them. `calls` is by SID, in order of creation.

    `recordings` remembers whose audio is kept.
    """

    def __init__(
        self,
        account_sid: str,
        around: Surroundings,
        calls: dict[str, SimulatedCall],
        recordings: Recordings[SimulatedCall],
    ) -> None:
        self._account_sid = account_sid
        self._around = around
        self._recordings = recordings
        self._legs: dict[str, Leg] = {}
        self.calls = calls

    def place(self, placement: Placement) -> SimulatedCall:
        """Create a call; it dials at once."""
        call = SimulatedCall(
            self._around.clock,
            account_sid=self._account_sid,
            to=placement.to,
            caller_id=placement.caller_id,
            speech=babble(self._around.callee.says_s),
        )
        self.calls[call.sid] = call
        self._recordings.add(call)
        self._legs[call.sid] = Leg(call, placement, self._around)
        return call

    def leg(self, call: SimulatedCall) -> Leg:
        """What moves this call."""
        return self._legs[call.sid]

    async def stop(self) -> None:
        """End every call; none of their tasks is left."""
        async with asyncio.TaskGroup() as group:
            for leg in self._legs.values():
                group.create_task(leg.stop())
