"""Filters and pages of a list of calls."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cartesia_call.clock import SystemClock
from cartesia_simulator.carrier.api_errors import ApiError
from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.listing import page_of, select_calls


def new_call(to: str = "+12025550143", *, days_ago: int | None = None) -> SimulatedCall:
    call = SimulatedCall(SystemClock(), account_sid="AC1", to=to, caller_id="+12025550100")
    if days_ago is not None:
        call.started_at = call.created_at - timedelta(days=days_ago)
    return call


def test_the_youngest_call_comes_first() -> None:
    """Without a filter: all of them."""
    calls = [new_call(), new_call(), new_call()]
    assert select_calls(calls, {}) == calls[::-1]


def test_filters_hold_together() -> None:
    """Every filter that is not empty must fit."""
    one, other = new_call(), new_call("+12025550144")
    assert select_calls([one, other], {"To": one.to, "From": one.caller_id, "Status": ""}) == [one]
    assert select_calls([one, other], {"To": one.to, "Status": "busy"}) == []


def test_time_filters_compare_days_and_include_the_day_named() -> None:
    """A time of day is not honoured; a call that was never dialled fits no time."""
    old, young, undialled = new_call(days_ago=5), new_call(days_ago=1), new_call()
    calls = [old, young, undialled]
    assert young.started_at is not None
    moment = young.started_at.isoformat()
    assert select_calls(calls, {"StartTime>": moment}) == [young]
    assert select_calls(calls, {"StartTime<": moment}) == [young, old]
    assert select_calls(calls, {"StartTime": moment[:10]}) == [young]
    assert select_calls(calls, {"EndTime>": "2000-01-01"}) == []


@pytest.mark.parametrize("query", [{"StartTime>": "yesterday"}, {"EndTime": "2026-13-01"}])
def test_what_is_no_date_is_refused(query: dict[str, str]) -> None:
    """Also while there are no calls to compare."""
    with pytest.raises(ApiError):
        select_calls([], query)


def test_pages_have_limits() -> None:
    """50 by default, 1000 at most, never none."""
    assert page_of({}) == (0, 50)
    assert page_of({"Page": "2", "PageSize": "5000"}) == (2, 1000)
    assert page_of({"PageSize": "0"}) == (0, 1)


@pytest.mark.parametrize("number", ["x", "-1", "9" * 5000, "\N{ARABIC-INDIC DIGIT THREE}"])
def test_what_is_no_number_of_a_page(number: str) -> None:
    """Refused, however many digits it has: Python reads no number of more than 4,300."""
    with pytest.raises(ApiError):
        page_of({"Page": number})
