"""Rows that were read are the same when they are written."""

from __future__ import annotations

import dataclasses
from datetime import time

from cartesia_call.cli.kept_rows import AT_ONCE, kept_rows
from tests.fleet.workers import list_row


def test_rows_come_back_in_their_order() -> None:
    """Whatever they have of their own, and however many pieces they make."""
    rows = [list_row(number, to="+12025550143") for number in range(1, AT_ONCE + 3)]
    rows[1] = dataclasses.replace(
        rows[1],
        message='Grüß "Gott"\t\n\ud800',
        voice="v",
        language="de",
        timezone="Europe/Berlin",
        not_after=time(21, 30),
    )
    with kept_rows() as kept:
        for row in rows:
            kept.keep(dataclasses.replace(row, fields={"to": row.to}))
        assert list(kept.rows()) == rows


def test_of_no_rows_none_come_back() -> None:
    with kept_rows() as kept:
        assert list(kept.rows()) == []
