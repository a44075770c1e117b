"""Every recipe of docs/recipes.md, run as it stands there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cartesia_call.clock import SystemClock
from tests.cli_process import Finished
from tests.forked_process import ForkServer
from tests.recipe_page import (
    ANNA,
    BEN,
    BUSY,
    CLEO,
    PAGE,
    PRESSES,
    RECIPES,
    RecipeMachine,
    cron_environment,
    cron_jobs,
    is_installed,
    recipe_machine,
    unit_command,
    unit_settings,
)

IN_CRON = {"PATH": "/usr/bin:/bin"}
WITHHELD = 18

needs_systemd = pytest.mark.skipif(not is_installed("systemd-analyze"), reason="systemd is not installed")


@pytest.fixture
def machine(
    tmp_path: Path, clean_environment: dict[str, str], fork_server: ForkServer
) -> Iterator[RecipeMachine]:
    with recipe_machine(tmp_path, clean_environment, fork_server) as machine:
        yield machine


def here_it_is(hour: int, minute: int = 0) -> dict[str, str]:
    """A zone for this machine in which its clock now shows about this time."""
    now = SystemClock().utc_now()
    wanted = now.replace(hour=hour, minute=minute)
    return {"TZ": f"HERE{(now - wanted) % timedelta(days=1)}"}


def there_it_is(hour: int) -> dict[str, str]:
    """A zone for the callee in which it is this hour of some day."""
    ahead = (hour - SystemClock().utc_now().hour + 12) % 24 - 12
    return {"CARTESIA_CALL_TIMEZONE": f"Etc/GMT{-ahead:+d}"}


def test_every_block_is_run_here() -> None:
    """A block without a test is a promise that nobody keeps."""
    assert len(re.findall(r"^```\w", PAGE, re.MULTILINE)) == len(RECIPES)
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_recipes*"))
    assert [name for name in RECIPES if f'"{name}"' not in tests] == []


def test_the_page_leads_where_it_says() -> None:
    """Its table names its own sections, and nobody's number but invented ones."""
    anchors = {
        re.sub(r"[^a-z -]", "", title.lower()).replace(" ", "-") for title in re.findall("## (.+)", PAGE)
    }
    assert set(re.findall(r"\(#([^)]+)\)", PAGE)) == anchors
    assert {number[:-2] for number in re.findall(r"\+\d{7,}", PAGE)} == {"+120255501"}


def test_a_crontab_is_read_as_cron_reads_it() -> None:
    """The trap that the page warns of would be seen here."""
    assert cron_jobs("2 * * * *  say 50% off, 5\\% more%now\n") == [
        ("2 * * * *", "say 50", " off, 5% more\nnow")
    ]


JOBS = cron_jobs(RECIPES["crontab"])
SAID = ["Good morning.", "The web server is down.", "The disk is more than 90% full."]


@pytest.mark.parametrize(("job", "message"), list(zip(JOBS, SAID, strict=True)), ids=SAID)
def test_a_cron_job_calls_and_is_silent(
    machine: RecipeMachine, job: tuple[str, str, str], message: str
) -> None:
    """In cron's own environment: the whole message, nothing on standard input, nothing to mail."""
    machine.stub("pgrep", "exit 1")
    machine.stub("df", "echo Filesystem; echo /dev/root 100 99 1 99% /")
    _, command, stdin = job
    assert stdin == ""
    done = machine.shell(command, env=_cron(machine) | here_it_is(7, 5))
    assert (done.status, done.stdout, done.stderr) == (0, "", "")
    [[_, to, said, *_]] = machine.calls
    assert (to, said) == (ANNA, message)


def test_a_cron_job_with_nothing_to_say_calls_nobody(machine: RecipeMachine) -> None:
    """The server runs, and the disk has room."""
    machine.stub("pgrep")
    machine.stub("df", "echo Filesystem; echo /dev/root 100 9 91 9% /")
    for _, command, _ in JOBS[1:]:
        assert machine.shell(command, env=_cron(machine)).status == 0
    assert machine.calls == []


def test_a_cron_job_that_reaches_nobody_mails_one_line(machine: RecipeMachine) -> None:
    """Standard error is what cron mails."""
    done = machine.shell(JOBS[0][1], env=_cron(machine) | here_it_is(7, 5) | BUSY)
    assert (done.status, done.stdout, done.stderr.count("\n")) == (10, "", 1)


def test_a_cron_job_that_is_late_calls_nobody(machine: RecipeMachine) -> None:
    """A machine that slept until noon wishes nobody a good morning."""
    done = machine.shell(JOBS[0][1], env=_cron(machine) | here_it_is(12))
    assert done.status == WITHHELD
    assert "07:30" in done.stderr


def _cron(machine: RecipeMachine) -> dict[str, str]:
    """What a job gets: the crontab's assignments on top of cron's own; the stubs stand first in PATH."""
    given = IN_CRON | cron_environment(machine.placed(RECIPES["crontab"]))
    stubs, _, _ = machine.environment["PATH"].partition(":")
    return given | {"PATH": f"{stubs}:{given['PATH']}"}


def test_the_service_of_the_timer_calls(machine: RecipeMachine) -> None:
    """As systemd would start it."""
    words, environment = unit_command(unit_settings(machine.placed(RECIPES["morning-call.service"]), {}))
    done = machine.run(*words, env=environment | here_it_is(7, 5))
    assert done.status == 0, done.stderr
    assert "delivered" in done.stdout


def test_the_service_of_the_timer_is_no_failure_when_it_is_late(machine: RecipeMachine) -> None:
    """Made up for in the evening, it ends with the status that the unit counts as success."""
    settings = unit_settings(machine.placed(RECIPES["morning-call.service"]), {})
    words, environment = unit_command(settings)
    done = machine.run(*words, env=environment | here_it_is(20))
    assert settings["SuccessExitStatus"] == [str(done.status)] == [str(WITHHELD)]


def test_a_unit_that_failed_is_called_about(machine: RecipeMachine) -> None:
    """The failed unit's name, dashes and all, becomes the instance and is spoken."""
    [name] = unit_settings(RECIPES["call.conf"], {"N": "backup-web"})["OnFailure"]
    template, _, instance = name.removesuffix(".service").partition("@")
    recipe = machine.placed(RECIPES[f"{template}@.service"])
    words, environment = unit_command(unit_settings(recipe, {"i": instance, "H": "web-1"}))
    done = machine.run(*words, env=environment | PRESSES)
    assert done.status == 0, done.stderr
    assert machine.calls[0][2] == "The service backup-web has failed on web-1."


def test_keys_may_be_handed_over_by_systemd(machine: RecipeMachine, tmp_path: Path) -> None:
    """In a directory of the service's own, where an ACL looks like a right of the group: no warning."""
    credentials = tmp_path / "credentials"
    settings = unit_settings(machine.placed(RECIPES["keys.conf"]), {"d": str(credentials)})
    name, _, source = settings["LoadCredential"][0].partition(":")
    credentials.mkdir()
    (credentials / name).write_bytes(Path(source).read_bytes())
    (credentials / name).chmod(0o440)
    service = unit_settings(machine.placed(RECIPES["morning-call.service"]), {})
    words, environment = unit_command(service | {"Environment": settings["Environment"]})
    here = environment | here_it_is(7, 5) | {"CREDENTIALS_DIRECTORY": str(credentials)}
    assert (done := machine.run(*words, env=here)).status == 0, done.stderr
    assert done.stderr == ""
    assert "loose permissions" in machine.run(*words, env=environment | here_it_is(7, 5)).stderr


@needs_systemd
def test_systemd_reads_the_units(machine: RecipeMachine, tmp_path: Path) -> None:
    """Without a warning, and with times that will come."""
    names = ("morning-call.timer", "morning-call.service", "call-about@.service")
    units = {name: machine.placed(RECIPES[name]) for name in names}
    units["backup.service"] = f"[Service]\nType=oneshot\nExecStart=/bin/true\n{RECIPES['call.conf']}"
    units["morning-call.service"] += machine.placed(RECIPES["keys.conf"])
    for name, unit in units.items():
        (tmp_path / name).write_text(unit, encoding="utf-8")
    done = machine.run("systemd-analyze", "verify", "--man=no", *(tmp_path / name for name in units))
    assert (done.status, done.stdout + done.stderr) == (0, "")
    times = re.findall(r'OnCalendar=(.+)|--on-calendar="(.+?)"', PAGE)
    assert len(times) == 2
    for written in times:
        assert machine.run("systemd-analyze", "calendar", "".join(written)).status == 0


def test_the_first_who_presses_takes_it(machine: RecipeMachine) -> None:
    """From the list in the file: nobody else is called, and the line says who it was."""
    machine.install("on-call", "/etc/")
    done = machine.run(machine.install("page"), "-- The database is down.", env=PRESSES)
    assert done.status == 0, done.stderr
    assert f"acknowledged by {ANNA[:5]}***{ANNA[-4:]}" in done.stdout
    assert _called(machine) == [ANNA]
    assert machine.calls[0][-1] == "-- The database is down."


@pytest.mark.parametrize("recipe", ["page", "three people"])
def test_everybody_is_called_twice(machine: RecipeMachine, recipe: str) -> None:
    """In turn, until six calls reached nobody."""
    machine.install("on-call", "/etc/")
    if recipe == "page":
        done = machine.run(machine.install(recipe), "The database is down.", env=BUSY)
    else:
        done = machine.shell(RECIPES[recipe], env=BUSY)
    assert done.status == 10, done.stderr
    assert _called(machine) == [ANNA, BEN, CLEO] * 2


def test_whoever_does_not_answer_is_rung_twice_before_the_next(machine: RecipeMachine) -> None:
    """A silenced phone lets the second call through."""
    machine.install("on-call", "/etc/")
    done = machine.run(
        machine.install("page"), "The database is down.", env={"CARTESIA_CALL_CALLEE": "no-answer"}
    )
    assert done.status == 11, done.stderr
    assert _called(machine) == [ANNA, ANNA, BEN, BEN, CLEO, CLEO]


def test_a_list_without_people_is_no_success(machine: RecipeMachine) -> None:
    """Nobody was told."""
    machine.install("on-call", "/etc/").write_text("# nobody this week\n", encoding="utf-8")
    assert machine.run(machine.install("page"), "The database is down.").status != 0


def _called(machine: RecipeMachine) -> list[str]:
    """Everybody who was called, in that order, as the ledger has it."""
    told = machine.run_program("history", "--rehearsal", "--json").stdout
    rows = sorted(map(json.loads, told.splitlines()), key=lambda row: row["started_at"])
    return [row["to"] for row in rows]


REMINDERS = ("at", "systemd-run", "weekly")


@pytest.mark.parametrize("recipe", REMINDERS)
def test_a_reminder_is_left_on_a_machine(machine: RecipeMachine, recipe: str) -> None:
    """When its time comes, in the hours of the callee."""
    voicemail = {"CARTESIA_CALL_CALLEE": "voicemail"}
    done = _remind(machine, recipe, here_it_is(9) | there_it_is(14) | voicemail)
    assert done.status == 0, done.stderr
    assert ("voicemail-left" in done.stdout) == (recipe != "weekly")  # which is quiet
    assert machine.calls[0][1] == ANNA


@pytest.mark.parametrize("recipe", REMINDERS)
def test_a_reminder_wakes_nobody_and_is_never_late(machine: RecipeMachine, recipe: str) -> None:
    """In the night of the callee, or after the time by which it was of use."""
    for when in (here_it_is(9) | there_it_is(3), here_it_is(21) | there_it_is(14)):
        assert _remind(machine, recipe, when).status == WITHHELD


def _remind(machine: RecipeMachine, recipe: str, when: dict[str, str]) -> Finished:
    """Run what the recipe hands to cron, at or systemd, which are here in a hurry."""
    if recipe == "weekly":
        [(_, command, stdin)] = cron_jobs(RECIPES[recipe])
        assert stdin == ""
        return machine.shell(command, env=when)
    machine.stub("at", "exec /bin/sh")
    machine.stub("systemd-run", 'while case $1 in -*) ;; *) false ;; esac; do shift; done; exec "$@"')
    return machine.shell(RECIPES[recipe], env=when)


def test_an_appointment_is_confirmed_cancelled_or_not_asked_for(machine: RecipeMachine) -> None:
    """By the word of the key. Whoever cannot be called was not asked."""
    never = Path(machine.environment["HOME"]) / "never-call.txt"
    script = machine.install("appointment")
    told = []
    for callee in ("answers,presses:1@2s", "no-answer;answers,presses:2@2s", "answers,presses:9@2s", "busy"):
        never.touch()
        done = machine.run(script, ANNA, "Tomorrow at nine.", env={"CARTESIA_CALL_CALLEE": callee})
        told.append(done.stdout.removeprefix(f"{ANNA} ").strip())
    assert told == ["comes", "does not come", "wants no more calls", "was not asked: status 10"]
    never.unlink()
    assert "status 2" in machine.run(script, ANNA, "Tomorrow at nine.").stdout


def test_a_backup_that_succeeds_calls_nobody(machine: RecipeMachine) -> None:
    """And is silent."""
    machine.stub("restic")
    done = machine.run(machine.install("backup"))
    assert (done, machine.calls) == (Finished(0, "", ""), [])


@pytest.mark.parametrize(("restic", "status"), [("exit 3", 3), ("kill -TERM $PPID", 143)])
def test_a_backup_that_fails_calls_and_keeps_its_status(
    machine: RecipeMachine, restic: str, status: int
) -> None:
    """Also one that a signal ended."""
    machine.stub("restic", restic)
    done = machine.run(machine.install("backup"))
    assert done == Finished(status, "", "")
    [call] = machine.calls
    assert call[-1].endswith(f"has failed with status {status}.")


@pytest.mark.parametrize("logger", ["", "exit 1"])
def test_a_backup_whose_call_fails_keeps_its_status(machine: RecipeMachine, logger: str) -> None:
    """The log says that nobody was told, if it can."""
    log = machine.stub_logger()
    if logger:
        machine.stub("logger", logger)
    machine.stub("restic", "exit 3")
    assert machine.run(machine.install("backup"), env=BUSY).status == 3
    assert logger or "nobody was told: cartesia-call exit 10" in log.read_text(encoding="utf-8")
