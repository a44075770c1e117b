"""Many rehearsals side by side at a fast clock, and once more, fewer and slower, those that came out wrong.

They share a machine with everything else that runs on it. A pause of that machine is long at a fast clock:
what it spoilt comes out right where it is short. What is wrong for another reason stays wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

AT_A_TIME = 6
"""Rehearsals mostly wait; more of them at a time would make each other late."""

AGAIN_AT_A_TIME = 2
SLOWER = 3.0
"""The second time they are a ninth of the machine's work that they were the first time."""

Case = TypeVar("Case")
Row = TypeVar("Row")
Play = Callable[[Case, float], Awaitable[Row]]


async def play_all(
    play: Play[Case, Row],
    cases: Sequence[Case],
    time_scale: float,
    *,
    is_right: Callable[[Row], bool] = lambda _: True,
) -> list[Row]:
    """`play(case, time_scale)` of each case, in their order."""
    rows = await _at_a_time(AT_A_TIME, play, cases, time_scale)
    wrong = [number for number, row in enumerate(rows) if not is_right(row)]
    again = await _at_a_time(AGAIN_AT_A_TIME, play, [cases[number] for number in wrong], time_scale / SLOWER)
    for number, row in zip(wrong, again, strict=True):
        rows[number] = row
    return rows


async def _at_a_time(most: int, play: Play[Case, Row], cases: Sequence[Case], time_scale: float) -> list[Row]:
    places = asyncio.Semaphore(most)

    async def in_turn(case: Case) -> Row:
        async with places:
            return await play(case, time_scale)

    # The last cases take longest, in most tables: begun first, nobody waits for them alone.
    return (await asyncio.gather(*map(in_turn, reversed(cases))))[::-1]
