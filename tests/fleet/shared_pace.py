"""Three workers that call as fast as they may, in a time of their own: nobody waits but for the database."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from cartesia_call.calls.moment_gate import AHEAD_S, SHORTEST_PAUSE_S
from cartesia_call.fleet.database import Connection
from cartesia_call.policy.request_times import RequestTimes

LIST_ID = "a"
BEGIN_S = 1_000_000.0


@dataclass(frozen=True, kw_only=True)
class Delays:
    """What makes calls late, each drawn anew for a call: the machine that wakes for the moment, the way of
    the request to the carrier, the answer, and telling the database. In seconds."""

    wakes: Callable[[], float]
    arrives: Callable[[], float]
    answers: Callable[[], float]
    tells: Callable[[], float]


def delays(chance: random.Random, *, jitter_s: float, way_s: float = 0.004) -> Delays:
    """Each as often short as it is long, on the average `jitter_s` more than the least."""
    return Delays(
        wakes=lambda: chance.expovariate(1 / jitter_s),
        arrives=lambda: way_s + chance.expovariate(1 / jitter_s),
        answers=lambda: way_s + chance.expovariate(1 / jitter_s),
        tells=lambda: 0.002 + chance.expovariate(1 / jitter_s),
    )


@dataclass
class SharedPace:
    """`run` has `count` calls placed; `arrivals_s` are when the carrier saw them begin."""

    connection: Connection
    delays: Delays
    count: int
    workers: int = 3
    arrivals_s: list[float] = field(default_factory=list)

    async def run(self) -> None:
        """By workers of which every one always has a call that is ready."""
        order = itertools.count()
        events: list[tuple[float, int, str, tuple[float, ...]]] = []
        times = [RequestTimes() for _ in range(self.workers)]

        def at(moment_s: float, what: str, *about: float) -> None:
            heapq.heappush(events, (moment_s, next(order), what, about))

        for worker in range(self.workers):
            at(BEGIN_S, "ask", worker)
        given = 0
        while events:
            now_s, _, what, about = heapq.heappop(events)
            worker = int(about[0])
            if what == "ask":
                if given == self.count:
                    continue
                is_given, moment_s = await self._ask(now_s)
                if not is_given:
                    at(max(now_s + SHORTEST_PAUSE_S, moment_s - AHEAD_S), "ask", worker)
                    continue
                given += 1
                left_s = moment_s + self.delays.wakes()
                self.arrivals_s.append(left_s + self.delays.arrives())
                answered_s = self.arrivals_s[-1] + self.delays.answers()
                at(answered_s, "answered", worker, moment_s, left_s)
                at(now_s + 0.002, "ask", worker)
            elif what == "answered":
                _, moment_s, left_s = about
                latest_s = times[worker].begun_at_the_latest_s(left_s, now_s)
                at(now_s + self.delays.tells(), "told", worker, moment_s, latest_s)
            else:
                await self._tell(now_s, *about[1:])

    async def _ask(self, now_s: float) -> tuple[bool, float]:
        found = await self.connection.execute(
            "SELECT is_given, at_s FROM next_moment(%s, '', %s, %s)", [LIST_ID, AHEAD_S, now_s]
        )
        row = await found.fetchone()
        assert row is not None
        return row["is_given"], row["at_s"]

    async def _tell(self, now_s: float, moment_s: float, latest_s: float) -> None:
        await self.connection.execute(
            "SELECT tell_moments(%s, '{}', %s, %s, %s)", [LIST_ID, [moment_s], [latest_s], now_s]
        )

    @property
    def fullest_second(self) -> int:
        """The most calls that began in any second."""
        starts = sorted(self.arrivals_s)
        return max(sum(one <= other < one + 1 for other in starts[at:]) for at, one in enumerate(starts))

    @property
    def per_second(self) -> float:
        """Over all of them."""
        starts = sorted(self.arrivals_s)
        return (len(starts) - 1) / (starts[-1] - starts[0])
