"""The recipes of docs/recipes.md by which other programs call, run as they stand there."""

from __future__ import annotations

import base64
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forked_process import ForkServer
from tests.recipe_page import ANNA, BUSY, PRESSES, RECIPES, RecipeMachine, cron_jobs, recipe_machine, wait_for

HOSTILE = 'it\'s "x" `touch pwned` $(touch pwned) ${HOME}\nsecond %s <b>'


@pytest.fixture
def machine(
    tmp_path: Path, clean_environment: dict[str, str], fork_server: ForkServer
) -> Iterator[RecipeMachine]:
    with recipe_machine(tmp_path, clean_environment, fork_server) as machine:
        yield machine


def _ran_nothing(machine: RecipeMachine) -> bool:
    return not list(Path(machine.environment["HOME"]).glob("pwned"))


def _logged_lines(machine: RecipeMachine) -> Path:
    """Where a `logger` without words puts its standard input."""
    log = machine.call_record.with_name("lines")
    machine.stub("logger", f"cat > {log}.new; mv {log}.new {log}")
    return log


def test_monit_leaves_words_in_the_environment(machine: RecipeMachine) -> None:
    """Whatever a service is called, and whatever is wrong with it."""
    machine.install_hand_over()
    log = _logged_lines(machine)
    [program] = re.findall(r'exec "(.+)"', machine.placed(RECIPES["monitrc"]))
    assert Path(program) == machine.install("call-monit")
    words = {"MONIT_SERVICE": "root", "MONIT_HOST": "web1", "MONIT_DESCRIPTION": HOSTILE}
    assert machine.run(program, env=words | PRESSES).status == 0
    assert "acknowledged by" in wait_for(log)
    assert machine.calls[0][-1] == f"root on web1: {HOSTILE}"
    assert _ran_nothing(machine)


def test_nut_hands_over_a_sentence(machine: RecipeMachine) -> None:
    """As upsmon does it, between double quotes of its own."""
    machine.install_hand_over("at")
    log = _logged_lines(machine)
    program = machine.install("call-ups")
    assert f"NOTIFYCMD {program}\n" in machine.placed(RECIPES["upsmon.conf"])
    assert machine.shell(f'{program} "UPS ups@localhost on battery"', env=PRESSES).status == 0
    assert "acknowledged by" in wait_for(log)
    assert machine.calls[0][-1] == "UPS ups@localhost on battery"


def test_home_assistant_does_not_wait_and_quotes_nothing(machine: RecipeMachine) -> None:
    """The rendered template is split as a shell does it; base64 has no quotes."""
    machine.install_hand_over("nobody")
    log = machine.stub_logger()
    program = machine.install("call-home")
    [command] = re.findall(r'call_home: "(.+)"', RECIPES["configuration.yaml"])
    encoded = base64.b64encode(HOSTILE.encode()).decode()
    rendered = command.replace("{{ message | base64_encode }}", encoded)
    path, *arguments = shlex.split(rendered)
    assert path == f"/config/{program.name}"
    assert machine.run(program, *arguments, env=PRESSES).status == 0
    assert "exit 0: REHEARSAL: acknowledged by" in wait_for(log)
    assert machine.calls[0][-1] == HOSTILE
    assert _ran_nothing(machine)


@pytest.mark.parametrize(("env", "has_succeeded"), [(PRESSES, True), (BUSY, False)])
def test_apprise_is_told_whether_somebody_pressed_a_key(
    machine: RecipeMachine, tmp_path: Path, env: dict[str, str], has_succeeded: bool
) -> None:
    """Title and body are said."""
    package = tmp_path / "modules" / "apprise"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "decorators.py").write_text("def notify(**service):\n    return lambda function: function\n")
    plugin = tmp_path / "modules" / "plugin.py"
    plugin.write_text(machine.placed(RECIPES["apprise"]), encoding="utf-8")
    script = f"import plugin; print(plugin.call({HOSTILE!r}, 'Title', 'info', meta={{}}))"
    done = machine.run(sys.executable, "-c", script, env={"PYTHONPATH": str(plugin.parent)} | env)
    assert done.stdout.splitlines()[-1] == str(has_succeeded)
    assert machine.calls[0][-1] == f"Title\n{HOSTILE}"


def test_a_github_step_keeps_names_out_of_its_shell(machine: RecipeMachine) -> None:
    """The runner puts what is between braces into the text of `run`: there is nothing of it in there."""
    step = RECIPES["step.yml"]
    [command] = re.findall(r"  run: (.+)", step)
    assert "${{" not in command
    assert set(re.findall(r"\$(\w+)", command)) <= set(re.findall(r"^    (\w+): ", step, re.MULTILINE))
    assert machine.shell(command, env={"WHAT": HOSTILE, "ON_CALL": ANNA} | PRESSES).status == 0
    assert machine.calls[0][-1] == HOSTILE
    assert _ran_nothing(machine)


@pytest.mark.parametrize(("env", "pings"), [(PRESSES, 1), (BUSY, 0)])
def test_a_drill_reports_itself_only_if_somebody_pressed_the_key(
    machine: RecipeMachine, tmp_path: Path, env: dict[str, str], pings: int
) -> None:
    """Whoever waits for the report notices everything else."""
    pinged = tmp_path / "pinged"
    machine.stub("curl", f"printf '%s\\n' \"$*\" >> {pinged}")
    [(_, command, _)] = cron_jobs(RECIPES["drill"])
    machine.shell(command, env=env)
    told = pinged.read_text(encoding="utf-8").splitlines() if pinged.exists() else []
    assert len(told) == pings
    assert all("https://hc-ping.com/" in line for line in told)
