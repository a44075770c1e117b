"""One case played with a second person (`--then`), as a row of the second part of docs/faults.md."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from cartesia_call.cli import exit_status
from cartesia_call.leg.plan import CallPlan
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.estimates import slowest_reading_s
from tests.calls.rehearsed import SECOND, Rehearsed, Told, rehearsed
from tests.faults.matrix import CALLEE, MESSAGE, Case, cases
from tests.faults.table import LIMIT_S, all_over, heard_by, may_have_placed, placing_requests, table


class Way(Enum):
    """How a case meets two people: the callees, and whether the network is whole after the first call."""

    FIRST_IS_BUSY = f"busy;{CALLEE}", False
    FIRST_CALL_ONLY = f"{CALLEE};{CALLEE}", True

    def __init__(self, callees: str, lifts_faults: bool) -> None:
        self.callees = callees
        self.lifts_faults = lifts_faults


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What one person's turn came to. `placing_posts` requests may have placed a call to them."""

    result: AttemptResult
    heard: str
    calls: int
    placing_posts: int


@dataclass(frozen=True, kw_only=True)
class TwoPeople:
    """What came of a case. `second` is None if they were not called. It took `took_s` of the clock, and may
    have taken `limit_s`.
    """

    case: Case
    way: Way
    first: Turn
    second: Turn | None
    decides: AttemptResult
    exit_status: int
    is_left_up: bool
    took_s: float
    limit_s: float


def cases_of_two() -> Iterator[tuple[Case, Way]]:
    """All of them, in the order of the document."""
    for way in Way:
        yield from ((case, way) for case in cases())


async def play_two(case_and_way: tuple[Case, Way]) -> TwoPeople:
    """Rehearse it and see that every call ends."""
    case, way = case_and_way
    async with (
        asyncio.timeout(2 * LIMIT_S),
        rehearsed(
            way.callees,
            *case.faults,
            then=SECOND,
            message=MESSAGE,
            fallback=case.fallback,
            cache="0",
            **case.options,
        ) as rehearsal,
    ):
        rehearsal.lifts_faults = way.lifts_faults
        clock = rehearsal.line.ports.clock
        began_at_s = clock.now_s()
        decides = await rehearsal.run()
        took_s = clock.now_s() - began_at_s
        is_left_up = not await all_over(rehearsal)
        turns = [_turn(told, rehearsal) for told in rehearsal.told]
        return TwoPeople(
            case=case,
            way=way,
            first=turns[0],
            second=turns[1] if len(turns) > 1 else None,
            decides=decides,
            exit_status=exit_status.of_result(decides),
            is_left_up=is_left_up,
            took_s=took_s,
            limit_s=len(turns) * longest_s(rehearsal.plan),
        )


def longest_s(plan: CallPlan) -> float:
    """Everything that one person's turn may wait for, one after the other, each for its stated time."""
    limits = plan.limits
    asking_s = 4 * limits.connect_timeout_s  # posting, searching, redirecting, the last look
    speaking_s = 2 * slowest_reading_s(MESSAGE)  # our voice and, from the beginning, the carrier's
    up_s = limits.stream_timeout_s + speaking_s + limits.hangup_timeout_s
    return plan.prepare_s + asking_s + limits.ring_timeout_s + up_s


def _turn(told: Told, rehearsal: Rehearsed) -> Turn:
    to = told.result.to
    calls = [call for call in rehearsal.network.carrier.calls.values() if call.to == to]
    posts = [request for request in placing_requests(rehearsal) if request.parameters["To"] == to]
    return Turn(
        result=told.result,
        heard=heard_by(calls[0], rehearsal, told) if calls else "-",
        calls=len(calls),
        placing_posts=sum(map(may_have_placed, posts)),
    )


HEADER = (
    "fault",
    "`--fallback`",
    "the first came to",
    "they heard",
    "the second came to",
    "they heard",
    "status",
)


def render_two(rows: Iterable[TwoPeople]) -> str:
    """The table as Markdown."""
    return table(HEADER, map(_cells_of, rows))


def _cells_of(row: TwoPeople) -> tuple[str, ...]:
    return (
        row.case.in_code,
        row.case.fallback,
        *_came_to(row.first),
        *(("not called", "-") if row.second is None else _came_to(row.second)),
        str(row.exit_status),
    )


def _came_to(turn: Turn) -> tuple[str, str]:
    return str(turn.result.outcome), turn.heard
