"""What is removed from the ledger when it was kept for long enough: numbers, then whole rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection
from typing import Any

from cartesia_call.store.rows import Columns
from cartesia_call.telephony.numbers import mask_known, mask_number, mask_numbers_in

_SENTENCES = ("settled", "withheld", "no_guard_reason")
_WITH_NUMBERS = "SELECT * FROM calls WHERE created_at < ? AND numbers_cut = 0"


def has_whole_numbers(database: sqlite3.Connection, before: str) -> bool:
    """Whether `cut_numbers` finds a row. `before` is a moment as the table holds them."""
    return database.execute(f"{_WITH_NUMBERS} LIMIT 1", (before,)).fetchone() is not None


def cut_numbers(database: sqlite3.Connection, before: str) -> int:
    """Mask every number in rows that are older, and forget which keys were pressed; how many rows."""
    rows = database.execute(_WITH_NUMBERS, (before,)).fetchall()
    for row in rows:
        database.execute(
            "UPDATE calls SET to_number = ?, caller_id = ?, settled = ?, withheld = ?, no_guard_reason = ?,"
            " result = ?, numbers_cut = 1 WHERE id = ?",
            (*masked_columns(row), row["id"]),
        )
    return len(rows)


def masked_columns(row: Columns) -> tuple[str | None, ...]:
    """Number, caller ID, the three sentences and the result of a row of `calls`, without whole numbers and
    without what was pressed."""
    numbers = (row["to_number"], row["caller_id"])
    sentences = [_masked(row[name], numbers) for name in _SENTENCES]
    return (*map(mask_number, numbers), *sentences, _masked_result(row["result"], numbers))


def kept_lists(
    database: sqlite3.Connection,
    before: str,
    *,
    is_row_free: Callable[[str], bool],
    is_list_free: Callable[[str], bool],
) -> frozenset[str]:
    """Dial lists that stay with all of their rows: younger themselves, with a younger row, or under way.

    Whether a living process owns a row, or calls a list, is what the two questions answer.
    """
    kept = {
        row["id"]
        for row in database.execute("SELECT id, created_at FROM lists")
        if row["created_at"] >= before or not is_list_free(row["id"])
    }
    needed = "SELECT DISTINCT list_id FROM calls WHERE list_id IS NOT NULL AND created_at >= ?"
    kept.update(row["list_id"] for row in database.execute(needed, (before,)))
    is_open = "SELECT id, list_id FROM calls WHERE list_id IS NOT NULL AND ended_at IS NULL"
    kept.update(row["list_id"] for row in database.execute(is_open) if not is_row_free(row["id"]))
    return frozenset(kept)


def forget_lists(database: sqlite3.Connection, before: str, kept: Collection[str]) -> list[str]:
    """Remove the dial lists that are older and not `kept`; their IDs. Their rows are `forget_rows`'s."""
    rows = database.execute("SELECT id FROM lists WHERE created_at < ?", (before,)).fetchall()
    ids = [row["id"] for row in rows if row["id"] not in kept]
    database.executemany("DELETE FROM lists WHERE id = ?", [(id,) for id in ids])
    return ids


def forget_rows(
    database: sqlite3.Connection, before: str, kept: Collection[str], *, is_free: Callable[[str], bool]
) -> int:
    """Remove the rows that are older and over, or whose process is gone, says `is_free`; how many.

    Those of the lists `kept` stay.
    """
    rows = database.execute("SELECT id, ended_at, list_id FROM calls WHERE created_at < ?", (before,))
    ids = [
        (row["id"],)
        for row in rows.fetchall()
        if row["list_id"] not in kept and (row["ended_at"] is not None or is_free(row["id"]))
    ]
    database.executemany("DELETE FROM calls WHERE id = ?", ids)
    return len(ids)


def _masked(text: str | None, numbers: Collection[str]) -> str | None:
    return None if text is None else mask_known(mask_numbers_in(text), numbers)


def _masked_result(text: str | None, numbers: Collection[str]) -> str | None:
    """A result's JSON. What another release wrote in another form is masked as a text."""
    try:
        fields = json.loads(text or "")
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        return _masked(text, numbers)
    digits = None if fields.get("digits") else fields.get("digits")
    return json.dumps({**_masked_in(fields, numbers), "digits": digits}, ensure_ascii=False)


def _masked_in(value: Any, numbers: Collection[str]) -> Any:
    """Every text in what JSON may hold, the names of fields apart."""
    if isinstance(value, str):
        return _masked(value, numbers)
    if isinstance(value, dict):
        return {name: _masked_in(field, numbers) for name, field in value.items()}
    return [_masked_in(item, numbers) for item in value] if isinstance(value, list) else value
