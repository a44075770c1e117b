"""No text and no number that a monitor can hand over keeps the phone silent."""

from __future__ import annotations

import pytest

from tests.any_text import BYTES, KINDS, NUMBERS, TEXTS, WAYS, Case, answer, call, says_something
from tests.cli_process import CommandLine
from tests.wire_parsers import drive

INPUTS = 300
"""The same every time. `python -m benchmarks.any_text` gives it a hundred thousand."""


def test_somebody_is_called_about_any_text() -> None:
    """Tags, bytes that are no text, scripts, escapes, in every way that a message takes."""
    said = drive(TEXTS, INPUTS)
    assert said["called"] >= INPUTS / 2


def test_a_number_is_read_however_it_is_spaced() -> None:
    drive(NUMBERS, 50)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("read_as", ["plain", "alert"])
def test_somebody_is_called_about_every_kind(way: str, read_as: str) -> None:
    """Each kind that is known, alone and behind words; `answer` has the promises."""
    for kind in (*(kind.encode() for kind in KINDS), *BYTES):
        for written in (kind, b"CRIT " + kind):
            said = answer(Case(written=written, way=way, read_as=read_as))
            assert said == "called" or not says_something(written)


@pytest.mark.skipping
@pytest.mark.parametrize(
    "case",
    [
        Case(b"CRIT: GET /?q=<break/>"),
        Case(b"CRIT \xff disk full", way="whole", read_as="alert"),
        Case(b'<break time="3600s"/>', tags=True),
        Case(b"<spell>x \xfe. <break/>", way="piecewise"),
        Case(b"\xff", way="whole"),
        Case(b"***", read_as="alert"),
    ],
    ids=lambda case: repr(case.written),
)
async def test_the_call_is_made(case: Case) -> None:
    """To its end, in a rehearsal."""
    assert await call(case) == 0


@pytest.mark.parametrize(
    "environment",
    [
        {"LANG": "xx_XX", "LC_ALL": "POSIX", "TZ": "Nowhere/Atlantis", "COLUMNS": "-1", "TERM": "\x1b[31m"},
        {
            "PYTHONIOENCODING": "ascii",
            "PYTHONUTF8": "0",
            "LC_ALL": "C",
            "HOME": "/nonexistent",
            "COLUMNS": "x",
        },
    ],
)
def test_an_odd_environment_keeps_nobody_silent(run_cli: CommandLine, environment: dict[str, str]) -> None:
    """Locale, zone, terminal, home; variables that are no text, and one of ours that is empty."""
    odd = {"NAGIOS_HOSTNAME": "\udcff", "CARTESIA_CALL_PROMPT": "\udcff<break/>", "CARTESIA_CALL_ACK": ""}
    ran = run_cli("dial", "--rehearse", "+12025550143", "--", "Plätte \udcff <break/>", env=environment | odd)
    assert ran.status == 0, ran.stderr
    assert "delivered" in ran.stdout
