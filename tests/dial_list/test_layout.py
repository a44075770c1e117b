"""How a list's file is written is told from its head."""

from __future__ import annotations

import codecs

import pytest

from cartesia_call.dial_list.layout import layout_of
from cartesia_call.errors import DialListError
from tests.dial_list.lists import A, B, rows_of, rules_of

TEXT = f"to,name\r\n{A},Zoë\r\n{B},名前 🦊\r\n"
NAMES = ["Zoë", "名前 🦊"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF8 * 2, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (b"", "utf-16-le"),
        (b"", "utf-16-be"),
    ],
)
def test_every_usual_way_reads_the_same(mark: bytes, encoding: str, line_end: str, delimiter: str) -> None:
    """With a byte-order mark or without, quoted or not."""
    text = TEXT.replace(",", delimiter).replace("\r\n", line_end)
    for written in (text, text.replace("name", '"name"').replace("Zoë", '"Zoë"'), text.replace("to", '"to"')):
        rows = rows_of(mark + written.encode(encoding))
        assert [row.fields["name"] for row in rows] == NAMES
        assert [row.line for row in rows] == [2, 3]


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "sep=;  "])
def test_what_excel_says_of_the_delimiter_holds(first: str) -> None:
    """It stands in the first line, which is no header, and counts as a line."""
    rows = rows_of(f"\ufeff{first}\r\nto;a,b,c,d\r\n{A};Anna\r\n", rules_of("Hello {a,b,c,d}."))
    assert [(row.line, row.message) for row in rows] == [(3, "Hello Anna.")]


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("to,name,time", ","),
        ("to;name;time", ";"),
        ("to\tname\ttime", "\t"),
        ("to", ","),
        ('to;"name, first, and last"', ";"),
        ('to;"a ""quoted, twice, or thrice"" name"', ";"),
        ('"to";"a line\nand, and, and, another"\nx,y,z,a,b', ";"),
        ("to;name, if known", ";"),
        ("to,name; if known, or not", ","),
        ('to;5" pipe, 6" pipe;7;8', ";"),
        ("\r\n \r\n;;;\r\nto,a,b", ";"),
        ("", ","),
    ],
)
def test_the_header_tells_the_delimiter(header: str, delimiter: str) -> None:
    """What it has most of, outside quotes."""
    assert layout_of(header.encode()).delimiter == delimiter


def test_a_head_may_end_anywhere() -> None:
    """In the middle of a character, of a quote, of a unit of UTF-16."""
    for encoding in ("utf-8", "utf-16"):
        content = TEXT.replace("Zoë", '"Zoë"').encode(encoding)
        for length in range(30, len(content)):
            assert layout_of(content[:length]).delimiter == ","


def test_a_single_zero_byte_makes_no_utf_16() -> None:
    """It is told of its field instead."""
    assert layout_of(f"to\n{A}\0\n".encode()).encoding == "utf-8-sig"
    with pytest.raises(DialListError, match="control character"):
        rows_of(f"to\n{A}\0\n", rules_of("Hello."))
