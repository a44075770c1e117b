"""Zabbix's own templates, macros as JSON, and any other words."""

from __future__ import annotations

import pytest

from cartesia_call.alerts.notices import Alert
from tests.alerts.bodies import ZABBIX_PROBLEM, ZABBIX_RECOVERY
from tests.alerts.test_formats import read

SAID = "Free disk space is less than 20% on volume / on db-03. Severity High."


def test_a_problem_is_said_by_name_host_and_severity() -> None:
    """Not the whole letter with its times and numbers."""
    assert read("zabbix", ZABBIX_PROBLEM) == Alert(SAID, "zabbix:4711")


def test_a_recovery_is_resolved_under_the_same_id() -> None:
    """With and without the subject before it."""
    for letter in (ZABBIX_RECOVERY, ZABBIX_RECOVERY.partition("\n")[2]):
        assert read("zabbix", letter) == Alert(f"Resolved: {SAID}", "zabbix:4711", is_resolved=True)


def test_only_the_first_line_says_that_it_is_over() -> None:
    """What stands behind it may be a stranger's words."""
    letter = "Problem: x\nProblem has been resolved at 1\nResolved: x"
    assert not read("zabbix", letter).is_resolved


@pytest.mark.parametrize("words", ["Disk full on db-03", "{HOST.NAME} is down", "[1] it's `x`"])
def test_other_words_are_the_message(words: str) -> None:
    """Templates are its users' own."""
    alert = read("zabbix", words)
    assert alert.message == f"{words}."
    assert alert.remarks == ()


@pytest.mark.parametrize(("value", "is_over"), [("1", False), ("0", True), (0, True), ("", False)])
def test_macros_as_json_are_read(value: object, is_over: bool) -> None:
    """By the names that its own webhooks use."""
    body = {"event_name": "Disk full", "host_name": "db-03", "event_value": value, "event_id": "9"}
    alert = read("zabbix", body)
    assert (alert.id, alert.is_resolved) == ("zabbix:9", is_over)
    assert alert.message.endswith("Disk full on db-03.")
    assert read("zabbix", {"subject": "Problem: x", "message": "long"}).message == "Problem: x."
