"""The recipes of docs/recipes.md by which monitors call, run as they stand there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.recipe_page import ANNA, BEN, BUSY, PRESSES, RECIPES, RecipeMachine, wait_for


@pytest.fixture
def machine(tmp_path: Path, clean_environment: dict[str, str]) -> RecipeMachine:
    return RecipeMachine(tmp_path, clean_environment)


FIRING = {"status": "firing", "labels": {"alertname": "DiskFull"}, "annotations": {"summary": "Disk full."}}
NAMELESS = {"status": "firing", "labels": {"alertname": "HighLoad"}, "annotations": {}}
RESOLVED = {"status": "resolved", "labels": {"alertname": "Over"}, "annotations": {"summary": "It is over."}}


def test_a_group_of_alerts_is_one_call(machine: RecipeMachine) -> None:
    """Resolved ones are not spoken of, those without a summary by their name; the exit status is told."""
    with _webhook(machine, ANNA, BEN) as (process, url):
        assert _post(url, {"alerts": [RESOLVED]}) == 202
        assert _post(url, {"alerts": [FIRING, RESOLVED, NAMELESS, FIRING]}) == 202
        told = _lines_until(process, "exit")
    assert told[-1] == "exit 0, alerts: 2"
    [call] = machine.calls
    assert call[-1] == "2 alerts. Disk full. HighLoad."
    assert call[:4] == ["dial", ANNA, "--then", BEN]


def test_alerts_that_come_during_a_call_share_the_next(machine: RecipeMachine) -> None:
    """A storm is no queue of calls, and only three of it are spoken of."""
    storm = [{**NAMELESS, "labels": {"alertname": f"Storm{number}"}} for number in range(5)]
    rings_long = {"CARTESIA_CALL_CALLEE": "answers,ring:20s,presses:1@2s"}
    with _webhook(machine, ANNA, env=rings_long) as (process, url):
        _post(url, {"alerts": [FIRING]})
        wait_for(machine.call_record)
        for alert in storm:
            _post(url, {"alerts": [alert]})
        told = _lines_until(process, "exit") + _lines_until(process, "exit")
    assert [line for line in told if "exit" in line] == ["exit 0, alerts: 1", "exit 0, alerts: 5"]
    assert machine.calls[1][-1] == "5 alerts. Storm0. Storm1. Storm2. And 2 more."


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"alerts": null}', b'{"alerts": [{}]}', b"\xff"])
def test_what_is_no_group_is_refused(machine: RecipeMachine, body: bytes) -> None:
    """With a status after which Alertmanager does not try again; and nobody is called."""
    with _webhook(machine, ANNA) as (_, url):
        assert _post(url, body) == 400
    assert machine.calls == []


def test_alertmanager_is_told_where_the_webhook_listens(machine: RecipeMachine) -> None:
    """The address of the one block is the default of the other."""
    [port] = re.findall(r"url: http://127\.0\.0\.1:(\d+)/", RECIPES["alertmanager.yml"])
    assert f'"PORT", "{port}"' in machine.install("alertmanager-call").read_text(encoding="utf-8")


@contextmanager
def _webhook(
    machine: RecipeMachine, *people: str, env: Mapping[str, str] = PRESSES
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    script = machine.install("alertmanager-call")
    process = machine.start(sys.executable, script, *people, env={"PORT": "0", **env})
    with process:
        try:
            [told] = _lines_until(process, "listening")
            yield process, f"http://127.0.0.1:{told.split()[-1]}/"
        finally:
            process.kill()


def _lines_until(process: subprocess.Popen[str], word: str) -> list[str]:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if word in line:
            return lines
    raise AssertionError(lines)


def _post(url: str, body: object) -> int:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


SERVICE = {
    "CONTACTPAGER": ANNA,
    "NOTIFICATIONTYPE": "PROBLEM",
    "SERVICEDESC": "disk /",
    "HOSTALIAS": "web 1",
    "SERVICESTATE": "CRITICAL",
    "HOSTSTATE": "DOWN",
}
OBJECTS = {
    "user.pager": ANNA,
    "notification.type": "PROBLEM",
    "service.name": "disk 'x' $HOME",
    "host.display_name": "web 1",
    "service.state": "CRITICAL",
    "host.state": "DOWN",
}


@pytest.mark.parametrize(
    ("index", "message"), [(0, "PROBLEM: disk / on web 1 is CRITICAL."), (1, "PROBLEM: web 1 is DOWN.")]
)
def test_nagios_calls_and_does_not_wait(machine: RecipeMachine, index: int, message: str) -> None:
    """Its command line goes through a shell; the exit status goes to the log."""
    log = machine.stub_logger()
    machine.install("call-notify")
    line = re.findall(r"command_line\s+(.+)", RECIPES["nagios.cfg"])[index]
    done = machine.shell(re.sub(r"\$(\w+)\$", lambda macro: SERVICE[macro[1]], line), env=PRESSES)
    assert (done.status, done.stdout, done.stderr) == (0, "", "")
    assert "exit 0: REHEARSAL: acknowledged by" in wait_for(log)
    assert machine.calls[0][-1] == message


@pytest.mark.parametrize(
    ("index", "message"),
    [(0, "PROBLEM: disk 'x' $HOME on web 1 is CRITICAL."), (1, "PROBLEM: web 1 is DOWN.")],
)
def test_icinga_calls_without_a_shell(machine: RecipeMachine, index: int, message: str) -> None:
    """Quotes and dollars arrive as they are."""
    log = machine.stub_logger()
    machine.install("call-notify")
    words = json.loads(re.findall(r"command = (\[.+\])", machine.placed(RECIPES["icinga2.conf"]))[index])
    command = [re.sub(r"\$([\w.]+)\$", lambda macro: OBJECTS[macro[1]], word) for word in words]
    assert machine.run(*command, env=PRESSES).status == 0
    wait_for(log)
    assert machine.calls[0][-1] == message


def test_zabbix_is_given_no_reason_to_repeat_a_call(machine: RecipeMachine) -> None:
    """Nobody was reached: the script has succeeded all the same, and the log knows."""
    log = machine.stub_logger()
    macros = {"{ALERT.SENDTO}": ANNA, "{ALERT.SUBJECT}": "-Problem: disk full"}
    parameters = [macros[macro] for macro in re.findall(r"{.+}", RECIPES["zabbix"])]
    assert machine.run(machine.install("call-notify"), *parameters, env=BUSY).status == 0
    assert "exit 10: " in wait_for(log)
    assert machine.calls[0][-1] == "-Problem: disk full"
