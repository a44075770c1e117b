"""`--results`: the list once more, with what became of each row behind its own columns."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import functools
import io
import os
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol, TextIO

from cartesia_call.blocking import in_daemon_thread, within
from cartesia_call.cli import exit_status, terminal
from cartesia_call.cli.list_file import ListFile
from cartesia_call.cli.output_files import check_writable
from cartesia_call.dial_list.rows import ListRow, RepeatedRow
from cartesia_call.errors import CartesiaCallError, InputError
from cartesia_call.ledger_ports import ListPlace
from cartesia_call.store.rows import LedgerRow, time_text
from cartesia_call.telephony.outcomes import Outcome

CHECK_LIMIT_S = 2.0
WRITE_LIMIT_S = 120.0
"""A hundred thousand rows take some seconds."""

AT_ONCE = 1_000
"""Rows of the ledger in memory."""

BLOCK_CHARACTERS = 65_536

COLUMNS = ("outcome", "exit_code", "detail", "attempts", "call_sid", "answered_by", "heard_ms", "ended_at")
"""What is added. Columns of the list that have these names, as in a file of results, are left out."""


class RowsOfLists(Protocol):
    """A journal that reads whole rows, whichever database holds it."""

    async def list_rows(self, list_id: str, *, after: ListPlace | None, limit: int) -> list[LedgerRow]:
        """The next `limit` rows of the ledger behind `after`, by row and attempt."""


def check_place(path: Path, file: str) -> None:
    """InputError if the results cannot be written to `path`, to be asked before anybody is called."""
    if file != "-" and path.exists() and path.samefile(file):
        raise InputError(
            f"--results would overwrite the list itself: {path}", hint="name another file for the results"
        )
    try:
        check = functools.partial(
            check_writable, option="--results", what="the results", example="a CSV file"
        )
        within(CHECK_LIMIT_S, functools.partial(check, path))
    except TimeoutError:
        terminal.print_note(f"warning: the disk of {path} does not answer; the results may not be written")


async def write_results(path: Path, file: ListFile, journal: RowsOfLists, list_id: str) -> None:
    """Write the list with its results to `path`, whole or not at all; warn where that fails."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        async with asyncio.timeout(WRITE_LIMIT_S) as limit:
            encoding = "utf-8-sig" if file.layout.has_mark else "utf-8"  # Excel wants one, others do not
            with _created(beside, encoding) as out:
                async for text in _filled(file, journal, list_id):
                    await in_daemon_thread(functools.partial(out.write, text))
            beside.replace(path)
    except TimeoutError:
        why = f"not within {WRITE_LIMIT_S:g} s" if limit.expired() else "the disk does not answer"
        terminal.print_note(f"warning: the results could not be written to {path}: {why}")
    except (OSError, CartesiaCallError) as error:
        terminal.print_note(f"warning: the results could not be written to {path}: {error}")
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def _created(path: Path, encoding: str) -> TextIO:
    """A new file for its owner alone: numbers stand in it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return open(descriptor, "w", encoding=encoding, errors="surrogateescape", newline="")


async def _filled(file: ListFile, journal: RowsOfLists, list_id: str) -> AsyncIterator[str]:
    """The file's text, some rows at a time."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=file.layout.delimiter, lineterminator=file.layout.line_end)
    found = _RowsOfLedger(journal, list_id)
    names = [name for name in file.names() if name.casefold() not in COLUMNS]
    writer.writerow([*names, *COLUMNS])
    for entry in file.entries():
        own = await found.of(entry.number)
        if isinstance(entry, ListRow):
            result = _result(own)
        elif isinstance(entry, RepeatedRow):
            result = _uncalled("", entry.reason)
        else:
            result = _uncalled(exit_status.USAGE, f"line {entry.line}: {entry.reason}")
        writer.writerow([*(entry.fields.get(name, "") for name in names), *result])
        if out.tell() > BLOCK_CHARACTERS:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


class _RowsOfLedger:
    """The ledger's rows of a list, in their order, a page at a time."""

    def __init__(self, journal: RowsOfLists, list_id: str) -> None:
        self._journal = journal
        self._list_id = list_id
        self._page: deque[LedgerRow] = deque()
        self._last: ListPlace | None = None
        self._has_more = True

    async def of(self, number: int) -> list[LedgerRow]:
        """The attempts of this row; of each row later than that asked for before."""
        own: list[LedgerRow] = []
        while row := await self._next():
            if row.place is None or row.place.row > number:
                break
            self._page.popleft()
            if row.place.row == number:
                own.append(row)
        return own

    async def _next(self) -> LedgerRow | None:
        if not self._page and self._has_more:
            page = await self._journal.list_rows(self._list_id, after=self._last, limit=AT_ONCE)
            self._page.extend(page)
            self._has_more = len(page) == AT_ONCE
            self._last = page[-1].place if page else None
        return self._page[0] if self._page else None


def _result(attempts: list[LedgerRow]) -> list[object]:
    """What became of a row, by its last attempt; empty for one that was never called."""
    if not attempts:
        return _uncalled("", "")
    last = attempts[-1]
    result = last.result
    detail = result.detail if result else last.settled or last.withheld or ""
    return [
        last.outcome or ("" if last.ended_at is None else "unknown"),
        _status(last),
        detail,
        len(attempts),
        last.call_sid or "",
        result.answered_by if result else "",
        result.heard_ms if result else "",
        time_text(last.ended_at) if last.ended_at else "",
    ]


def _uncalled(status: int | str, detail: str) -> list[object]:
    return ["", status, detail, 0, *[""] * (len(COLUMNS) - 4)]


def _status(row: LedgerRow) -> int | str:
    if row.result is not None:
        return exit_status.of_result(row.result)
    try:
        return exit_status.of_outcome(Outcome(row.outcome)) if row.outcome else ""
    except ValueError:  # a word of another release
        return ""
