"""A call is one line at 80 columns and two at 40; what one would copy is never cut."""

from __future__ import annotations

import pytest

from cartesia_call.cli.history_table import call_lines

HEADINGS = ("ID", "WHEN", "TO", "OUTCOME", "CALL SID", "HEARD", "DETAIL")
SENTENCE = "the callee hung up before the end of the message was played to them"
CALLS = [
    (
        f"20261121T031500Z-1f9c04b{number}",
        "2026-11-21 04:15:00",
        "+1202***0143",
        outcome,
        "CA" + "0" * 32,
        heard,
        SENTENCE,
    )
    for number, (outcome, heard) in enumerate(
        [("delivered", "4.2 s"), ("voicemail-skipped", "-"), ("hangup-unconfirmed", "600.0 s")]
    )
]


def test_at_eighty_columns_a_call_is_one_line() -> None:
    heading, *lines = call_lines(HEADINGS, CALLS, 80)
    assert heading.split() == ["WHEN", "TO", "OUTCOME", "HEARD", "ID"]
    assert len(lines) == len(CALLS)
    assert lines[2] == "2026-11-21 04:15:00  +1202***0143  hangup-unconfirmed  600.0 s  1f9c04b2"


def test_at_forty_a_call_is_two_lines() -> None:
    lines = call_lines(HEADINGS, CALLS, 40)
    assert lines[-2:] == [
        "2026-11-21 04:15:00  +1202***0143",
        "  hangup-unconfirmed  600.0 s  1f9c04b2",
    ]
    assert len(lines) == 2 * (1 + len(CALLS))


def test_the_sentence_fills_what_is_left() -> None:
    assert call_lines(HEADINGS, CALLS, 100)[1].endswith("  the callee hung up before…")
    assert call_lines(HEADINGS, CALLS, 300)[1].endswith(f"  {SENTENCE}")


def test_a_list_has_the_row_too() -> None:
    """And the attempt where there is room."""
    listed = [("12345", "2", *cells) for cells in CALLS]
    headings = ("ROW", "ATTEMPT", *HEADINGS)
    assert call_lines(headings, listed, 80)[1].startswith("12345  2026-11-21")
    assert call_lines(headings, listed, 100)[1].startswith("12345  2        2026-11-21")


@pytest.mark.parametrize("width", [39, 40, 79, 80, 99, 100, 132, 200])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    assert max(map(len, call_lines(HEADINGS, CALLS, width))) <= width
