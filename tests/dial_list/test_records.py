"""The records of a file, in good order, and what is read on behind a bad one."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.dial_list.layout import Layout
from cartesia_call.dial_list.records import BrokenRecord, Record, records

COMMAS = Layout(encoding="utf-8-sig", errors="surrogateescape", delimiter=",")
_MARKS = st.text(st.sampled_from('a",\n\r '), max_size=40)


def _read(text: str) -> list[Record | BrokenRecord]:
    return list(records(io.StringIO(text, newline=""), COMMAS, "people.csv"))


@given(_MARKS)
def test_reads_what_the_library_reads(text: str) -> None:
    """Where that finds nothing wrong; blank rows are none. Else the records before are the same."""
    expected: list[list[str]] = []
    read = _read(text)
    try:
        for fields in csv.reader(io.StringIO(text, newline=""), strict=True):
            if any(field.strip() for field in fields):
                expected.append(fields)
    except csv.Error:
        assert any(isinstance(record, BrokenRecord) for record in read)
        read = read[: len(expected)]
    assert [record.fields if isinstance(record, Record) else None for record in read] == expected


@given(_MARKS, _MARKS)
def test_lines_only_go_up(before: str, after: str) -> None:
    """Each record, good or bad, begins in a line of its own, which is one of the file's."""
    text = f'{before}\na,"b\n{after}'
    lines = [record.line for record in _read(text)]
    assert lines == sorted(set(lines))
    assert all(1 <= line <= 2 + text.count("\n") + text.count("\r") for line in lines)


def test_reads_on_behind_the_line_of_the_quote() -> None:
    """What the quote has swallowed is read again, a record in more lines than one before it is not."""
    first, second, third = _read('"x\ny","z\n1,2\n3,"4"\n')
    assert (first.line, isinstance(first, BrokenRecord) and first.field) == (2, 1)
    assert isinstance(second, Record)
    assert isinstance(third, Record)
    assert [(second.line, second.fields), (third.line, third.fields)] == [(3, ["1", "2"]), (4, ["3", "4"])]


def test_a_record_without_end_is_given_up() -> None:
    """Where each quote closes one field and opens another, no field is long, and all lines are one record."""
    text = 'a,"b\n' + 'a",,"b\n' * 150_000 + "c,d\n"
    read = _read(text)
    assert all(isinstance(record, BrokenRecord) for record in read[:-1])
    assert isinstance(read[0], BrokenRecord)
    assert read[0].reason == "the row is longer than 1,000,000 characters"
    assert read[-1] == Record(150_002, ["c", "d"], False, False)
