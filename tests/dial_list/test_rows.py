"""Rows as they are called: every usual spelling of a list comes to the same."""

from __future__ import annotations

import csv
import io
from datetime import time
from itertools import count, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.dial_list.layout import Layout
from cartesia_call.dial_list.rows import Duplicates, ListRow, ListRules, read_rows
from cartesia_call.errors import DialListError, InputError
from tests.dial_list.lists import A, B, C, results_of, rows_of, rules_of

PLAIN = rules_of("Hello.")
UTF_8 = Layout(encoding="utf-8-sig", errors="surrogateescape", delimiter=",")


def test_a_row_has_all_that_its_call_needs() -> None:
    """Number, message and choices as the program reads them; the fields as they are written."""
    content = (
        "Name, TO ,Voice,Language,Time zone,Not after,note\n"
        "\n"
        f' Anna ,+1 (202) 555-0143,Katie,DE,Europe/Berlin,18:05,"two\nlines"\n'
        f"Bo,{B},,,,,\n"
    )
    first, second = rows_of(content)
    assert first == ListRow(
        number=1,
        line=3,
        to=A,
        message="Hello Anna.",
        voice="Katie",
        language="de",
        timezone="Europe/Berlin",
        not_after=time(18, 5),
        fields={
            "Name": " Anna ",
            "TO": "+1 (202) 555-0143",
            "Voice": "Katie",
            "Language": "DE",
            "Time zone": "Europe/Berlin",
            "Not after": "18:05",
            "note": "two\nlines",
        },
    )
    assert list(first.fields) == ["Name", "TO", "Voice", "Language", "Time zone", "Not after", "note"]
    assert (second.number, second.line) == (2, 5)
    assert (second.voice, second.language, second.timezone, second.not_after) == (None,) * 4


@pytest.mark.parametrize(
    ("field", "to"),
    [
        (A, A),
        ("'+12025550143", A),
        ("’+1 202 555 0143", A),
        ('"=""+12025550143"""', A),
        ('"+1 202 555 0143"', A),
        ("tel:+1-202-555-0143", A),
        ("  +1\u00a0202\u202f555\u20110143 ", A),
        ("'sip:anna@Example.com", None),
        ("sip:anna@Example.com", "sip:anna@example.com"),
    ],
)
def test_numbers_as_spreadsheets_write_them(field: str, to: str | None) -> None:
    """What makes a number text there is no part of it."""
    if to is None:
        with pytest.raises(DialListError):
            rows_of(f"to\n{field}\n", PLAIN)
    else:
        assert [row.to for row in rows_of(f"to\n{field}\n", PLAIN)] == [to]


def test_national_numbers_have_a_country() -> None:
    """That of the rules; one that there is not is told at once, not in each row."""
    lines = ["to\n", "(202) 555-0143\n"]
    rows = read_rows(lines, UTF_8, ListRules(template=PLAIN.template, country="US"))
    assert [row.to for row in rows if isinstance(row, ListRow)] == [A]
    with pytest.raises(InputError, match="--country 'XX'"):
        read_rows(lines, UTF_8, ListRules(template=PLAIN.template, country="XX"))


def test_an_odd_number_is_called_with_a_warning() -> None:
    """As `dial` does."""
    (row,) = rows_of("to\n+15555550100\n", PLAIN)
    assert row.warning is not None
    assert "+1555***0100" in row.warning


def test_another_column_may_hold_the_numbers() -> None:
    """In any spelling of its name; one called `to` is then like any other."""
    (row,) = rows_of(f"to,Mobile Phone\nyou,{A}\n", rules_of("{to}", to_column="mobile  phone"))
    assert (row.to, row.message) == (A, "you")


def test_a_list_may_have_messages_of_its_own() -> None:
    """Braces in them are words; with `{message}` the message of the command line goes around them."""
    content = f"to,Message\n{A}, Hello {{name}}. \n"
    assert [row.message for row in rows_of(content, rules_of(None))] == ["Hello {name}."]
    assert [row.message for row in rows_of(content, rules_of("Note: {message}"))] == ["Note: Hello {name}."]


@pytest.mark.parametrize(
    ("row", "values"),
    [
        (f"{A},Anna,,", ["Anna", "", ""]),
        (f"{A},Anna", ["Anna", "", ""]),
        (f"{A},Anna,x,y,, ,", ["Anna", "x", "y"]),
        (f'{A},"Anna, called ""Ann""",x,y', ['Anna, called "Ann"', "x", "y"]),
        (f'{A},Anna 5" "Ann",x,y', ['Anna 5" "Ann"', "x", "y"]),
        (f'{A},"Anna\r\n\r\nSmith",x,y', ["Anna\r\n\r\nSmith", "x", "y"]),
    ],
)
def test_rows_as_spreadsheets_write_them(row: str, values: list[str]) -> None:
    """They leave out delimiters at the end of a row, or write more; they double quotes, and break lines."""
    (read,) = rows_of(f"to,name,a,b,,\r\n,,\r\n{row}\r\n")
    assert [*read.fields.values()] == [A, *values]
    assert [*read.fields] == ["to", "name", "a", "b"]


def test_a_column_without_a_name_is_nobodys() -> None:
    """Such as the numbers of rows that other programs put first."""
    (row,) = rows_of(f",to,name\n0,{A},Anna\n")
    assert [*row.fields.items()] == [("to", A), ("name", "Anna")]


@pytest.mark.parametrize(
    ("duplicates", "called"),
    [
        (Duplicates.FIRST, [(1, A), (3, B), (5, C)]),
        (Duplicates.ALL, [(1, A), (2, A), (3, B), (4, A), (5, C)]),
    ],
)
def test_duplicates_as_they_are_meant(duplicates: Duplicates, called: list[tuple[int, str]]) -> None:
    """Rows keep their numbers, whoever is passed over."""
    content = f"to,name\n{A},Anna\n+1 202 555 0143,Ann\n{B},Bo\n'{A},A\n{C},Cy\n"
    rows = rows_of(content, rules_of(duplicates=duplicates))
    assert [(row.number, row.to) for row in rows] == called


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+541123456789", "+54 9 11 2345 6789"),
        ("sip:anna@example.com", "sip:%61nna@EXAMPLE.com:5060"),
        (A, f"sip:{A}@trunk.example.com"),
    ],
)
def test_one_callee_in_two_spellings(one: str, other: str) -> None:
    """A mobile number with its token, an address with its port, a number behind a trunk."""
    with pytest.raises(DialListError, match=r"line 3, .*the same as in line 2"):
        rows_of(f"to\n{one}\n{other}\n", PLAIN)


def test_reads_no_further_than_it_is_asked() -> None:
    """A list without end is read row by row."""
    lines = (f"sip:a{number}@example.com,Anna\n" if number else "to,name\n" for number in count())
    rows = read_rows(lines, UTF_8, rules_of())
    assert [row.line for row in islice(rows, 3)] == [2, 3, 4]
    assert next(lines) == "sip:a4@example.com,Anna\n"


# What csv.writer writes, and a list may hold.
_CELL = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffd")
    | st.sampled_from('\n\r\t",;'),
    max_size=12,
)


@given(
    cells=st.lists(st.tuples(_CELL, _CELL), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t"),
    line_end=st.sampled_from(["\r\n", "\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    quotes_all=st.booleans(),
)
def test_what_is_written_comes_back(
    cells: list[tuple[str, str]], delimiter: str, line_end: str, encoding: str, quotes_all: bool
) -> None:
    """Rows with any text, written in any way that is read."""
    file = io.StringIO(newline="")
    # What is no line end of its own is none to the writer, and stands there without quotes.
    quotes_all = quotes_all or line_end != "\r\n"
    writer = csv.writer(
        file,
        delimiter=delimiter,
        lineterminator=line_end,
        quoting=csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL,
    )
    writer.writerow(("to", "a", "b"))
    writer.writerows((A, *pair) for pair in cells)
    rows = rows_of(file.getvalue().encode(encoding), rules_of("Hello.", duplicates=Duplicates.ALL))
    assert [(row.fields["a"], row.fields["b"]) for row in rows] == cells


@given(
    st.text(st.sampled_from("+12025550143,;\"\n\r\t aé\0='{}") | st.characters(codec="utf-8"), max_size=80)
)
def test_any_text_is_a_list_or_is_told_why_not(text: str) -> None:
    """Neither a fault of ours nor a whole number of somebody in what is told; every line is in the file."""
    for content in (text, f"to,name\n{text}", f"to,name,language\n{A},{text}"):
        try:
            results = results_of(content, rules_of())
        except DialListError as error:
            results = []
            told = f"{error} {error.hint}"
        else:
            told = "".join(f"{getattr(result, 'reason', '')}" for result in results)
        last = content.count("\n") + content.count("\r") + 1
        assert all(1 <= result.line <= last for result in results)
        assert "2025550143" not in told
