"""How many calls to one number pass, and until when the next one does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.policy.guard import (
    DEFAULT_BUDGET,
    GUARD,
    Budget,
    GuardLimit,
    GuardRule,
    least_pause,
    most_calls,
    withheld_by_guard,
)
from cartesia_call.policy.withheld import Rule

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def minutes_ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=minute) for minute in minutes]


@pytest.mark.parametrize(
    "placed_minutes_ago",
    [
        (),
        (0, 1),
        (1, 2, 15),
        (5, 10, 20, 30, 40, 50, 60),
        tuple(range(20, 180, 12)),
        (180,) * 15,
    ],
)
def test_what_keeps_every_limit_passes(placed_minutes_ago: tuple[float, ...]) -> None:
    """A call that is exactly as old as a stretch is long is no longer part of it."""
    assert withheld_by_guard(minutes_ago(*placed_minutes_ago), NOW) is None


@pytest.mark.parametrize(
    ("placed_minutes_ago", "passes_in_minutes", "limit"),
    [
        ((1, 2, 14), 1, "3 calls to one number in 15 minutes"),
        ((0, 0, 0), 15, "3 calls to one number in 15 minutes"),
        ((1, 5, 9, 13), 6, "3 calls to one number in 15 minutes"),
        ((5, 14, 23, 32, 41, 50, 59), 1, "7 calls to one number in 1 hour"),
        (tuple(range(10, 180, 12)), 2, "15 calls to one number in 3 hours"),
    ],
)
def test_each_limit_holds_until_one_call_is_old_enough(
    placed_minutes_ago: tuple[float, ...], passes_in_minutes: int, limit: str
) -> None:
    """The sentence names the limit, how many were counted, the moment, and the way around it."""
    withheld = withheld_by_guard(minutes_ago(*placed_minutes_ago), NOW)
    assert withheld is not None
    assert (withheld.rule, withheld.until) == (Rule.GUARD, NOW + timedelta(minutes=passes_in_minutes))
    assert limit in withheld.detail
    assert f"counted {len(placed_minutes_ago)}" in withheld.detail
    assert f"at 2026-03-01 12:{passes_in_minutes:02} UTC" in withheld.detail
    assert "--no-guard" in withheld.detail


def test_of_several_broken_limits_the_longest_is_told() -> None:
    """Seven calls at once: the hour is not over when the quarter is."""
    withheld = withheld_by_guard(minutes_ago(*[1] * 7), NOW)
    assert withheld is not None
    assert withheld.until == NOW + timedelta(minutes=59)


def test_the_moment_is_told_in_the_zone_of_now() -> None:
    """Rounded up: a call in the minute that is named passes."""
    local = NOW.astimezone(timezone(timedelta(hours=-5), "EST"))
    withheld = withheld_by_guard(minutes_ago(1, 1, 13.5), local)
    assert withheld is not None
    assert withheld.until == NOW + timedelta(minutes=1.5)
    assert "at 2026-03-01 07:02 EST" in withheld.detail


def test_a_clock_that_was_wrong_once_does_not_block_a_number_for_ever() -> None:
    """Calls shortly after `now` count, those of another year do not."""
    assert withheld_by_guard(minutes_ago(-1, -1, -1), NOW) is not None
    assert withheld_by_guard(minutes_ago(*[-60 * 24 * 365] * 3), NOW) is None


@given(st.lists(st.integers(-10, 200), max_size=30))
def test_the_moment_told_is_the_first_that_passes(ages_min: list[int]) -> None:
    """At `until` one more call is let through, and a second before it none is."""
    placed = minutes_ago(*ages_min)
    withheld = withheld_by_guard(placed, NOW)
    if withheld is not None:
        assert withheld.until is not None
        assert withheld_by_guard(placed, withheld.until) is None
        assert withheld_by_guard(placed, withheld.until - timedelta(seconds=1)) is not None


@given(st.lists(st.integers(0, 600), max_size=60))
def test_no_stretch_ever_holds_more_than_its_limit(at_minutes: list[int]) -> None:
    """Whoever asks before each call and obeys keeps all limits, whenever the calls come."""
    placed: list[datetime] = []
    for minute in sorted(at_minutes):
        now = NOW + timedelta(minutes=minute)
        if withheld_by_guard(placed, now) is None:
            placed.append(now)
    for limit in GUARD.limits:
        for first, beyond in zip(placed, placed[limit.calls :], strict=False):
            assert beyond - first >= limit.within


@pytest.mark.parametrize(("calls", "minutes"), [(1, 0), (3, 0), (4, 5), (7, 5), (8, 60 / 7), (16, 12)])
def test_the_least_pause_of_a_plan(calls: int, minutes: float) -> None:
    """Calls so far apart pass, every one of them, and no limit of the guard is left unused."""
    pause = least_pause(calls)
    assert pause == timedelta(minutes=minutes)
    moments = [NOW + number * (pause + timedelta(microseconds=1)) for number in range(calls)]
    for number, moment in enumerate(moments):
        assert withheld_by_guard(moments[:number], moment) is None


@pytest.mark.parametrize(
    ("calls", "twice_after_s", "pause_s"),
    [(2, 75, 0), (3, 160, 0), (4, 75, 750), (6, 60, 780), (8, 75, 1100), (4, 600, 0), (16, 75, 10200 / 7)],
)
def test_the_least_pause_between_pairs_of_calls(calls: int, twice_after_s: float, pause_s: float) -> None:
    """Calls in pairs so far apart pass, every one of them, and with a second less one does not."""
    twice_after = timedelta(seconds=twice_after_s)
    pause = least_pause(calls, twice_after=twice_after)
    assert pause == timedelta(seconds=pause_s)
    for shorter_s in (0.0, 1.0) if pause else ():
        moments = [NOW]
        for number in range(1, calls):
            gap = twice_after if number % 2 else pause - timedelta(seconds=shorter_s, microseconds=-1)
            moments.append(moments[-1] + gap)
        held = [withheld_by_guard(moments[:number], moment) for number, moment in enumerate(moments)]
        assert any(held) is (shorter_s > 0)


def test_no_pause_lets_pairs_through_where_one_call_is_too_many() -> None:
    guard = GuardRule((GuardLimit(calls=1, within=timedelta(minutes=15)),))
    assert least_pause(2, guard, twice_after=timedelta(seconds=75)) == timedelta.max


def test_the_budget_counts_all_numbers_together() -> None:
    """Thirty an hour for a user who says nothing else, whatever each number has had."""
    guard = GuardRule(GUARD.limits, (DEFAULT_BUDGET,))
    placed = minutes_ago(*range(1, 31))
    assert withheld_by_guard([], NOW, guard=guard, all_placed_at=placed[1:]) is None
    withheld = withheld_by_guard([], NOW, guard=guard, all_placed_at=placed)
    assert withheld is not None
    assert (withheld.rule, withheld.until) == (Rule.BUDGET, NOW + timedelta(minutes=30))
    assert "30 calls in 1 hour" in withheld.detail
    assert "--no-guard" in withheld.detail


def test_several_budgets_hold_together() -> None:
    """The one that holds longer is told."""
    short = Budget(calls=2, within=timedelta(minutes=10))
    guard = GuardRule(GUARD.limits, (short, Budget(calls=4, within=timedelta(hours=2))))
    assert guard.horizon == timedelta(hours=3)
    withheld = withheld_by_guard([], NOW, guard=guard, all_placed_at=minutes_ago(1, 2, 3, 60))
    assert withheld is not None
    assert withheld.until == NOW + timedelta(hours=1)
    assert withheld_by_guard([], NOW, guard=guard, all_placed_at=minutes_ago(1, 2)) is not None
    assert withheld_by_guard([], NOW, guard=guard, all_placed_at=minutes_ago(1, 11, 12)) is None


@pytest.mark.parametrize(
    ("people", "attempts", "pause_s", "most"),
    [(20, 40, 60, 40), (3, 9, 1800, 9), (3, 12, 1800, 9), (2, 10, 3601, 2), (1, 5, 0, 5)],
)
def test_how_many_calls_a_budget_may_meet(people: int, attempts: int, pause_s: float, most: int) -> None:
    """Each person once, and again after each pause that the stretch has room for."""
    assert most_calls(people, attempts, pause_s, DEFAULT_BUDGET) == most


@pytest.mark.parametrize(
    ("people", "attempts", "pause_s", "most"), [(3, 6, 60, 6), (1, 9, 3525, 4), (2, 12, 3526, 4)]
)
def test_how_many_pairs_of_calls_a_budget_may_meet(
    people: int, attempts: int, pause_s: float, most: int
) -> None:
    """Two calls in each turn."""
    assert most_calls(people, attempts, pause_s, DEFAULT_BUDGET, twice_after_s=75) == most
