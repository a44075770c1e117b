"""Many rehearsals side by side, on one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

AT_A_TIME = 16
"""They share one thread, and each round of its loop: so many cost a seventh less than six, and more save no
more. Where they wait for threads, they wait together."""

Case = TypeVar("Case")
Row = TypeVar("Row")
Play = Callable[[Case], Awaitable[Row]]


async def play_all(play: Play[Case, Row], cases: Sequence[Case]) -> list[Row]:
    """`play(case)` of each case, in their order."""
    places = asyncio.Semaphore(AT_A_TIME)

    async def in_turn(case: Case) -> Row:
        async with places:
            return await play(case)

    return await asyncio.gather(*map(in_turn, cases))
