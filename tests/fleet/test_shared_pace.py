"""No second has more calls than the pace allows, as the carrier sees them, whatever is late; and hardly fewer
while rows wait."""

from __future__ import annotations

import math
import random

import pytest

from cartesia_call.fleet.database import FleetDatabase
from tests.fleet.shared_pace import SharedPace, delays
from tests.fleet.workers import enqueue


async def _called(
    database: FleetDatabase, *, cps: float, count: int, jitter_s: float, way_s: float = 0.004
) -> SharedPace:
    await enqueue(database, count=1, cps=cps)
    async with database.transaction() as connection:
        pace = SharedPace(connection, delays(random.Random(1), jitter_s=jitter_s, way_s=way_s), count)
        await pace.run()
    return pace


@pytest.mark.parametrize(("cps", "count"), [(10.0, 80), (1.0, 15), (2.5, 25)])
async def test_what_is_late_by_some_milliseconds_costs_no_more(
    database: FleetDatabase, cps: float, count: int
) -> None:
    pace = await _called(database, cps=cps, count=count, jitter_s=0.004)
    assert pace.fullest_second <= math.ceil(cps)
    assert pace.per_second > 0.95 * cps


@pytest.mark.parametrize(("jitter_s", "way_s"), [(0.08, 0.004), (0.02, 0.15)])
async def test_no_second_is_too_full_whatever_is_late(
    database: FleetDatabase, jitter_s: float, way_s: float
) -> None:
    """On machines with too much to do, or far from the carrier: then there are fewer calls."""
    pace = await _called(database, cps=10, count=80, jitter_s=jitter_s, way_s=way_s)
    assert pace.fullest_second <= 10
    assert pace.per_second > 0.6 * 10
