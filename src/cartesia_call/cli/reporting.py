"""`history --report`: from rows of the ledger to a page, and to the file that the user names."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cartesia_call.cli.output_files import STANDARD_OUTPUT, check_writable, write_output
from cartesia_call.cli.terminal import print_result
from cartesia_call.errors import InputError

if TYPE_CHECKING:
    from cartesia_call.cli.queue_history import ReadableLedger
    from cartesia_call.ledger_ports import DialListRecord, ListPlace
    from cartesia_call.report.reported import ListReport, ReportedAttempt
    from cartesia_call.store.rows import LedgerRow

_WHAT = "a report"


def check_destination(output: str, *, as_json: bool) -> None:
    """InputError if the report could go nowhere, or the extra is missing that draws its charts."""
    if as_json:
        raise InputError("--report and --json are two forms of one history", hint="ask for one at a time")
    if output != STANDARD_OUTPUT:
        check_writable(Path(output), option="--report", what=_WHAT, example="an .html file")
    _renderer()


def write_selection(
    output: str,
    ledger: ReadableLedger,
    list_id: str | None,
    limit: int,
    *,
    rehearsal: bool,
    other_carrier: bool,
    show_numbers: bool,
) -> bool:
    """The report of one list, all of it, or of the last calls, `limit` of them; False if there were none."""
    from cartesia_call.cli.history_lists import newest_rows, one_list, rows_of_list

    if list_id is not None:
        record = one_list(ledger, list_id)
        rows = rows_of_list(ledger, record.id, None)
        write_list(
            output, record, rows, rehearsal=rehearsal, other_carrier=other_carrier, show_numbers=show_numbers
        )
        return True
    calls = list(newest_rows(ledger, limit))
    write_history(output, calls, rehearsal=rehearsal, other_carrier=other_carrier, show_numbers=show_numbers)
    return bool(calls)


def write_report(output: str, report: ListReport) -> None:
    """Write the page to a file and say so, or to standard output for `-`. InputError if it cannot be done."""
    page = _renderer()(report)
    write_output(output, page.encode(), what=_WHAT)
    if output != STANDARD_OUTPUT:
        number = len(report.attempts)
        kind = "rehearsal" if report.rehearsal else "call"
        through = " through another carrier than Twilio" if report.other_carrier else ""
        print_result(f"{output}: a report of {number:,} {kind}{'' if number == 1 else 's'}{through}")


def write_history(
    output: str, rows: Iterable[LedgerRow], *, rehearsal: bool, other_carrier: bool, show_numbers: bool
) -> None:
    """The report of these rows, as `write_report` writes it."""
    from cartesia_call.clock import SystemClock

    now = SystemClock().utc_now()
    report = history_report(
        rows, made_at=now, rehearsal=rehearsal, other_carrier=other_carrier, show_numbers=show_numbers
    )
    write_report(output, report)


def history_report(
    rows: Iterable[LedgerRow],
    *,
    made_at: datetime,
    rehearsal: bool,
    other_carrier: bool,
    show_numbers: bool,
) -> ListReport:
    """Of calls that belong together by nothing but the time. `made_at` is in any zone, as all times."""
    attempts = [reported(row, None, show_numbers=show_numbers) for row in rows]
    kind = "rehearsal" if rehearsal else "call"
    number = len(attempts)
    name = f"The last {kind}" if number == 1 else f"The last {number:,} {kind}s"
    return _report(
        name, None, number, attempts, made_at=made_at, rehearsal=rehearsal, other_carrier=other_carrier
    )


def write_list(
    output: str,
    record: DialListRecord,
    rows: Iterable[LedgerRow],
    *,
    rehearsal: bool,
    other_carrier: bool,
    show_numbers: bool,
) -> None:
    """The report of a dial list, as `write_report` writes it."""
    from cartesia_call.clock import SystemClock

    now = SystemClock().utc_now()
    write_report(
        output,
        list_report(
            record,
            rows,
            made_at=now,
            rehearsal=rehearsal,
            other_carrier=other_carrier,
            show_numbers=show_numbers,
        ),
    )


def list_report(
    record: DialListRecord,
    rows: Iterable[LedgerRow],
    *,
    made_at: datetime,
    rehearsal: bool,
    other_carrier: bool,
    show_numbers: bool,
) -> ListReport:
    """Of a list with all its rows, those that nobody called yet included."""
    attempts = [reported(row, row.place, show_numbers=show_numbers) for row in rows]
    made = _report(
        record.name,
        record.id,
        record.rows,
        attempts,
        made_at=made_at,
        rehearsal=rehearsal,
        other_carrier=other_carrier,
    )
    ended_at = record.ended_at
    return dataclasses.replace(made, ended_at=None if ended_at is None else ended_at.astimezone())


def reported(row: LedgerRow, place: ListPlace | None, *, show_numbers: bool) -> ReportedAttempt:
    """An attempt as the report has it: times local, numbers masked in its sentence, too."""
    from cartesia_call.report.reported import ReportedAttempt

    masked = _masking(row, show_numbers=show_numbers)
    return ReportedAttempt(
        row=None if place is None else place.row,
        attempt=1 if place is None else place.attempt,
        to=masked(row.to),
        result=row.result,
        outcome=row.outcome,
        began_at=row.created_at.astimezone(),
        ended_at=None if row.ended_at is None else row.ended_at.astimezone(),
        sentence=masked(sentence_of(row)),
    )


def sentence_of(row: LedgerRow) -> str:
    """How an attempt ended, or what a later run found out about it, or why it was not made."""
    if row.result is not None:
        return row.result.detail
    return row.foreign.get("detail") or row.settled or row.withheld or ""


def _masking(row: LedgerRow, *, show_numbers: bool) -> Callable[[str], str]:
    from cartesia_call.telephony.numbers import mask_known, mask_numbers_in

    if show_numbers:
        return str
    return lambda text: mask_numbers_in(mask_known(text, (row.to, row.caller_id)))


def _report(
    name: str,
    list_id: str | None,
    row_count: int,
    attempts: list[ReportedAttempt],
    *,
    made_at: datetime,
    rehearsal: bool,
    other_carrier: bool,
) -> ListReport:
    from cartesia_call.report.reported import ListReport

    ends = [one.ended_at for one in attempts if one.ended_at is not None]
    return ListReport(
        name=name,
        list_id=list_id,
        rows=row_count,
        began_at=min((one.began_at for one in attempts), default=None),
        ended_at=max(ends) if ends and len(ends) == len(attempts) else None,
        attempts=attempts,
        made_at=made_at.astimezone(),
        rehearsal=rehearsal,
        other_carrier=other_carrier,
    )


def _renderer() -> Callable[[ListReport], str]:
    try:
        from cartesia_call.report.page import render
    except ModuleNotFoundError as error:
        if error.name != "svg":
            raise
        raise InputError(
            "--report draws its charts with svg.py, which is not installed",
            hint="install the extra `report`: pip install 'cartesia-call[report]'",
        ) from None
    return render
