"""Any text that a monitor may hand over, and what is promised of it: somebody is called.

`tests/test_any_text.py` gives the program some hundreds, `benchmarks/any_text.py` a hundred thousand.
"""

from __future__ import annotations

import codecs
import contextlib
import functools
import io
import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import strategies as st

from cartesia_call.cli import exit_status
from cartesia_call.cli.message_input import read_message, text_of
from cartesia_call.cli.wording import check_length, message_of, sentence_reader
from cartesia_call.errors import InputError
from cartesia_call.settings.model import Settings
from cartesia_call.settings.resolve import resolve
from cartesia_call.speech.message_text import MessageText
from cartesia_call.speech.messages import generation_request
from cartesia_call.speech.tags import break_s, find_tags
from cartesia_call.speech.terminal_codes import without_terminal_codes
from cartesia_call.telephony.callees import parse_callee
from cartesia_call.wiring.plan import call_time_limit_s, fit_fallback, preview_twiml, voicing
from tests.calls.rehearsed import rehearsed
from tests.hostile_json import any_text
from tests.settings.machine import command_line
from tests.wire_parsers import Parser

MOST_S = 660
"""The highest `TimeLimit` with the default of --max-duration."""

KINDS = (
    # What a stranger chooses: a path, a name, a host.
    *(
        "CRIT: GET /?q=<break/>",
        "login of <spell> failed",
        '<break time="3600s"/>',
        "<emotion value=x",
        "</break>",
    ),
    # Sentences that end, or do not, in several scripts.
    *(
        "The backup of db-03 has failed.",
        "डेटाबेस बंद है। ",
        "قاعدة البيانات متوقفة؟",
        "数据库已停止。",
        "Disk full…",
    ),
    *(
        "Ihr Termin ist am 3. Oktober um 10 Uhr bei Dr. med. Schmidt.",
        "Sgt. Miller of Acme Inc. is on Oct. 3",
    ),
    # Colour codes, as they are and spelled.
    *(
        "\x1b[31mERROR\x1b[0m disk full",
        "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
        "\x1b(B",
        "#033[31mERROR",
    ),
    # Names, durations, times, offsets, numbers.
    *("tls: x509: certificate has expired", "3 x 500 GB", "took 01:00:00", "2022-01-24 07:53:37 (UTC+00:00)"),
    *("real 0m42.101s", "00:00:05,250", "web01-2026-11-29T03:15:42", "lag -1e999 99999999999999999999"),
    # Escapes of templates, JSON, HTML and paths.
    *(
        "PROBLEM\\nHost: web01\\r\\n",
        "Server &#34;foo&#34; is down",
        "&lt;break time=&quot;9s&quot;/&gt;",
        "&amp;#60;",
    ),
    *(
        '{"summary":"load \\u003e 5"}',
        '{"path":"C:\\\\temp\\\\app.log"}',
        "<b>Disk</b> full<br>",
        "&#x27;&hellip;",
    ),
    # What is no text, or says nothing.
    *(
        "\ufeff",
        "\u200b",
        "\x00",
        "\u202e",
        " \n\t",
        "!!!",
        "...",
        "-",
        "\ufffd",
        "🔥",
        "\ufe0f",
        "\u3000",
        "\ue000",
    ),
)
"""Kinds of texts that monitors, templates and strangers are known to make."""

BYTES = (
    b"\xff",
    b"\xc3",
    b"Gr\xfc\xdfe",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    "Disk".encode("utf-16"),
    b"\x80" * 9,
)
"""None of them is UTF-8."""

_written = st.lists(
    st.sampled_from([*map(str.encode, KINDS), *BYTES, b" ", b"\n", b"<", b">", b"&", b". "])
    | any_text.map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.binary(max_size=12),
    min_size=1,
    max_size=8,
).map(b"".join)

WAYS = ("argument", "whole", "piecewise", "beside")
"""MESSAGE; a file, or a pipe that ends at once; a pipe while it is written to; an option such as --prompt."""


@dataclass(frozen=True)
class Case:
    """What was written, and how the program is called. `language` is one of Cartesia's codes."""

    written: bytes
    way: str = "argument"
    read_as: str = "plain"
    spells: bool = False
    tags: bool = False
    language: str = "en"


CASES = st.builds(
    Case,
    written=_written,
    way=st.sampled_from(WAYS),
    read_as=st.sampled_from(["plain", "alert"]),
    spells=st.booleans(),
    tags=st.booleans(),
    language=st.sampled_from(["en", "de", "hi"]),
)


@functools.cache
def _settings(read_as: str, spells: bool, tags: bool, language: str) -> Settings:
    given = {"read_as": read_as, "tags": "1" if tags else None, "language": language}
    if spells and read_as == "alert":
        given["spells"] = "1"
    return resolve(
        command_line(rehearse=True, **given), {}, working_directory=Path("/nonexistent"), needs=frozenset()
    )


def settings_of(case: Case) -> Settings:
    return _settings(case.read_as, case.spells, case.tags, case.language)


def says_something(written: bytes) -> bool:
    """Whether anybody could see a character of it, on a terminal too."""
    text = without_terminal_codes(written.decode("utf-8", "replace"))
    return any(unicodedata.category(character)[0] not in "ZC" for character in text)


def take(case: Case) -> MessageText | None:
    """The message as `dial` takes it; None if it is refused, which ends with 2."""
    settings = settings_of(case)
    with contextlib.redirect_stderr(io.StringIO()):
        try:
            if case.way == "argument":
                argument = os.fsdecode(case.written.replace(b"\x00", b""))  # a command line holds none
                argument = " -" if argument == "-" else argument
                read = read_message(argument, None, stdin=-1, input_timeout_s=1)
            elif case.way == "piecewise" and (growing := _piecewise(case.written, settings)).message:
                return growing
            else:  # without a sentence a pipe is waited for to its end
                read = text_of(case.written, "a file")
            return MessageText.whole(message_of(read, settings))
        except InputError:
            return None


def _piecewise(written: bytes, settings: Settings) -> MessageText:
    text = MessageText(sentence_reader(settings, lambda _: None))
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    for place in range(0, len(written), 7):
        text.feed(decoder.decode(written[place : place + 7]))
    text.feed(decoder.decode(b"", final=True))
    text.end()
    return text


def answer(case: Case) -> str:
    """What becomes of a text, up to the request that places the call; AssertionError for a broken promise."""
    if case.way == "beside":
        return _answer_beside(case)
    text = take(case)
    if text is None:
        assert not says_something(case.written), "nobody is called"
        return "nothing to say"
    settings = settings_of(case)
    message = text.message
    check_spoken(message.text, case)
    check_length(message.text, settings)
    fallback = fit_fallback(settings, message)
    assert call_time_limit_s(settings, text) <= MOST_S
    ElementTree.fromstring(preview_twiml(settings, fallback.text if fallback else None))
    for sentence in message.sentences:
        generation_request(
            transcript=sentence,
            voicing=voicing(settings),
            context_id="context",
            more_follows=False,
        )
    return "called"


def _answer_beside(case: Case) -> str:
    """A text of an option is never wrong: a call is made without it, if there is nothing in it."""
    written = os.fsdecode(case.written.replace(b"\x00", b""))
    given: dict[str, str | None] = {"ack": "1", "prompt": written, "identify": f"Acme {written}"}
    given |= {"voicemail": "leave", "voicemail_message": written, "tags": "1" if case.tags else None}
    settings = resolve(
        command_line(rehearse=True, **{name: value for name, value in given.items() if value}),
        {},
        working_directory=Path("/nonexistent"),
        needs=frozenset(),
    )
    for said in settings.answering.texts.values():
        assert says_something(said.encode())
        check_spoken(said, case)
    return "called"


def check_spoken(text: str, case: Case) -> None:
    """No control characters, no tag that was not asked for, no long silence; and it can be sent."""
    text.encode()
    assert all(character in "\n\t" or unicodedata.category(character) != "Cc" for character in text)
    for tag in find_tags(text):
        assert tag.problem is None, "a tag that Cartesia would read aloud"
        assert case.tags or (case.spells and tag.name == "spell"), "a tag that nobody asked for"
        assert tag.name != "break" or break_s(tag.inside) <= 10, "a long silence"


async def call(case: Case) -> int | None:
    """The exit status of a rehearsed call with the text; None if it is refused before."""
    text = take(case)
    if text is None:
        return None
    async with rehearsed(message=text, language=case.language) as rehearsal:
        result = await rehearsal.run()
        return exit_status.of_result(result)


_SPACES = (
    "",
    " ",
    "-",
    ".",
    "\u00a0",
    "\u202f",
    "\u2009",
    "\u2007",
    "\t",
    "\u200e",
    "\u200f",
    "\u2060",
    "\u00ad",
)
_numbers = st.lists(st.sampled_from(_SPACES), min_size=6, max_size=6).map(
    lambda spaces: "{}+1{}202{}555{}01{}43{}".format(*spaces)
)


def dial(number: str) -> str:
    """Whatever stands between its digits and nobody sees, it is one number."""
    assert parse_callee(number, country=None).e164 == "+12025550143"
    return "called"


TEXTS = Parser("any text", CASES, answer)
NUMBERS = Parser("any spacing of a number", _numbers, dial)
