"""The recipes of docs/recipes.md by which monitors call, run as they stand there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from cartesia_call.alerts.formats import parse_format
from tests.alerts.bodies import ZABBIX_PROBLEM, ZABBIX_RECOVERY, recorded, recorded_environment
from tests.cli_process import Finished
from tests.forked_process import ForkServer
from tests.recipe_page import (
    ANNA,
    BEN,
    BUSY,
    PAGE,
    PRESSES,
    RECIPES,
    RecipeMachine,
    recipe_machine,
    unit_command,
    unit_settings,
    wait_for,
)


@pytest.fixture
def machine(
    tmp_path: Path, clean_environment: dict[str, str], fork_server: ForkServer
) -> Iterator[RecipeMachine]:
    with recipe_machine(tmp_path, clean_environment, fork_server) as machine:
        yield machine


HOSTILE = 'it\'s "x" `touch pwned` $(touch pwned) ${HOME} \\n & ; | > pwned\nsecond line %s <b>'
"""Every character that a shell, a template or a voice could take for more than a word."""

PRINTS = {"CARTESIA_CALL_PRINT": "1", "CARTESIA_CALL_READ_AS": "plain"}
"""What would be said, in the place of a call."""


@pytest.mark.parametrize("to", ["systemd-run", "at", "nobody", "nobody, and no memory is left"])
def test_a_call_is_handed_over_with_all_that_it_needs(
    machine: RecipeMachine, tmp_path: Path, to: str
) -> None:
    """Environment and standard input, whatever is in them; nothing stays of where they were put meanwhile."""
    machine.install_hand_over(to)
    if "memory" in to:
        machine.stub("mktemp", "exit 1")
    told = tmp_path / "told"
    machine.stub("tell", f'{{ printf "%s|" "$@" "$WORDS"; cat; }} > {told}.new; mv {told}.new {told}')
    tell = machine.placed("/usr/local/bin/tell")
    done = machine.run(machine.install("hand-over"), tell, "now", env={"WORDS": HOSTILE}, stdin=HOSTILE)
    assert (done.status, done.stdout) == (0, "")
    assert wait_for(told) == f"now|{HOSTILE}|{HOSTILE}"
    assert not list(tmp_path.glob("tmp.*"))


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
    unit = unit_settings(RECIPES["webhook.service"], {})
    words, _ = unit_command({"ExecStart": [unit["ExecStart"][-1]]})
    assert words[-4:] == ["-ip", "127.0.0.1", "-port", "9000"]
    assert unit["KillMode"] == ["process"]
    [url] = re.findall(r"url: (.+)", RECIPES["alertmanager.yml"])
    assert url == "http://127.0.0.1:9000/hooks/alertmanager"


@pytest.mark.parametrize(("index", "recording"), [(0, "service-problem"), (1, "host-problem")])
def test_nagios_calls_and_does_not_wait(machine: RecipeMachine, index: int, recording: str) -> None:
    """Its command line goes through a shell, its words do not; the exit status goes to the log."""
    machine.install_hand_over()
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
    machine.install_hand_over("at")
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
    machine.install_hand_over()
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
    machine.install_hand_over()
    log = machine.stub_logger()
    subject, _, message = letter.partition("\n")
    macros = {"{ALERT.SENDTO}": ANNA, "{ALERT.SUBJECT}": subject, "{ALERT.MESSAGE}": message}
    parameters = [macros[macro] for macro in re.findall(r"{.+}", RECIPES["zabbix"])]
    return machine.run(machine.install("call-zabbix"), *parameters, env=env), wait_for(log)
