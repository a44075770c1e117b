"""What the journal's attempts mean for a row: done, to be called again, or nobody knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cartesia_call.calls.list_progress import Fate, RowRules, progress_of
from cartesia_call.ledger_ports import RowAttempt
from cartesia_call.policy.retry import escalation_plan
from cartesia_call.telephony.outcomes import Outcome

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def attempt(
    outcome: Outcome | None, *, number: int = 1, sid: str | None = None, account_wide: bool = False
) -> RowAttempt:
    """One that began a minute ago; without an outcome nobody has closed it."""
    return RowAttempt(
        row=7,
        attempt=number,
        id=f"a-7-{number}",
        to="+12025550143",
        outcome=outcome,
        is_open=outcome is None,
        call_sid=sid,
        began_at=NOW - timedelta(minutes=1),
        ended_at=None if outcome is None else NOW,
        account_wide=account_wide,
    )


def fate_of(*attempts: RowAttempt, attempts_each: int | None = None, waits: bool = False) -> Fate | Outcome:
    """DONE comes as the outcome that decided."""
    rules = RowRules(
        plan=escalation_plan(("each row",), attempts=attempts_each, retry_after_s=900.0), waits=waits
    )
    progress = progress_of(attempts, rules, redials_unknown=False, utc_now=NOW, now_s=1000.0)
    return progress.begun[7].fate if 7 in progress.begun else progress.done[7] or Fate.DONE


@pytest.mark.parametrize("outcome", [Outcome.DELIVERED, Outcome.BUSY, Outcome.REJECTED, Outcome.WITHHELD])
def test_what_came_of_a_call_is_final(outcome: Outcome) -> None:
    assert fate_of(attempt(outcome, sid="CA1")) is outcome


@pytest.mark.parametrize(
    ("outcome", "account_wide", "comes_again"),
    [
        (Outcome.UNAUTHORIZED, False, True),
        (Outcome.SPEECH_FAILED, False, True),
        (Outcome.TUNNEL_FAILED, False, True),
        (Outcome.CARRIER_UNAVAILABLE, False, True),
        (Outcome.REFUSED, True, True),
        (Outcome.REFUSED, False, False),
        (Outcome.INTERRUPTED, False, True),
    ],
)
def test_what_failed_for_us_before_any_call_comes_again(
    outcome: Outcome, account_wide: bool, comes_again: bool
) -> None:
    """Refused credentials, a caller ID that is none: the callee's telephone never rang."""
    fate = fate_of(attempt(outcome, account_wide=account_wide))
    assert (fate is Fate.AGAIN) is comes_again


@pytest.mark.parametrize("outcome", [Outcome.SPEECH_FAILED, Outcome.STREAM_FAILED, Outcome.INTERRUPTED])
def test_who_was_called_is_not_called_again_for_a_failure_of_ours(outcome: Outcome) -> None:
    assert fate_of(attempt(outcome, sid="CA1")) is outcome


def test_a_row_that_nobody_closed_is_open() -> None:
    assert fate_of(attempt(None)) is Fate.OPEN


def test_a_row_that_is_withheld_comes_again_where_it_waits() -> None:
    assert fate_of(attempt(Outcome.WITHHELD), waits=True) is Fate.AGAIN


def test_a_row_comes_again_while_its_budget_lasts() -> None:
    busy = attempt(Outcome.BUSY, sid="CA1")
    assert fate_of(busy, attempts_each=2) is Fate.AGAIN
    assert fate_of(busy, attempt(Outcome.BUSY, number=2, sid="CA2"), attempts_each=2) is Outcome.BUSY
