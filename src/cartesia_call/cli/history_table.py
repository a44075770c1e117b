"""Calls on a terminal of whatever width: one line each, on a narrow one two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_GAP = 2
_LEAST_DETAIL_WIDTH = 16
"""A sentence that is cut shorter says nothing: it is left out."""

_ON_ONE_LINE = ("ROW", "ATTEMPT", "WHEN", "TO", "OUTCOME", "HEARD", "ID")
_FIRST, _SECOND = ("ROW", "WHEN", "TO"), ("OUTCOME", "HEARD", "ID")


def short_id(id: str) -> str:
    """The end of an attempt's id: the time before it stands in the line, and `show` finds it."""
    return id.rpartition("-")[2]


def call_lines(headings: Sequence[str], table: Sequence[Sequence[str]], width: int) -> list[str]:
    """A heading and the lines of `table`, whose cells are one line each, for a terminal of `width` columns.

    The call SID is left out, and of the id all but its end; what does not fit of the sentence is cut.
    """
    rows = [dict(zip(headings, cells, strict=True)) for cells in table]
    for row in rows:
        row["ID"] = short_id(row["ID"])
    titles = {heading: heading for heading in headings}
    widths = {name: max(len(row[name]) for row in (titles, *rows)) for name in headings}
    names = [name for name in _ON_ONE_LINE if name in widths]
    if _total(names, widths) > width and "ATTEMPT" in names:
        names.remove("ATTEMPT")
    if _total(names, widths) > width:
        return [line for row in (titles, *rows) for line in _two_lines(row, widths)]
    left = width - _total(names, widths) - _GAP
    return [_line(row, names, widths, left) for row in (titles, *rows)]


def _total(names: Sequence[str], widths: Mapping[str, int]) -> int:
    return sum(widths[name] for name in names) + _GAP * (len(names) - 1)


def _line(row: Mapping[str, str], names: Sequence[str], widths: Mapping[str, int], left: int) -> str:
    line = _columns(row, names, widths)
    if left < _LEAST_DETAIL_WIDTH:
        return line.rstrip()
    detail = row["DETAIL"]
    cut = detail if len(detail) <= left else f"{detail[: left - 1]}…"
    return f"{line}{' ' * _GAP}{cut}".rstrip()


def _two_lines(row: Mapping[str, str], widths: Mapping[str, int]) -> tuple[str, str]:
    first, second = ([name for name in names if name in row] for names in (_FIRST, _SECOND))
    return _columns(row, first, widths).rstrip(), "  " + _columns(row, second, widths).rstrip()


def _columns(row: Mapping[str, str], names: Sequence[str], widths: Mapping[str, int]) -> str:
    return (" " * _GAP).join(row[name].ljust(widths[name]) for name in names)
