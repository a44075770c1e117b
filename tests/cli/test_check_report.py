"""Which failure decides the exit status, and how a line looks."""

from __future__ import annotations

import json

import pytest

from cartesia_call.checking.findings import failed, passed, skipped, warned
from cartesia_call.cli.check_report import Report, exit_status_of
from cartesia_call.errors import (
    CallRefused,
    CarrierError,
    CarrierUnavailable,
    CartesiaCallError,
    InputError,
    SettingsError,
    SpeechUnavailable,
    StreamNeverStarted,
    TunnelError,
    Unauthorized,
)

IN_ORDER: tuple[tuple[CartesiaCallError, int], ...] = (
    (InputError("an emergency number"), 2),
    (SettingsError(["a key is missing"]), 2),
    (Unauthorized("a wrong key"), 20),
    (TunnelError("no tunnel"), 24),
    (SpeechUnavailable("no speech"), 23),
    (CallRefused("not your number"), 21),
    (CarrierUnavailable("not reached"), 22),
    (CarrierError("HTTP 500"), 22),
    (StreamNeverStarted("a trial account"), 25),
)


@pytest.mark.parametrize("first", range(len(IN_ORDER)))
def test_the_exit_status_is_that_of_what_a_call_meets_first(first: int) -> None:
    """Whatever fails later, and in whichever order it was found."""
    findings = [failed("line", error) for error, _ in reversed(IN_ORDER[first:])]
    assert exit_status_of([skipped("a", "b"), *findings, warned("c", "d", None)]) == IN_ORDER[first][1]


def test_without_a_failure_a_call_would_work() -> None:
    """Warnings and skipped lines fail nothing."""
    assert exit_status_of([passed("a", "b"), warned("c", "d", "e"), skipped("f", "g")]) == 0


def test_long_lines_are_folded_under_their_beginning(capsys: pytest.CaptureFixture[str]) -> None:
    """A hint stands on a line of its own; numbers are masked."""
    report = Report(is_json=False, is_rehearsal=False)
    report.add(failed("caller-id", CallRefused("+12025550100 is " + "not " * 30 + "yours", hint="buy it")))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("fail     caller-id    +1202***0100 is not not")
    assert lines[-1] == " " * 22 + "hint: buy it"
    assert all(line.startswith(" " * 22) and len(line) <= 100 for line in lines[1:])


def test_every_wrong_setting_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    Report(is_json=False, is_rehearsal=False).add(failed("settings", SettingsError(["one", "two"])))
    assert capsys.readouterr().out == "fail     settings     one\n" + " " * 22 + "two\n"


def test_an_object_holds_all_lines_and_whole_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    """`value` only where there is one."""
    report = Report(is_json=True, is_rehearsal=True)
    report.add(passed("number", "+12025550143 is a number", country="US"))
    report.add(skipped("speech", "--no-spend"))
    assert report.finish() == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "schema": 1,
        "ok": True,
        "exit_code": 0,
        "rehearsal": True,
        "checks": [
            {
                "name": "number",
                "status": "pass",
                "detail": "+12025550143 is a number",
                "hint": None,
                "value": {"country": "US"},
            },
            {"name": "speech", "status": "skipped", "detail": "--no-spend", "hint": None},
        ],
    }
