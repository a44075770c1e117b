"""Fates of rows, columns of time and quantiles are counted right, whatever the numbers."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.report.counting import (
    Stretches,
    endings_of,
    fates_of,
    over_time,
    spread_of,
    stretches_of,
    times_of,
)
from cartesia_call.report.kinds import Kind
from cartesia_call.telephony.outcomes import Outcome
from tests.report.attempts import attempt, of_every_kind, report


def test_of_a_row_the_attempt_that_reached_it_decides_else_the_last() -> None:
    """In whatever order they are given."""
    made = [
        attempt("no-answer", row=2, number=2, after_s=50),
        attempt("busy", row=2, number=1),
        attempt("delivered", row=1, number=2, after_s=60),
        attempt("unknown", row=1, number=3, after_s=90),
        attempt("busy", row=1, number=1),
    ]
    fates = fates_of(report(made))
    assert [(one.attempt.row, one.ending.word, one.attempts) for one in fates] == [
        (1, "delivered", 3),
        (2, "no-answer", 2),
    ]


def test_every_call_of_a_history_has_its_own_fate() -> None:
    """In the order of time: nobody knows whether two calls to one number are about the same."""
    made = [attempt("busy", row=None, after_s=9), attempt("delivered", row=None)]
    fates = fates_of(report(made, list_id=None, rows=2))
    assert [one.ending.word for one in fates] == ["delivered", "busy"]


def test_rows_that_nobody_called_are_counted() -> None:
    listed = report([attempt("busy")], rows=5)
    endings = endings_of(listed, fates_of(listed))
    assert [(ending.word, number) for ending, number in endings] == [("busy", 1), ("not called", 4)]


def test_every_ending_has_a_kind_as_its_exit_status_is_grouped() -> None:
    """0 is reached, 1x nobody reached (18 withheld), 2x and a signal failed, 3x and the rest not known."""
    made = of_every_kind()
    kinds = {ending.word: ending.kind for ending, _ in endings_of(made, fates_of(made))}
    for outcome in Outcome:
        tens = 2 if outcome.means.status is None else outcome.means.status // 10
        usual = (Kind.REACHED, Kind.NOBODY, Kind.FAILED, Kind.NOT_KNOWN)[tens]
        assert kinds.pop(outcome.value) is (Kind.WITHHELD if outcome is Outcome.WITHHELD else usual)
    assert kinds == {
        "beamed-up": Kind.NOT_KNOWN,
        "open": Kind.NOT_KNOWN,
        "not called": Kind.NOT_KNOWN,
        "error": Kind.FAILED,
    }


@given(st.lists(st.integers(0, 400 * 86_400), min_size=1, max_size=50))
def test_columns_hold_every_attempt_and_are_few(seconds: list[int]) -> None:
    """Without gaps, and none of them outside."""
    made = [
        attempt("busy" if at % 3 else "delivered", row=at, after_s=after_s)
        for at, after_s in enumerate(seconds)
    ]
    calls = over_time(made)
    assert calls is not None
    assert 1 <= len(calls.columns) <= 24
    assert sum(column.counts.total() for column in calls.columns) == len(made)
    for earlier, later in itertools.pairwise(calls.columns):
        assert later.starts_at - earlier.starts_at == timedelta(seconds=calls.step_s)
    for one in made:
        at = (one.began_at - calls.columns[0].starts_at) // timedelta(seconds=calls.step_s)
        assert calls.columns[at].counts.total() > 0


@pytest.mark.parametrize(
    ("span_s", "step_s", "starts"),
    [
        (0, 1, "09:00:00"),
        (20, 1, "09:00:00"),
        (600, 30, "09:00:00"),
        (3600 * 5, 900, "09:00:00"),
        (86_400 * 9, 43_200, "00:00:00"),
    ],
)
def test_columns_begin_at_round_local_times(span_s: int, step_s: int, starts: str) -> None:
    calls = over_time([attempt(), attempt(row=2, after_s=span_s)])
    assert calls is not None
    assert (calls.step_s, f"{calls.columns[0].starts_at:%H:%M:%S}") == (step_s, starts)


def test_columns_go_through_the_hour_that_is_there_twice() -> None:
    """On 25 October 2026, 03:00 in Berlin becomes 02:00: what began later stands further right."""
    zone = ZoneInfo("Europe/Berlin")
    moments = [datetime(2026, 10, 25, 0, minute, tzinfo=UTC).astimezone(zone) for minute in (20, 50)]
    moments += [datetime(2026, 10, 25, 1, minute, tzinfo=UTC).astimezone(zone) for minute in (20, 50)]
    made = [dataclasses.replace(attempt(row=row), began_at=moment) for row, moment in enumerate(moments)]
    calls = over_time(made)
    assert calls is not None
    found = [column.starts_at for column in calls.columns if column.counts]
    assert [f"{moment:%H:%M %z}" for moment in found] == [
        *("02:20 +0200", "02:50 +0200"),
        *("02:20 +0100", "02:50 +0100"),
    ]


@given(st.lists(st.floats(0, 90_000), min_size=1, max_size=60))
def test_histograms_hold_every_time_in_twenty_bins(seconds: list[float]) -> None:
    """And quantiles are times that occurred, in their order."""
    spread = spread_of(seconds)
    assert spread is not None
    assert sum(spread.counts) == spread.number == len(seconds)
    assert 1 <= len(spread.counts) <= 20
    quantiles = [spread.shortest_s, spread.median_s, spread.ninth_tenth_s, spread.longest_s]
    assert quantiles == sorted(quantiles)
    assert set(quantiles) <= set(seconds)
    assert spread.first_bin * spread.bin_s <= spread.shortest_s


def test_quantiles_by_nearest_rank() -> None:
    spread = spread_of(range(1, 11))
    assert spread is not None
    assert (spread.shortest_s, spread.median_s, spread.ninth_tenth_s, spread.longest_s) == (1, 5, 9, 10)
    assert spread_of([]) is None


def test_stretches_of_a_call() -> None:
    """Placed after 1 s; what is not known is None; nothing lies behind the end."""
    assert stretches_of(attempt(ring_s=6)) == Stretches(1.0, 7.0, 30.0)
    assert stretches_of(attempt("busy")) == Stretches(1.0, None, 30.0)
    assert stretches_of(attempt(ring_s=60)) == Stretches(1.0, 30.0, 30.0)
    assert stretches_of(attempt(None, took_s=None)) == Stretches(None, None, None)
    assert stretches_of(attempt("busy", took_s=0.5)) == Stretches(0.5, None, 0.5)


def test_ring_and_talk_times_are_those_of_answered_calls() -> None:
    times = times_of([attempt(ring_s=4), attempt("busy"), attempt(None, took_s=None)])
    assert times.ring is not None
    assert times.talk is not None
    assert (times.ring.number, times.ring.longest_s) == (1, 4.0)
    assert (times.talk.number, times.talk.longest_s) == (1, 25.0)
    assert times_of([attempt("busy")]).ring is None
