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

from cartesia_call.alerts.formats import parse_format
from tests.alerts.bodies import ZABBIX_PROBLEM, ZABBIX_RECOVERY, recorded, recorded_environment
from tests.cli_process import Finished
from tests.recipe_page import (
    ANNA,
    BEN,
    BUSY,
    PAGE,
    PRESSES,
    RECIPES,
    RecipeMachine,
    unit_command,
    unit_settings,
    wait_for,
)


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


HOSTILE = 'it\'s "x" `touch pwned` $(touch pwned) ${HOME} \\n & ; | > pwned\nsecond line %s <b>'
"""Every character that a shell, a template or a voice could take for more than a word."""

PRINTS = {"CARTESIA_CALL_PRINT": "1", "CARTESIA_CALL_READ_AS": "plain"}
"""What would be said, in the place of a call."""


def test_a_webhook_calls_about_what_is_in_the_file(machine: RecipeMachine, tmp_path: Path) -> None:
    """As Debian's `webhook` starts the script: the format as argument, the body in a file that BODY names."""
    log = machine.stub_logger()
    machine.install("call-about")
    hooks = {hook["id"]: hook for hook in json.loads(machine.placed(RECIPES["webhook.conf"]))}
    body = tmp_path / "body"
    body.write_text(recorded("alertmanager-firing"), encoding="utf-8")
    [argument] = hooks["alertmanager"]["pass-arguments-to-command"]
    [file] = hooks["alertmanager"]["pass-file-to-command"]
    command = (hooks["alertmanager"]["execute-command"], argument["name"])
    assert machine.run(*command, env={file["envname"]: str(body)} | PRESSES).status == 0
    assert "alertmanager: exit 0: REHEARSAL: acknowledged by" in wait_for(log)
    [call] = machine.calls
    assert call[:4] == ["dial", ANNA, "--then", BEN]


def test_every_hook_names_a_format_and_hands_the_body_over() -> None:
    """And listens where the page says."""
    hooks = json.loads(RECIPES["webhook.conf"])
    for hook in hooks:
        assert hook["execute-command"] == "/usr/local/bin/call-about"
        assert parse_format(hook["pass-arguments-to-command"][0]["name"])
        assert hook["pass-file-to-command"] == [{"source": "raw-request-body", "envname": "BODY"}]
    for name in re.findall(r"127\.0\.0\.1:9000/hooks/([\w-]+)", PAGE):
        assert name in {hook["id"] for hook in hooks}
    words, _ = unit_command({"ExecStart": [unit_settings(RECIPES["webhook.service"], {})["ExecStart"][-1]]})
    assert words[-4:] == ["-ip", "127.0.0.1", "-port", "9000"]


@pytest.mark.parametrize(("index", "recording"), [(0, "service-problem"), (1, "host-problem")])
def test_nagios_calls_and_does_not_wait(machine: RecipeMachine, index: int, recording: str) -> None:
    """Its command line goes through a shell, its words do not; the exit status goes to the log."""
    log = machine.stub_logger()
    machine.install("call-notify")
    line = re.findall(r"command_line\s+(.+)", RECIPES["nagios.cfg"])[index]
    environment = recorded_environment(f"nagios-{recording}")
    done = machine.shell(line, env=environment | PRESSES)
    assert (done.status, done.stdout, done.stderr) == (0, "", "")
    assert "exit 0: REHEARSAL: acknowledged by" in wait_for(log)
    assert machine.calls == [["dial", ANNA, "--from-alert", "nagios", "--ack", "1", "--join"]]


def test_nagios_may_fill_its_fields_with_anything(machine: RecipeMachine) -> None:
    """Quotes, backticks, dollars and lines in every macro are words."""
    log = machine.stub_logger()
    machine.install("call-notify")
    environment = dict.fromkeys(recorded_environment("nagios-service-problem"), HOSTILE)
    environment["NAGIOS_CONTACTPAGER"] = ANNA
    [line, _] = re.findall(r"command_line\s+(.+)", RECIPES["nagios.cfg"])
    assert machine.shell(line, env=environment | PRINTS).status == 0
    said = wait_for(log)
    assert 'exit 0: it\'s "x" `touch pwned` $(touch pwned) ${HOME} \\n & ; | > pwned. second line' in said
    assert not list(Path(machine.environment["HOME"]).glob("pwned"))


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (0, "disk 'x' `id` $HOME on web 1 is critical. it's \"full\"."),
        (1, 'web 1 is down. it\'s "full".'),
    ],
)
def test_icinga_gives_the_same_names(machine: RecipeMachine, index: int, message: str) -> None:
    """In the environment of a command without arguments, each from a macro of its own."""
    log = machine.stub_logger()
    machine.install("call-notify")
    command = re.findall(r"object NotificationCommand(?:.*\n)+?^}", RECIPES["icinga2.conf"], re.MULTILINE)[
        index
    ]
    [program] = json.loads(re.findall(r"command = (\[.+\])", machine.placed(command))[0])
    macros = dict(re.findall(r'(ICINGA_\w+) = "\$([\w.]+)\$"', command))
    environment = {name: ICINGA_OBJECTS[macro] for name, macro in macros.items()}
    assert machine.run(program, env=environment | PRINTS).status == 0
    assert f"exit 0: {message}" in wait_for(log)
    assert machine.calls[0][1] == ANNA


ICINGA_OBJECTS = {
    "user.pager": ANNA,
    "notification.type": "PROBLEM",
    "notification.comment": "",
    "service.name": "disk 'x' `id` $HOME",
    "host.name": "web01",
    "host.display_name": "web 1",
    "service.state": "CRITICAL",
    "service.output": 'it\'s "full"',
    "host.state": "DOWN",
    "host.output": 'it\'s "full"',
}


def test_zabbix_is_given_no_reason_to_repeat_a_call(machine: RecipeMachine) -> None:
    """Nobody was reached: the script has succeeded all the same, and the log knows."""
    done, said = _zabbix(machine, ZABBIX_PROBLEM, BUSY)
    assert (done.status, done.stdout, done.stderr) == (0, "", "")
    assert "exit 10: " in said
    [call] = machine.calls
    assert call[:6] == ["dial", ANNA, "--from-alert", "zabbix", "--ack", "1"]


@pytest.mark.parametrize(
    ("letter", "said"),
    [
        (ZABBIX_PROBLEM, "exit 0: Free disk space is less than 20% on volume / on db-03. Severity High."),
        (ZABBIX_RECOVERY, "exit 0: resolved: the alert is resolved; nobody is called"),
        (f"-{HOSTILE}\nx", 'exit 0: -it\'s "x" `touch pwned` $(touch pwned) ${HOME} \\n & ; | > pwned.'),
    ],
)
def test_zabbix_hands_over_any_words(machine: RecipeMachine, letter: str, said: str) -> None:
    """Subject and message of its templates, or of its users'."""
    done, told = _zabbix(machine, letter, PRINTS)
    assert done.status == 0
    assert said in told
    assert not list(Path(machine.environment["HOME"]).glob("pwned"))


def _zabbix(machine: RecipeMachine, letter: str, env: Mapping[str, str]) -> tuple[Finished, str]:
    log = machine.stub_logger()
    subject, _, message = letter.partition("\n")
    macros = {"{ALERT.SENDTO}": ANNA, "{ALERT.SUBJECT}": subject, "{ALERT.MESSAGE}": message}
    parameters = [macros[macro] for macro in re.findall(r"{.+}", RECIPES["zabbix"])]
    return machine.run(machine.install("call-zabbix"), *parameters, env=env), wait_for(log)
