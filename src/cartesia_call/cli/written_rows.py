"""A row of the ledger as its line of JSON: where this release wrote it plainly, in the words in which the
ledger holds it, without reading them.

Of a hundred thousand rows reading and writing JSON is most of the work. What one pattern takes for plain are
strings of printable ASCII without escapes, and numbers as Python writes them: of these reading and writing
again makes the same text. Anything else is read.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING

from cartesia_call.cli import exit_status
from cartesia_call.cli.ledger_fields import ledger_only_fields, row_fields
from cartesia_call.cli.render import JSON_SCHEMA, PRINTED_AS_WRITTEN
from cartesia_call.quoting import one_line
from cartesia_call.telephony.attempt import AttemptResult, Timing
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice

if TYPE_CHECKING:
    from cartesia_call.store.rows import LedgerRow


def row_line(row: LedgerRow) -> str:
    """What `json.dumps` makes of the row's fields, and nothing in it could steer a terminal."""
    values = _plain_values(row)
    if values is None:
        return one_line(json.dumps(row_fields(row)))
    status = _exit_code(values[_OUTCOME], values[_INTERRUPTED_BY])
    return f"{_HEAD % _in_head(values)}{status}{_TAIL % _in_tail(values)}{_ledger_only(row)}"


def is_plain(row: LedgerRow) -> bool:
    """Whether the line is made without reading what is written."""
    return _plain_values(row) is not None


def _plain_values(row: LedgerRow) -> tuple[str, ...] | None:
    found = None if row.written is None else _PLAIN.fullmatch(row.written)
    if found is None:
        return None
    values: tuple[str, ...] = found.groups()
    try:
        datetime.fromisoformat(values[_STARTED_AT])
        datetime.fromisoformat(values[_ENDED_AT])
    except ValueError:
        return None
    return values


@functools.lru_cache
def _exit_code(outcome: str, interrupted_by: str) -> int:
    return exit_status.of_written(json.loads(outcome), None, json.loads(interrupted_by))


def _ledger_only(row: LedgerRow) -> str:
    if (row.settled, row.end_asked_by, row.end_asked_at, row.no_guard_reason, row.place) != _NOTHING:
        return ", " + json.dumps(ledger_only_fields(row))[1:]
    return _of_account(row.account_sid, row.region, row.time_limit_s)


@functools.lru_cache
def _of_account(account_sid: str, region: str, time_limit_s: int) -> str:
    fields = dict.fromkeys(("settled", "end_asked_by", "end_asked_at", "no_guard_reason", "place"))
    own = {"account_sid": account_sid, "region": region, "time_limit_s": time_limit_s}
    return ", " + json.dumps({**fields, **own})[1:]


_STRING = r'"[ !#-\[\]-~]*"'
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"
_VALUE = rf"(?:null|true|false|{_NUMBER}|{_STRING})"
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}"


def _words(words: Iterable[str]) -> str:
    return "|".join(json.dumps(str(word)) for word in words)


def _form(field: str) -> str:
    """The field in the ledger, its value a group of its name."""
    value = rf"(?P<{field}>{_VALUE})"
    match field:
        case "started_at" | "ended_at":
            value = rf'"(?P<{field}>{_TIME})\+00:00"'
        case "outcome":
            value = rf"(?P<{field}>null|{_words(Outcome)})"
        case "voice":
            value = rf"(?P<{field}>null|{_words(Voice)})"
        case "evidence":
            value = rf"(?P<{field}>{_words(Evidence)})"
        case "joined":
            value = rf"(?P<{field}>\[(?:{_STRING}(?:, {_STRING})*)?\])"
        case "timing":
            steps = ", ".join(rf'"{step.name}": (?:null|{_NUMBER})' for step in dataclasses.fields(Timing))
            value = rf"(?P<{field}>\{{{steps}\}})"
        case "error":
            value = rf"(?P<{field}>null)"
    return f'"{field}": {value}'


_PLAIN = re.compile(rf"\{{{', '.join(_form(field.name) for field in dataclasses.fields(AttemptResult))}\}}")
_NAMES = tuple(_PLAIN.groupindex)
_OUTCOME, _INTERRUPTED_BY, _STARTED_AT, _ENDED_AT = map(
    _NAMES.index, ("outcome", "interrupted_by", "started_at", "ended_at")
)
_HEAD = f'{{"schema": {JSON_SCHEMA}, "id": %s, "to": %s, "from": %s, "outcome": %s, "exit_code": '
_in_head = itemgetter(*map(_NAMES.index, ("id", "to", "caller_id", "outcome")))
_BEHIND = (
    *PRINTED_AS_WRITTEN,
    "started_at",
    "ended_at",
    "timing",
    "characters",
    "price",
    "price_unit",
    "error",
)
_TAIL = "".join(f', "{name}": "%sZ"' if name.endswith("_at") else f', "{name}": %s' for name in _BEHIND)
_in_tail = itemgetter(*map(_NAMES.index, _BEHIND))
_NOTHING = (None,) * 5
