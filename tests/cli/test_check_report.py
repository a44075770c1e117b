"""Which failure decides the exit status, and how a line looks."""

from __future__ import annotations

import json

import pytest

from cartesia_call.checking.findings import failed, passed, skipped, warned
from cartesia_call.cli import terminal
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
    """On a terminal. A hint stands on a line of its own; numbers are masked."""
    report = Report(is_json=False, is_rehearsal=False, width=100)
    report.add(failed("caller-id", CallRefused("+12025550100 is " + "not " * 30 + "yours", hint="buy it")))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("fail     caller-id    +1202***0100 is not not")
    assert lines[-1] == " " * 22 + "hint: buy it"
    assert all(line.startswith(" " * 22) and len(line) <= 100 for line in lines[1:])


def test_a_number_is_masked_before_a_fold_can_come_between_its_digits(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """However narrow the terminal; its words keep some room."""
    terminal.mask_too(["+12025550199"])
    report = Report(is_json=False, is_rehearsal=False, width=10)
    report.add(skipped("caller-id", "the number of it is +1 202 555 0199"))
    assert capsys.readouterr().out == (
        "skipped  caller-id    the number of it is\n" + " " * 22 + "+1202***0199\n"
    )


def test_without_a_terminal_a_finding_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Its hint included, for programs such as grep."""
    report = Report(is_json=False, is_rehearsal=False)
    report.add(failed("number", InputError("It is " + "very " * 40 + "long.", hint="Shorten it.")))
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith("very long; hint: Shorten it.")


@pytest.mark.parametrize("width", [None, 100])
def test_every_wrong_setting_has_a_line(capsys: pytest.CaptureFixture[str], width: int | None) -> None:
    """As other commands show them; one alone needs no list."""
    report = Report(is_json=False, is_rehearsal=False, width=width)
    report.add(failed("settings", SettingsError(["one", "two"])))
    assert capsys.readouterr().out.splitlines() == [
        "fail     settings     2 settings are missing or malformed:",
        " " * 22 + "- one",
        " " * 22 + "- two",
    ]
    report.add(failed("settings", SettingsError(["one"])))
    assert capsys.readouterr().out == "fail     settings     one\n"


@pytest.mark.parametrize(
    ("names", "verdict"),
    [
        ((), "a call would work: "),
        (("clock",), "a call would work: "),
        (("speech",), "a call would work, as far as checked; the speech was not: "),
        (
            ("account", "caller-id", "clock", "speech"),
            "a call would work, as far as checked; the account, the caller-id and the speech were not: ",
        ),
    ],
)
def test_the_verdict_says_what_it_leaves_open(
    capsys: pytest.CaptureFixture[str], names: tuple[str, ...], verdict: str
) -> None:
    """Lines that were skipped, except one without which a call works all the same."""
    report = Report(is_json=False, is_rehearsal=False)
    for name in names:
        report.add(skipped(name, "not known"))
    assert report.finish() == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith(verdict)


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
        "carrier": None,
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
