"""A worker that is cut off from its queue places nothing, and goes on when the queue is back."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cartesia_call.calls.changes import Changes
from cartesia_call.calls.list_progress import RowRules
from cartesia_call.calls.list_turns import RowTurn
from cartesia_call.calls.queued_admission import Errands, QueueAdmission
from cartesia_call.clock import SystemClock
from cartesia_call.errors import QueueUnreachable
from cartesia_call.fleet_ports import Begun, Moment, QueuedRow, Verdict
from cartesia_call.policy.retry import EscalationPlan
from tests.fleet.workers import list_row

ROW = QueuedRow(job_id=1, list_id="a", row=list_row(1))


class CutOffQueue:
    """Lets everybody in, and tells no moment then."""

    async def turn(self, row: QueuedRow, *, longest_s: float) -> tuple[Verdict, float]:
        return Verdict.GO, 0.0

    async def over(self, row: QueuedRow) -> None:
        """Nobody counts."""

    async def slow_down(self) -> None:
        """It is slow already."""

    async def moment(self, row: QueuedRow, *, longest_s: float) -> Moment:
        raise QueueUnreachable("The queue cannot be reached.")

    async def tell_moments(self, list_id: str, *, missed: Sequence[float], begun: Sequence[Begun]) -> None:
        """Nobody has any."""


async def test_calls_without_a_moment_do_not_stop_the_worker() -> None:
    """Three of them in a row would, were it the carrier that did not take them."""
    clock = SystemClock()
    admission = QueueAdmission(clock, Changes(), CutOffQueue(), Errands(clock), most_live=9)
    rules = RowRules(plan=EscalationPlan(people=(ROW.to,), attempts=1))
    assert await admission.admitted(RowTurn(ROW, list_id="a", rules=rules), lambda: False)
    assert not admission.slows_down
    with pytest.raises(QueueUnreachable):
        await admission.in_time(ROW.to)
    assert admission.slows_down
