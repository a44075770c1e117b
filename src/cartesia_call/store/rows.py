"""A ledger row as plain data, and its result as the JSON that the file holds."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from cartesia_call.ledger_ports import ListPlace, OpenCall
from cartesia_call.patterns import regex
from cartesia_call.records import dataclass
from cartesia_call.telephony.attempt import AttemptResult, ErrorReport, Timing
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice

_RESULT_FIELDS = frozenset(field.name for field in dataclasses.fields(AttemptResult))
_TIMING_FIELDS = frozenset(field.name for field in dataclasses.fields(Timing))
_ERROR_FIELDS = frozenset(field.name for field in dataclasses.fields(ErrorReport))
_WORDS: dict[str, type[StrEnum]] = {"outcome": Outcome, "voice": Voice, "evidence": Evidence}
"""The fields of a result whose words a newer release may have more of."""

_TIMING_ORDER = [field.name for field in dataclasses.fields(Timing)]
_TIME = regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00")
"""As `time_text` writes it."""

_TIMES = ("started_at", "ended_at")
_OUTCOMES = frozenset({None, *map(str, Outcome)})
_VOICES = frozenset({None, *map(str, Voice)})
_EVIDENCE = frozenset(map(str, Evidence))


class Columns(Protocol):
    """A row of a table, by the names of its columns: as SQLite gives it, or another database."""

    def __getitem__(self, name: str, /) -> Any: ...


@dataclass(frozen=True, kw_only=True)
class LedgerRow:
    """One attempt as the ledger holds it, full numbers included.

    `ended_at` is None while the row is open. `result` is None until the attempt's own process closed the
    row. `settled` is the sentence of a later run, if that closed it, `withheld` the one about a call that
    was not placed on purpose, `no_guard_reason` the user's, if the guard was not to be asked.
    `outcome` beside `settled` is what that run could prove. `end_asked_by` is the command that asked the
    carrier to end the call at `end_asked_at`, if another one than that which placed it did. `place` is the
    row of a dial list that it was made for, if there is one. `written` is the text that `result_text` wrote,
    from which `result` is read when it is asked for. `foreign` holds, by the names of a result's fields, what
    another release wrote there and this one has no value for: `result` has None (`evidence`: `none`) in these
    places, and is None itself where nothing of it can be read.
    """

    id: str
    created_at: datetime
    to: str
    caller_id: str
    account_sid: str
    region: str
    time_limit_s: int
    call_sid: str | None
    outcome: str | None
    ended_at: datetime | None
    settled: str | None
    withheld: str | None
    no_guard_reason: str | None
    end_asked_by: str | None
    end_asked_at: datetime | None
    written: str | None
    place: ListPlace | None

    @property
    def result(self) -> AttemptResult | None:
        """What the attempt's own process wrote."""
        return self._read[0]

    @property
    def foreign(self) -> Mapping[str, str]:
        """What another release wrote."""
        return self._read[1]

    @functools.cached_property
    def plainly_written(self) -> dict[str, Any] | None:
        """What `written_form` gives of `result`, without making that, where this release's own words stand in
        all of it; None: ask `result` and `foreign`."""
        if self.written is None:
            return None
        try:
            written = json.loads(self.written)
            return written if _is_plain(written) else None
        except (AttributeError, KeyError, TypeError, ValueError):
            return None

    @functools.cached_property
    def _read(self) -> tuple[AttemptResult | None, Mapping[str, str]]:
        if self.written is None:
            return None, {}
        try:
            return read_result(self.written)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            foreign = {"detail": f"another release of cartesia-call wrote this, unreadable here: {error!r}"}
            return None, foreign | ({} if self.outcome is None else {"outcome": self.outcome})


def time_text(moment: datetime) -> str:
    """ISO 8601 in UTC, with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def result_text(result: AttemptResult, *, keeps_digits: bool = False, keeps_text: bool = False) -> str:
    """The result as a JSON object; times as `time_text` writes them.

    The message's text is left out unless `keeps_text`, and so are the keys that were pressed, unless
    `keeps_digits`: what they answered is in outcome and `acknowledged`, others may be anything, a PIN too.
    """
    digits = result.digits if keeps_digits or not result.digits else None
    kept = dataclasses.replace(result, heard_text=result.heard_text if keeps_text else None, digits=digits)
    return json.dumps(written_form(kept), ensure_ascii=False)


def written_form(result: AttemptResult) -> dict[str, Any]:
    """The object that `result_text` writes."""
    return {
        **vars(result),
        "started_at": time_text(result.started_at),
        "ended_at": time_text(result.ended_at),
        "joined": list(result.joined),
        "timing": dict(vars(result.timing)),
        "error": None if result.error is None else dict(vars(result.error)),
    }


def _is_plain(written: dict[str, Any]) -> bool:
    """Whether each field has a form and a word of this release, as if it had been read and written again."""
    error = written["error"]
    return (
        written.keys() == _RESULT_FIELDS
        and list(written["timing"]) == _TIMING_ORDER
        and (error is None or error.keys() == _ERROR_FIELDS)
        and written["outcome"] in _OUTCOMES
        and written["voice"] in _VOICES
        and written["evidence"] in _EVIDENCE
        and isinstance(written["joined"], list)
        and all(_TIME.fullmatch(written[name]) and datetime.fromisoformat(written[name]) for name in _TIMES)
    )


def is_account_wide(text: str) -> bool:
    """`ErrorReport.account_wide` in what `result_text` wrote; False without an error, or in other words."""
    try:
        return json.loads(text)["error"]["account_wide"] is True
    except (KeyError, TypeError, ValueError):
        return False


def read_result(text: str) -> tuple[AttemptResult, dict[str, str]]:
    """What `result_text` wrote, and the words in it that have no value here, by field.

    Fields that only a newer release knows are left out. AttributeError, KeyError, TypeError or ValueError for
    anything else.
    """
    written = json.loads(text)
    words = {name: written[name] for name in _WORDS if written.get(name) is not None}
    known = {name: _value(_WORDS[name], word) for name, word in words.items()}
    foreign = {name: str(word) for name, word in words.items() if known[name] is None}
    result = AttemptResult(
        **{
            **_known(written, _RESULT_FIELDS),
            "outcome": known.get("outcome"),
            "voice": known.get("voice"),
            "evidence": known.get("evidence") or Evidence.NONE,
            "started_at": datetime.fromisoformat(written["started_at"]),
            "ended_at": datetime.fromisoformat(written["ended_at"]),
            "joined": tuple(written.get("joined", ())),
            "timing": Timing(**_known(written["timing"], _TIMING_FIELDS)),
            "error": written["error"] and ErrorReport(**_known(written["error"], _ERROR_FIELDS)),
        }
    )
    return result, foreign


def _value(words: type[StrEnum], word: Any) -> StrEnum | None:
    try:
        return words(word)
    except ValueError:
        return None


def _known(written: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in written.items() if name in names}


def ledger_row(row: Columns) -> LedgerRow:
    """A row of the table `calls`, whichever release wrote it."""
    made = LedgerRow.__new__(LedgerRow)  # a frozen one is filled slowly, field by field
    vars(made).update(
        id=row["id"],
        created_at=datetime.fromisoformat(row["created_at"]),
        to=row["to_number"],
        caller_id=row["caller_id"],
        account_sid=row["account_sid"],
        region=row["region"],
        time_limit_s=row["time_limit_s"],
        call_sid=row["call_sid"],
        outcome=row["outcome"],
        ended_at=_moment(row["ended_at"]),
        settled=row["settled"],
        withheld=row["withheld"],
        no_guard_reason=row["no_guard_reason"],
        end_asked_by=row["end_asked_by"],
        end_asked_at=_moment(row["end_asked_at"]),
        written=row["result"],
        place=_place(row["list_id"], row["list_row"], row["list_attempt"]),
    )
    return made


def _place(list_id: str | None, row: int, attempt: int) -> ListPlace | None:
    return None if list_id is None else ListPlace(list_id=list_id, row=row, attempt=attempt)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def open_call(row: LedgerRow) -> OpenCall:
    """What a later run needs to know of a row that was never closed."""
    return OpenCall(
        id=row.id,
        to=row.to,
        caller_id=row.caller_id,
        call_sid=row.call_sid,
        created_at=row.created_at,
        time_limit_s=row.time_limit_s,
        account_sid=row.account_sid,
        region=row.region,
        end_asked_by=row.end_asked_by,
    )
