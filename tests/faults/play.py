"""Plays cases, several at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tests.faults.matrix import Case
from tests.faults.table import Row, play

AT_A_TIME = 4
"""Rehearsals mostly wait; more of them at a time would make each other late at their fast clocks."""


async def play_all(cases: Sequence[Case]) -> list[Row]:
    """A row per case, in their order."""
    places = asyncio.Semaphore(AT_A_TIME)

    async def in_turn(case: Case) -> Row:
        async with places:
            return await play(case)

    return await asyncio.gather(*(in_turn(case) for case in cases))
