"""A ledger row as plain data, and its result as the JSON that the file holds."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from cartesia_call.ledger_ports import ListPlace, OpenCall
from cartesia_call.telephony.attempt import AttemptResult, ErrorReport, Timing
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice

_RESULT_FIELDS = frozenset(field.name for field in dataclasses.fields(AttemptResult))
_TIMING_FIELDS = frozenset(field.name for field in dataclasses.fields(Timing))
_ERROR_FIELDS = frozenset(field.name for field in dataclasses.fields(ErrorReport))
_WORDS: dict[str, type[StrEnum]] = {"outcome": Outcome, "voice": Voice, "evidence": Evidence}
"""The fields of a result whose words a newer release may have more of."""


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
    row of a dial list that it was made for, if there is one. `foreign` holds, by the names of a result's
    fields, what another release wrote there and this one has no value for: `result` has None (`evidence`:
    `none`) in these places, and is None itself where nothing of it can be read.
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
    result: AttemptResult | None
    place: ListPlace | None
    foreign: Mapping[str, str] = field(default_factory=dict)


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
    return json.dumps(dataclasses.asdict(kept), default=_json_value, ensure_ascii=False)


def is_account_wide(text: str) -> bool:
    """`ErrorReport.account_wide` in what `result_text` wrote; False without an error, or in other words."""
    try:
        return json.loads(text)["error"]["account_wide"] is True
    except (KeyError, TypeError, ValueError):
        return False


def _json_value(value: object) -> str:
    if isinstance(value, datetime):
        return time_text(value)
    raise TypeError(f"a result holds a {type(value).__name__}")


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
    """A row of the table `calls`, whichever release wrote it: see `LedgerRow.foreign`."""
    result: AttemptResult | None = None
    foreign: dict[str, str] = {}
    if row["result"] is not None:
        try:
            result, foreign = read_result(row["result"])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            foreign = {"detail": f"another release of cartesia-call wrote this, unreadable here: {error!r}"}
            if row["outcome"] is not None:
                foreign["outcome"] = row["outcome"]
    return LedgerRow(
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
        result=result,
        place=_place(row["list_id"], row["list_row"], row["list_attempt"]),
        foreign=foreign,
    )


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
