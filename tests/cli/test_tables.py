"""Tables for programs and for people."""

from __future__ import annotations

import pytest

from cartesia_call.cli.tables import one_line, print_table


def test_columns_are_aligned_and_nothing_is_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal: plain text, no white space at a line's end."""
    print_table(("ID", "LABEL"), [("ata_1", "Ireland"), ("a", None), ("b", "")])
    assert capsys.readouterr().out == "ID     LABEL\nata_1  Ireland\na      -\nb      -\n"


def test_a_cell_is_one_printable_line() -> None:
    """Whatever somebody called it."""
    assert one_line("Ire\x1b[2J\nland ") == "Ire [2J land"
    assert one_line(0) == "0"
