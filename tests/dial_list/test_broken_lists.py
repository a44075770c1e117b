"""Spellings of a broken list: each is told in one message that says where and why."""

from __future__ import annotations

import codecs

import pytest

from cartesia_call.dial_list.rows import Duplicates, ListRow, ListRules, RowProblem
from cartesia_call.errors import DialListError
from tests.dial_list.lists import A, B, C, results_of, rows_of, rules_of

OWN = rules_of(None)
"""The list has messages of its own."""
HELLO = rules_of()
PLAIN = rules_of("Hello.")
_AT = "people.csv, line "

# The file; how it is meant; the whole message.
BROKEN: dict[str, tuple[bytes | str, ListRules, str]] = {
    # --- the file as a whole
    "no bytes": ("", HELLO, "1: the list is empty"),
    "nothing but a mark": (codecs.BOM_UTF8, HELLO, "1: the list is empty"),
    "blank lines": ("\r\n \r\n,,\r\n", HELLO, "1: the list is empty"),
    "only a header": ("\nto,name\n\n", HELLO, "2: nobody stands below the header"),
    "a workbook": (
        b"PK\x03\x04\x14\x00",
        HELLO,
        "1: it is a spreadsheet or another zip archive, and a list is CSV",
    ),
    "an old workbook": (
        b"\xd0\xcf\x11\xe0\xa1\xb1",
        HELLO,
        "1: it is a spreadsheet of an old Excel, and a list is CSV",
    ),
    "compressed": (b"\x1f\x8b\x08\x00", HELLO, "1: it is compressed, and a list is CSV"),
    "UTF-32": ("to,name\n".encode("utf-32"), HELLO, "1: it is UTF-32, and a list is CSV"),
    "Latin-1": (
        f"to,name\n{A},Anna\n{B},José\n{C},Zoë\n".encode("latin-1"),
        HELLO,
        "3: the byte 0xE9 at character 17 is no UTF-8",
    ),
    "Windows-1252": (
        f"to,message\n{A},“Hello”\n".encode("cp1252"),
        OWN,
        "2: the byte 0x93 at character 14 is no UTF-8",
    ),
    "Latin-1 far behind the head": (
        f"to,name\n{f'{A},Anna' + chr(10)}".encode() + b"\n" * 70_000 + f"{B},José\n".encode("latin-1"),
        HELLO,
        "70003: the byte 0xE9 at character 17 is no UTF-8",
    ),
    "UTF-8 that ends within a character": (
        f"to,name\n{A},José".encode()[:-1],
        HELLO,
        "2: the byte 0xC3 at character 17 is no UTF-8",
    ),
    "an unknown delimiter of Excel's": (
        f"sep=|\nto|name\n{A}|Anna\n",
        HELLO,
        "1: it says that columns are separated by '|'",
    ),
    # --- the header
    "no header": (f"{A},Anna\n{B},Bo\n", HELLO, "1: there is no header: the first line has a number in it"),
    "no column of numbers": (f"Phone,name\n{A},Anna\n", HELLO, '1: there is no column "to"'),
    "another delimiter": (f"to|name\n{A}|Anna\n", PLAIN, '1: there is no column "to"'),
    "two columns of one name": (
        f"to,Name,name \n{A},Anna,Bo\n",
        HELLO,
        '1, column "name": columns 2 and 3 have this name',
    ),
    "two columns of one choice": (
        f"to,not_after,Not After\n{A},9:00,10:00\n",
        PLAIN,
        '1, column "Not After": columns 2 and 3 have this name',
    ),
    "an unknown placeholder": (
        f"to,name\n{A},Anna\n",
        rules_of("Hello {nmae}."),
        "1: the message has {nmae} in it, and there is no such column",
    ),
    "a placeholder with a conversion": (
        f"to,name\n{A},Anna\n",
        rules_of("Hello {name!r}."),
        "1: the message has {name!r} in it, and there is no such column",
    ),
    "no message": (f"to,name\n{A},Anna\n", OWN, '1: there is no column "message", and no --message'),
    "two messages": (
        f"to,name,Message\n{A},Anna,Hi\n",
        HELLO,
        '1, column "Message": the list has messages of its own, and there is --message, too',
    ),
    "a header whose quote is never closed": (
        f'to,"name\n{A},Anna\n',
        HELLO,
        "1: the header's field 2 cannot be read: the quote before it is never closed",
    ),
    "a header with a NUL": (
        f"to,na\0me\n{A},Anna\n",
        PLAIN,
        "1: the header's field 2: the control character U+0000 is in it",
    ),
    # --- quotes
    "a quote that is never closed": (
        f'to,name\n{A},Anna\n{B},"Bo\n{C},Cy\n',
        HELLO,
        '3, column "name": the quote before it is never closed',
    ),
    "a quote that is closed by another row's": (
        f'to,name\n{A},"Anna\n{B},Bo\n{C},"Cy"\n',
        HELLO,
        '2, column "name": the quote before it is closed in line 4 only, in the middle of a field',
    ),
    "text behind a quote": (
        f'to,name\n{A},"Anna" Smith\n',
        HELLO,
        '2, column "name": text stands behind the quote that closes it',
    ),
    "a quote in quotes": (
        f'to,name\n{A},"Anna "Ann" Smith"\n',
        HELLO,
        '2, column "name": text stands behind the quote that closes it',
    ),
    "a field without end": (
        f'to,name\n{A},"Anna\n' + f"{B},{'Bo' * 2_000}\n" * 40,
        rules_of(duplicates=Duplicates.ALL),
        '2, column "name": it is longer than 131,072 characters',
    ),
    "one long field": (
        f"to,name\n{A},{'A' * 131_073}\n",
        HELLO,
        '2, column "name": it is longer than 131,072 characters',
    ),
    # --- how many fields
    "a comma without quotes": (
        f"to,name\n{A},Smith, Anna\n",
        HELLO,
        "2: the row has 3 fields, and the header 2",
    ),
    "a space before a quote": (
        f'to,name\n{A}, "Smith, Anna"\n',
        HELLO,
        "2: the row has 3 fields, and the header 2",
    ),
    "a field too few": (f"to,name\n{A}\n", HELLO, "2: the row has 1 field, and the header 2"),
    "a file that was cut off": (
        f"to,message,voice\n{A},Your appointment is at 1",
        OWN,
        "2: the row has 2 fields, and the header 3; the list ends in it",
    ),
    # --- numbers
    "no number": ("to,name\n,Anna\n", HELLO, '2, column "to": it is empty'),
    "a number without a country": (
        "to,name\n2025550143,Anna\n",
        HELLO,
        "2, column \"to\": '202***0143' has no country code",
    ),
    "a number without its plus": (
        "to,name\n12025550143,Anna\n",
        HELLO,
        "2, column \"to\": '1202***0143' has no country code",
    ),
    "a number that a spreadsheet shortened": (
        "to,name\n1.20256E+10,Anna\n",
        HELLO,
        "2, column \"to\": '1.***56E+10' is a number as a spreadsheet shortens it, and its digits are lost",
    ),
    "the same with a comma": (
        "to;name\n1,20256E+10;Anna\n",
        HELLO,
        "2, column \"to\": '1,***56E+10' is a number as a spreadsheet shortens it, and its digits are lost",
    ),
    "a number that a spreadsheet had no room for": (
        "to,name\n########,Anna\n",
        HELLO,
        '2, column "to": ######## is what a spreadsheet shows in place of a value',
    ),
    "words for a number": (
        "to,name\nask Anna,Anna\n",
        HELLO,
        "2, column \"to\": 'ask Anna' is not a telephone number: it has letters in it",
    ),
    "an emergency number": (
        "to,name\n911,Anna\n",
        HELLO,
        "2, column \"to\": '911' is an emergency number, which this program never calls",
    ),
    "an extension": (
        f"to,name\n{A} ext. 5,Anna\n",
        HELLO,
        "2, column \"to\": '+1202****143 ext. 5' has an extension, which cannot be dialled after the answer",
    ),
    "a wrong SIP address": (
        "to,name\nsip:anna,Anna\n",
        HELLO,
        "2, column \"to\": 'sip:anna' is not a SIP address that can be called",
    ),
    "a text for a number": (
        f"to,name\n{'9' * 300},Anna\n",
        HELLO,
        '2, column "to": it is longer than any number or SIP address',
    ),
    "a number twice": (
        f"to,name\n{A},Anna\n{B},Bo\n+1 (202) 555-0143,Cy\n",
        HELLO,
        '4, column "to": the number is the same as in line 2',
    ),
    # --- what is said
    "an empty placeholder": (
        f"to,name\n{A}, \n",
        HELLO,
        '2, column "name": it is empty, and the message says {name}',
    ),
    "an empty message": (f"to,message\n{A},\n", OWN, '2, column "message": it is empty'),
    "a message that says nothing": (
        f"to,message\n{A},\N{ZERO WIDTH SPACE}\n",
        OWN,
        '2, column "message": the message has nothing in it that a voice could say',
    ),
    "an error of a spreadsheet": (
        f"to,name\n{A},#N/A\n",
        HELLO,
        '2, column "name": #N/A is what a spreadsheet shows in place of a value, and the message says {name}',
    ),
    "a NUL": (f"to,name\n{A},An\0na\n", HELLO, '2, column "name": the control character U+0000 is in it'),
    "a control character": (
        f"to,name,note\n{A},Anna,\x1b[31m\n",
        HELLO,
        '2, column "note": the control character U+001B is in it',
    ),
    "a character that was lost": (
        f"to,name\n{A},Jos\ufffd\n",
        HELLO,
        '2, column "name": U+FFFD is in it, which stands for a character that was lost',
    ),
    "UTF-16 with half a character": (
        codecs.BOM_UTF16_LE + f"to\tname\r\n{A}\tAnna".encode("utf-16-le") + b"\x3d\xd8\r\0\n\0",
        HELLO,
        '2, column "name": U+FFFD is in it, which stands for a character that was lost',
    ),
    # --- choices
    "no language": (
        f"to,language\n{A},English\n",
        PLAIN,
        "2, column \"language\": 'English' is not a language; "
        "write its two letters of ISO 639, such as en or de, perhaps with a region, such as en-GB",
    ),
    "no time zone": (
        f"to,Time zone\n{A},Berlin\n",
        PLAIN,
        "2, column \"Time zone\": 'Berlin' is not a time zone; "
        "write one such as America/New_York or Europe/Berlin",
    ),
    "no time of day": (
        f"to,not-after\n{A},9 am\n",
        PLAIN,
        "2, column \"not-after\": '9 am' is not a time of day; write HH:MM, such as 08:00 or 21:30",
    ),
    "a key for a voice": (
        f"to,voice\n{A},sk_car_fake\n",
        PLAIN,
        '2, column "voice": looks like an API key, not a voice; write the voice\'s UUID or name',
    ),
    "a number for a time of day": (
        f"to,not_after\n{A},2025550144\n",
        PLAIN,
        "2, column \"not_after\": '202***0144' is not a time of day; write HH:MM, such as 08:00 or 21:30",
    ),
    "a text for a language": (
        f"to,language\n{A},{'x' * 101}\n",
        PLAIN,
        '2, column "language": it is longer than 100 characters',
    ),
}


@pytest.mark.parametrize(("content", "rules", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_one_clear_message(content: bytes | str, rules: ListRules, message: str) -> None:
    """Where and why, in one line, and nothing else: neither a second message nor a whole number."""
    with pytest.raises(DialListError) as caught:
        rows_of(content, rules)
    assert str(caught.value) == _AT + message
    assert caught.value.count == 1
    told = f"{caught.value} {caught.value.hint}"
    assert "5550143" not in told
    assert "5550144" not in told


def test_what_is_wrong_in_one_row_spoils_no_other() -> None:
    """Every bad row is told at once, and all that is wrong in it; the others can be called."""
    content = (
        "to,name,language,not_after\n"
        f'{A},Anna,en,"18:00"\n'
        '2025550144,"Bo\n'
        f"{C},Cy,,\n"
        "+12025550146,,english,noon\n"
        "\n"
        "+12025550147,Di,,24:30\n"
    )
    results = results_of(content, HELLO)
    rows = [result for result in results if isinstance(result, ListRow)]
    problems = [result for result in results if isinstance(result, RowProblem)]
    assert [(row.number, row.line, row.to) for row in rows] == [(1, 2, A), (3, 4, C)]
    assert [(problem.number, problem.line, problem.column) for problem in problems] == [
        (2, 3, "name"),
        (4, 5, "name"),
        (5, 7, "not_after"),
    ]
    assert [further.column for further in problems[1].further] == ["language", "not_after"]


def test_a_row_that_cannot_be_called_is_nobodys_first() -> None:
    """Whoever has a good row is called by it, if the bad ones are left out."""
    results = results_of(f"to,name\n{A},\n{A},Anna\n{A},Ann\n", HELLO)
    assert [type(result) for result in results] == [RowProblem, ListRow, RowProblem]
    assert isinstance(results[2], RowProblem)
    assert results[2].reason == "the number is the same as in line 3"


@pytest.mark.parametrize(
    ("content", "rules", "hint"),
    [
        (f"Phone,name\n{A},Anna\n", HELLO, 'Perhaps --to-column "Phone" is meant.'),
        (f"Home phone;Mobile;name\n{A};;Anna\n", HELLO, '--to-column "Home phone" or --to-column "Mobile"'),
        ('{"to": "+12025550143"}\n', PLAIN, 'The list has {"to": "+1202***0143"}.'),
        ("a 2025550143 b,c\nx,y\n", PLAIN, "The list has a 202***0143 b, c."),
        (f"tto,name\n{A},Anna\n", HELLO, 'Perhaps --to-column "tto" is meant.'),
        (f"who,what\n{A},Anna\n", HELLO, "The list has who, what. Say which has the numbers"),
        (f"to|name\n{A}|Anna\n", PLAIN, "separated by a tab, a semicolon or a comma."),
        (f"to,name\n{A},Anna\n", rules_of("Hello {nmae}."), "Perhaps {name} is meant."),
        (f"to,Name\n{A},Anna\n", rules_of("Hello {name:>10}."), "Write {Name} alone"),
        (f"to,name\n{A},Anna\n", rules_of("Hello {x}."), "The list has to, name."),
        (f'to,name\n{A}, "Smith, Anna"\n', HELLO, "Take the space before the quote out."),
        (f"to;name\n{A};Smith; Anna\n", HELLO, "Put a field that has a semicolon in it into quotes."),
        (f"to,name\n{A},Jos\n".encode() + b"\xe9", HELLO, 'Save the list as UTF-8 (in Excel: "CSV UTF-8").'),
        ("to,name\nAnna,Anna\n", HELLO, "Write it in E.164: a plus sign, country code, number."),
    ],
)
def test_the_hint_says_what_to_do(content: bytes | str, rules: ListRules, hint: str) -> None:
    """With the list's own names."""
    with pytest.raises(DialListError) as caught:
        rows_of(content, rules)
    assert caught.value.hint is not None
    assert hint in caught.value.hint
