"""Somebody whose phone may have been silenced is called a second time before the next one's turn."""

from __future__ import annotations

import asyncio

import pytest

from cartesia_call.policy.retry import REPEATED_WITHIN_S, escalation_plan
from cartesia_call.telephony.outcomes import Outcome
from tests.calls.rehearsed import CALLEE, SECOND, rehearsed

LIMIT_S = 1200


@pytest.mark.parametrize(("ring_timeout_s", "pause_s"), [(30, 75), (105, 60), (5, 160)])
async def test_the_second_call_comes_within_three_minutes_of_the_first(
    ring_timeout_s: int, pause_s: int
) -> None:
    """By the carrier's own account, with the longest ring time-out, too, and no sooner than a minute after
    the end of the first; then it is the next person's turn."""
    turns = escalation_plan([CALLEE, SECOND], attempts=None, ring_twice_after_s=pause_s)
    callees = "no-answer;no-answer;answers,ring:1s"
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(callees, ring_timeout=f"{ring_timeout_s}s") as rehearsal,
    ):
        rehearsal.people = rehearsal.people_on(rehearsal.line.ports, turns)
        result = await rehearsal.run()
        assert (result.to, result.outcome, result.attempts) == (SECOND, Outcome.DELIVERED, 3)
        calls = list(rehearsal.network.carrier.calls.values())
        assert [call.to for call in calls] == [CALLEE, CALLEE, SECOND]
        first, again, _ = calls
        assert first.started_at is not None
        assert first.finished_at is not None
        assert again.started_at is not None
        assert (again.started_at - first.finished_at).total_seconds() >= 60
        assert (again.started_at - first.started_at).total_seconds() < REPEATED_WITHIN_S


@pytest.mark.parametrize(("ack_timeout", "again"), [("40s", True), ("90s", False)])
async def test_a_mailbox_is_called_again_only_if_that_is_in_time(ack_timeout: str, again: bool) -> None:
    """It took the call of a silenced phone, and was asked for a key; time counts from when the
    call was placed, whatever had to be made ready before."""
    turns = escalation_plan([CALLEE, SECOND], attempts=None, ring_twice_after_s=75)
    callees = f"answers,ring:20s;{'answers,ring:20s;' * again}answers,ring:1s,presses:1@1s"
    options = {"ack": "1", "repeat": "0", "ack_timeout": ack_timeout}
    async with asyncio.timeout(LIMIT_S), rehearsed(callees, "tunnel-late", **options) as rehearsal:
        rehearsal.people = rehearsal.people_on(rehearsal.line.ports, turns)
        result = await rehearsal.run()
        calls = list(rehearsal.network.carrier.calls.values())
        assert [call.to for call in calls] == [CALLEE, *[CALLEE] * again, SECOND]
        assert (result.to, result.outcome) == (SECOND, Outcome.ACKNOWLEDGED)
        if again:
            first, second, _ = calls
            assert first.finished_at is not None
            assert first.started_at is not None
            assert second.started_at is not None
            assert 60 <= (second.started_at - first.finished_at).total_seconds() <= 77
            assert (second.started_at - first.started_at).total_seconds() < REPEATED_WITHIN_S
