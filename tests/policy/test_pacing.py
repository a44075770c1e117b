"""Never faster than asked, hardly ever slower, slower while the carrier is busy; what is broken ends."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from cartesia_call.policy.pacing import FAILURES_IN_A_ROW, SPEED_UP_S, Breaker, Pacer
from cartesia_call.telephony.attempt import AttemptResult, ErrorReport
from cartesia_call.telephony.outcomes import Outcome

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def starts(pacer: Pacer, *, until_s: float, lateness: random.Random) -> list[float]:
    """When calls were placed by somebody who always waits, and is a little late each time."""
    now_s, started = 0.0, list[float]()
    while now_s < until_s:
        at_s = pacer.next_start_s(now_s)
        if at_s > now_s:
            now_s = at_s + lateness.uniform(0, 0.004)
            continue
        pacer.started(now_s)
        started.append(now_s)
    return started


@pytest.mark.parametrize("cps", [0.1, 0.5, 1, 2, 5, 20, 50, 100])
def test_the_pace_is_kept_in_every_second_and_used(cps: float) -> None:
    length_s = max(100.0, 20 / cps)
    began = starts(Pacer(cps), until_s=length_s, lateness=random.Random(7))
    window_s = max(1.0, 1 / cps)
    for place, start_s in enumerate(began):
        within = [other for other in began[place : place + 200] if other < start_s + window_s]
        assert len(within) <= max(1, cps)
    assert len(began) >= 0.98 * cps * length_s


def test_a_refusal_halves_the_pace_and_quiet_time_brings_it_back() -> None:
    pacer = Pacer(10)
    pacer.started(0.0)
    pacer.refused(0.1)
    assert pacer.rate == 5
    assert pacer.next_start_s(0.1) == pytest.approx(0.5)
    pacer.refused(0.2)
    assert pacer.rate == 5, "refusals of one burst count once"
    pacer.refused(2.0)
    assert pacer.rate == 2.5
    pacer.next_start_s(2.0 + 4 * SPEED_UP_S)
    assert pacer.rate == 10


def test_it_never_slows_down_to_a_standstill() -> None:
    pacer = Pacer(1)
    for moment_s in range(0, 1000, 2):
        pacer.refused(float(moment_s))
    assert pacer.next_start_s(1000.0) < 1100


def test_a_long_queue_at_the_carrier_slows_down_and_a_short_one_does_not() -> None:
    pacer = Pacer(4)
    pacer.queued(1500, 0.0)
    assert pacer.rate == 4
    pacer.queued(60_000, 1.0)
    assert pacer.rate == 2


def result(outcome: Outcome | None, code: str | None = None, *, account_wide: bool = False) -> AttemptResult:
    error = ErrorReport(kind="CallRefused", code=code, message="no", hint=None, account_wide=account_wide)
    return AttemptResult(
        id="1",
        to="+12025550143",
        caller_id="+12025550100",
        outcome=outcome,
        detail="it is broken",
        started_at=NOW,
        ended_at=NOW,
        error=error if code else None,
    )


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.CARRIER_UNAVAILABLE, None),
        (Outcome.SPEECH_FAILED, None),
        (Outcome.TUNNEL_FAILED, None),
        (Outcome.STREAM_FAILED, None),
        (Outcome.REFUSED, "21210"),
    ],
)
def test_the_same_failure_in_a_row_stops_the_list(outcome: Outcome, code: str | None) -> None:
    breaker = Breaker()
    for _ in range(FAILURES_IN_A_ROW - 1):
        assert breaker.count(result(outcome, code, account_wide=True)) is None
    tripped = breaker.count(result(outcome, code, account_wide=True))
    assert tripped is not None
    assert tripped.outcome is outcome
    assert "it is broken" in tripped.sentence


def test_a_carrier_that_has_too_much_to_do_stops_it_once_no_slower_pace_helps() -> None:
    pacer, breaker, now_s, before = Pacer(10), Breaker(), 0.0, 0
    tripped = None
    while tripped is None:
        now_s = pacer.next_start_s(now_s)
        pacer.started(now_s)
        pacer.refused(now_s)
        tripped = breaker.count(result(Outcome.CARRIER_UNAVAILABLE, "20429"), slows_down=pacer.slows_down)
        before += 1
    assert before > 2 * FAILURES_IN_A_ROW
    assert now_s > 10


def test_refused_credentials_stop_it_at_once() -> None:
    assert Breaker().count(result(Outcome.UNAUTHORIZED, "20003")) is not None


@pytest.mark.parametrize("between", [Outcome.DELIVERED, Outcome.BUSY, Outcome.UNKNOWN, None])
def test_whatever_else_comes_between_starts_the_count_anew(between: Outcome | None) -> None:
    breaker = Breaker()
    for outcome in [Outcome.SPEECH_FAILED, Outcome.SPEECH_FAILED, between] * 4:
        assert breaker.count(result(outcome)) is None


def test_a_row_that_is_withheld_says_nothing() -> None:
    breaker = Breaker()
    for outcome in (Outcome.SPEECH_FAILED, Outcome.WITHHELD, Outcome.SPEECH_FAILED):
        assert breaker.count(result(outcome)) is None
    assert breaker.count(result(Outcome.SPEECH_FAILED)) is not None


@pytest.mark.parametrize("code", ["21211", "21215", "21216", "21219"])
def test_what_is_wrong_with_numbers_stops_no_list(code: str) -> None:
    breaker = Breaker()
    assert [breaker.count(result(Outcome.REFUSED, code)) for _ in range(9)] == [None] * 9


def test_a_pause_holds_everybody_and_leaves_the_pace() -> None:
    pacer = Pacer(5)
    pacer.started(0.0)
    pacer.pause(100.0)
    pacer.pause(50.0)
    assert pacer.next_start_s(1.0) == 100.0
    assert pacer.rate == 5
