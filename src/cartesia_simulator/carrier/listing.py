"""Which calls a list request means: filters and page, as `GET Calls.json` takes them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from cartesia_simulator.carrier.api_errors import invalid_parameter
from cartesia_simulator.carrier.call import SimulatedCall

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000

_MOST_DIGITS = 9

_COMPARISONS: dict[str, Callable[[date, date], bool]] = {
    "": operator.eq,
    "<": operator.le,
    ">": operator.ge,
}


def select_calls(calls: Iterable[SimulatedCall], query: Mapping[str, str]) -> list[SimulatedCall]:
    """The calls that pass every filter, the youngest first."""
    started, ended = _limits("StartTime", query), _limits("EndTime", query)
    found = [
        call
        for call in calls
        if _matches(call, query)
        and all(holds(call.started_at) for holds in started)
        and all(holds(call.finished_at) for holds in ended)
    ]
    return found[::-1]


def page_of(query: Mapping[str, str]) -> tuple[int, int]:
    """Number of the page, from 0, and its size."""
    return _whole(query, "Page", 0), max(1, min(_whole(query, "PageSize", DEFAULT_PAGE_SIZE), MAX_PAGE_SIZE))


def _matches(call: SimulatedCall, query: Mapping[str, str]) -> bool:
    facts = {
        "To": call.to,
        "From": call.caller_id,
        "Status": call.status.value,
        "ParentCallSid": "",
    }
    return all(query[name] == fact for name, fact in facts.items() if query.get(name))


def _limits(name: str, query: Mapping[str, str]) -> list[Callable[[datetime | None], bool]]:
    return [
        _limit(comparison, _date(name, query[name + sign]))
        for sign, comparison in _COMPARISONS.items()
        if query.get(name + sign)
    ]


def _limit(comparison: Callable[[date, date], bool], day: date) -> Callable[[datetime | None], bool]:
    # The filters are documented as dates, so a time of day is not honoured here; and a call that was not
    # dialled yet has no time to be compared.
    return lambda moment: moment is not None and comparison(moment.date(), day)


def _date(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise invalid_parameter(f"{name} {text!r} is not a date") from None


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise invalid_parameter(f"{name} {text!r} is not a whole number")
    return int(text)
