"""How the file of a dial list is written: its encoding and what separates its columns."""

from __future__ import annotations

import codecs
import dataclasses
import re

from cartesia_call.errors import DialListError, ListProblem
from cartesia_call.records import dataclass

HEAD_BYTES = 65_536
"""So much of a file tells how it is written."""

DELIMITERS = {"\t": "tab", ";": "semicolon", ",": "comma"}
"""What separates columns, and its name. Where a header has as many of one as of another, the first is meant:
commas stand in words, too."""

_SAVE_AS_UTF_8 = 'Save the list as UTF-8 (in Excel: "CSV UTF-8").'
_NO_TEXT = (
    (b"PK\x03\x04", "it is a spreadsheet or another zip archive"),
    (b"\xd0\xcf\x11\xe0", "it is a spreadsheet of an old Excel"),
    (b"%PDF-", "it is a PDF"),
    (b"\x1f\x8b", "it is compressed"),
    (b"\xff\xfe\x00\x00", "it is UTF-32"),
    (b"\x00\x00\xfe\xff", "it is UTF-32"),
)
"""How files begin that are no text, or text that is not read."""
_UTF_16 = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_UNDECODED = re.compile("[\udc80-\udcff]")
"""What Python makes of bytes that are no UTF-8."""
_LINE_END = re.compile(r"\r\n|\r|\n")
_BLANK_LINES = re.compile(r"(?:[ \t]*(?:\r\n|\r|\n))*")
_EXCEL_SAYS = re.compile(r'"?sep=([^\r\n])"?[ \t]*(?:\r\n|\r|\n|$)', re.IGNORECASE)
"""Excel's own first line, which names the delimiter and is no row."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How to read a list: open its file as text with this `encoding` and these `errors`, and `newline=""`.

    `skipped_lines` stand before the header and name the delimiter. `has_mark`: a byte-order mark, which Excel
    wants, or UTF-16, which it writes; `line_end` is that of the first line.
    """

    encoding: str
    errors: str
    delimiter: str
    skipped_lines: int = 0
    has_mark: bool = False
    line_end: str = "\n"


def layout_of(head: bytes, *, source: str = "the list") -> Layout:
    """The layout of the file that begins with `head`, of `HEAD_BYTES` or all of it; `source` is its name.

    UTF-8, UTF-16 with a byte-order mark or without; columns separated as the header shows, or as Excel's
    `sep=;` says. DialListError, for the list as a whole, if it is written in any other way.
    """
    for beginning, what in _NO_TEXT:
        if head.startswith(beginning):
            raise _refused(f"{what}, and a list is CSV", f"{_SAVE_AS_UTF_8}", source)
    encoding = _encoding_of(head)
    errors = "surrogateescape" if encoding == "utf-8-sig" else "replace"
    # The head may end in the middle of a character.
    text = codecs.getincrementaldecoder(encoding)(errors).decode(head).removeprefix("\ufeff")
    for number, line in enumerate(_LINE_END.split(text), start=1):
        if problem := undecoded(line, number):
            raise DialListError([problem], source=source)
    first_end = _LINE_END.search(text)
    plain = Layout(
        encoding=encoding,
        errors=errors,
        delimiter=_delimiter_of(text),
        has_mark=encoding != "utf-8-sig" or head.startswith(codecs.BOM_UTF8),
        line_end=first_end[0] if first_end else "\n",
    )
    said = _EXCEL_SAYS.match(text)
    if said is None:
        return plain
    if said[1] not in DELIMITERS:
        raise _refused(
            f"it says that columns are separated by {said[1]!r}",
            f"Separate them by a {', a '.join(DELIMITERS.values())}.",
            source,
        )
    return dataclasses.replace(plain, delimiter=said[1], skipped_lines=1)


def undecoded(line: str, number: int) -> ListProblem | None:
    """The first byte of a line, the `number`-th, that was no UTF-8, or None: told of the list as a whole, for
    what it is written in is no matter of one row."""
    found = None if line.isascii() else _UNDECODED.search(line)
    if found is None:
        return None
    return ListProblem(
        line=number,
        reason=f"the byte 0x{ord(found[0]) - 0xDC00:02X} at character {found.start() + 1} is no UTF-8",
        hint=f"{_SAVE_AS_UTF_8} Or convert it: iconv -f WINDOWS-1252 -t UTF-8.",
    )


def _refused(reason: str, hint: str, source: str) -> DialListError:
    return DialListError([ListProblem(line=1, reason=reason, hint=hint)], source=source)


def _encoding_of(head: bytes) -> str:
    for mark, encoding in _UTF_16:
        if head.startswith(mark):
            return encoding
    # Every other byte of a header in UTF-16 is zero, or nearly; in UTF-8 none is, unless by accident.
    beginning = head[:256]
    high_first, high_second = beginning[0::2].count(0), beginning[1::2].count(0)
    most, least = max(high_first, high_second), min(high_first, high_second)
    if most >= 4 and most * 10 >= len(beginning) and least * 10 <= most:
        return "utf-16-be" if high_first > high_second else "utf-16-le"
    return "utf-8-sig"


def _delimiter_of(text: str) -> str:
    """What the header has most of, outside quotes; a comma if it has none of them."""
    counts = dict.fromkeys(DELIMITERS, 0)
    is_quoted, may_open = False, True
    for character in text[_blank(text) :]:
        if is_quoted:
            # Of a quote that is written twice the second opens the rest.
            is_quoted, may_open = character != '"', True
        elif character == '"' and may_open:
            is_quoted = True
        elif character in "\r\n":
            break
        else:
            may_open = character in counts
            if may_open:
                counts[character] += 1
    most = max(counts.values())
    return next(delimiter for delimiter, count in counts.items() if count == most) if most else ","


def _blank(text: str) -> int:
    """How many characters of blank lines stand before the header."""
    found = _BLANK_LINES.match(text)
    return found.end() if found else 0
