"""What the faults of one run do to REST requests."""

from __future__ import annotations

import asyncio

from cartesia_call.ports import Clock
from cartesia_simulator.carrier import api_errors
from cartesia_simulator.faults import FaultPlan


class RequestFaults:
    """Refuses requests. A time behind a fault's name counts from the first request that it could refuse."""

    def __init__(self, faults: FaultPlan, clock: Clock) -> None:
        self._faults = faults
        self._clock = clock
        self._placing_since_s: float | None = None
        self._ending_since_s: float | None = None

    def check_credentials(self) -> None:
        """ApiError for every request, whatever it wants."""
        if self._faults.is_on("auth-401"):
            raise api_errors.unauthenticated()

    def check_rate(self) -> None:
        """ApiError for a placing request, before it is looked at."""
        if self._placing_since_s is None:
            self._placing_since_s = self._clock.now_s()
        if self._lasts("place-429", self._placing_since_s):
            raise api_errors.too_many_requests()

    def check_placing(self, to: str, caller_id: str) -> None:
        """ApiError for a placing request that would otherwise create a call."""
        if self._faults.has("geo-21215"):
            raise api_errors.not_permitted_country(to)
        if self._faults.has("from-21210"):
            raise api_errors.source_not_verified(caller_id)
        if self._faults.has("to-21211"):
            raise api_errors.destination_not_valid(to)

    async def lose_placing_answer(self) -> None:
        """Keep the answer to a placing request that has created a call from its client."""
        if self._faults.has("place-timeout"):
            await asyncio.Event().wait()
        if self._faults.has("place-500"):
            raise api_errors.internal_error()

    def lets_end(self, path: str) -> bool:
        """Whether a request to end or redirect a call has its effect; ApiError if it is refused."""
        if self._ending_since_s is None:
            self._ending_since_s = self._clock.now_s()
        if self._lasts("hangup-500", self._ending_since_s):
            raise api_errors.internal_error()
        if self._lasts("hangup-404", self._ending_since_s):
            raise api_errors.not_found(path)
        return not self._lasts("hangup-ignored", self._ending_since_s)

    def _lasts(self, name: str, since_s: float) -> bool:
        fault = self._faults.get(name)
        if fault is None or not self._faults.is_on(name):
            return False
        return fault.time_s is None or self._clock.now_s() < since_s + fault.time_s
