"""`dial --from-alert`: what a monitor sent becomes the message, and what is resolved calls nobody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.alerts.formats import read_alert
from cartesia_call.cli.alert_input import NOBODY_CALLED, WORDLESS, words_of
from cartesia_call.errors import InputError
from tests.alerts.bodies import CONFIRMATION, recorded, recorded_environment
from tests.alerts.hostile_bodies import ALERTS, Given
from tests.any_text import Case, check_spoken, settings_of
from tests.cli_process import CommandLine

NUMBER = "+12025550143"
ALERT = ("dial", "--rehearse", NUMBER, "--from-alert")
FIRING, OVER = recorded("alertmanager-firing"), recorded("alertmanager-resolved")


def test_somebody_is_called_about_what_a_monitor_sent(run_cli: CommandLine) -> None:
    """The callee hears the words, and not the JSON."""
    ran = run_cli(*ALERT, "alertmanager", "-", "--json", stdin=FIRING)
    assert (ran.status, ran.stderr) == (0, "")
    result = json.loads(ran.stdout)
    assert result["outcome"] == "delivered"
    assert result["heard_text"].startswith("2 alerts firing. One: Latency of")


def test_a_file_may_hold_it_and_it_is_read_as_an_alert(run_cli: CommandLine, tmp_path: Path) -> None:
    """Machines write it; --read-as plain says what is written."""
    file = tmp_path / "body.json"
    file.write_text(FIRING, encoding="utf-8")
    written = (*ALERT, "alertmanager", "--file", str(file), "--print")
    assert "above 2 seconds. Two: High Latency on web 02" in run_cli(*written).stdout.replace("0 2", "02")
    assert "above 2s. Two: HighLatency on web02." in run_cli(*written, "--read-as", "plain").stdout


def test_what_is_resolved_calls_nobody_and_is_no_failure(run_cli: CommandLine) -> None:
    """Monitors take every status but 0 for one. A line says it, and with -q nothing does."""
    ran = run_cli(*ALERT, "alertmanager", "-", stdin=OVER)
    assert (ran.status, ran.stdout, ran.stderr) == (0, f"resolved: {NOBODY_CALLED}\n", "")
    ran = run_cli(*ALERT, "alertmanager", "-", "-q", stdin=OVER)
    assert (ran.status, ran.stdout, ran.stderr) == (0, "", "")


def test_what_is_resolved_is_an_object_too(run_cli: CommandLine) -> None:
    """Without an outcome, and with the status."""
    ran = run_cli(*ALERT, "alertmanager", "-", "--json", "-v", stdin=OVER)
    result = json.loads(ran.stdout)
    assert (ran.status, result["exit_code"], result["outcome"], result["call_sid"]) == (0, 0, None, None)
    assert (result["to"], result["detail"]) == (NUMBER, NOBODY_CALLED)
    assert "the alert's id is alertmanager:45b1ecd55c8105a0, and it is resolved" in ran.stderr


def test_whoever_asks_is_called_about_what_is_resolved(run_cli: CommandLine) -> None:
    """With words that say it first."""
    ran = run_cli(*ALERT, "alertmanager", "-", "--resolved", "--json", stdin=OVER)
    assert json.loads(ran.stdout)["heard_text"].startswith("Resolved: High Latency")


def test_the_environment_is_read_and_nothing_else(run_cli: CommandLine) -> None:
    """Quotes, backticks and what looks like a tag are words; standard input is left alone."""
    environment = recorded_environment("nagios-service-problem")
    environment["NAGIOS_SERVICEOUTPUT"] = "it's \"<break time='9s'/>\" `id` $(id)\nsecond line \x1b[2J"
    ran = run_cli(*ALERT, "nagios", "--print", "--read-as", "plain", env=environment, stdin="words")
    assert (ran.status, ran.stderr.count("\n")) == (0, 1)
    assert "`id` $(id). second line" in ran.stdout
    assert "<break" not in ran.stdout
    ran = run_cli(*ALERT, "nagios", "-", env=environment, stdin="words")
    assert ran.status == 2
    assert "leave MESSAGE and --file out" in ran.stderr


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("disk full", "disk full."),
        ('{"alerts": [{"labels": {"alertname": "\\u0000\\u001b[31mDisk\\u001b[0m"}}]}', "Disk."),
        ('{"alerts": [{"annotations": {"summary": "\\u200b"}}]}', WORDLESS),
        ("{}", WORDLESS),
        ("[" * 2_000, WORDLESS),
        (b"CRIT \xff disk full", "CRIT \ufffd disk full."),
    ],
)
def test_whatever_came_somebody_is_called(run_cli: CommandLine, body: str | bytes, said: str) -> None:
    """About what can be spoken of it, or that it came."""
    ran = run_cli(*ALERT, "alertmanager", "-", "--print", "--read-as", "plain", stdin=body)
    assert (ran.status, ran.stdout) == (0, f"{said}\n")


def test_what_the_setup_got_wrong_is_one_error(run_cli: CommandLine) -> None:
    """It says what is wrong, where, and what to do."""
    for arguments, stdin, told in (
        (("jason", "-"), "{}", "--from-alert: 'jason' is not a format; write one of alertmanager, grafana"),
        (("grafana", "-"), "", "the message is empty (standard input)"),
        (("nagios",), None, "set enable_environment_macros=1 in nagios.cfg"),
        (("cloudwatch", "-"), json.dumps(CONFIRMATION), "confirm by opening https://sns.us-west-2."),
    ):
        ran = run_cli(*ALERT, *arguments, stdin=stdin)
        assert (ran.status, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
        assert told in ran.stderr


@given(st.one_of(*ALERTS.values()), st.sampled_from(["plain", "alert"]))
def test_any_body_becomes_words_that_can_be_said(handed: Given, read_as: str) -> None:
    """Without tags, control characters and long silences; only what is no alert is refused."""
    case = Case(b"", read_as=read_as)
    try:
        alert = read_alert(handed.form, handed.text, handed.environment, tells_resolved=handed.tells_resolved)
    except InputError:
        assert handed.form.kind in {"cloudwatch", "nagios"}
        return
    message = words_of(alert, settings_of(case))
    assert any(character.isalnum() for character in message.text)
    check_spoken(message.text, case)
