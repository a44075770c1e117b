"""Tables on standard output: columns for a terminal, plain aligned text for everything else; and moments."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from cartesia_call import quoting
from cartesia_call.cli.terminal import print_result

_LEAST_LAST_WIDTH = 24


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """One line per row; None is a dash. The last column is folded on a terminal, the others never cut."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_rich(headings, cells)
        return
    widths = _widths(headings, cells)
    for row in (headings, *cells):
        print_result("  ".join(map(str.ljust, row, widths)).rstrip())


def one_line(cell: object) -> str:
    """Text without line breaks or control characters: a vendor's words must not steer a terminal."""
    text = "-" if cell is None or cell == "" else str(cell)
    return quoting.one_line(text).strip()


def local_text(moment: datetime) -> str:
    """For people: the machine's zone, to the second."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def utc_text(moment: datetime) -> str:
    """For programs: ISO 8601 in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _widths(headings: Sequence[str], cells: list[list[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(headings, *cells, strict=True)]


def _print_rich(headings: Sequence[str], cells: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rendered = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    *for_copying, last = headings
    for heading in for_copying:
        rendered.add_column(Text(heading), no_wrap=True)
    rendered.add_column(Text(last), overflow="fold")
    for row in cells:
        rendered.add_row(*map(Text, row))
    console = Console(highlight=False)
    # Ids and numbers are never cut: on a narrow terminal the terminal itself breaks the lines.
    least_width = sum(_widths(headings, cells)[:-1]) + 2 * len(for_copying) + _LEAST_LAST_WIDTH
    console.width = max(console.width, least_width)
    console.print(rendered)
