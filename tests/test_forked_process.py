"""A run that was forked is what an interpreter of its own would have been, as far as anybody can see."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import process_probe
from tests.cli_process import CommandLine, Finished
from tests.forked_process import CLOSED, ForkedProcess, ForkServer, is_read_late
from tests.fresh_process import ROOM_BYTES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")

ENVIRONMENT = {
    "TZ": "Asia/Kathmandu",
    "COLUMNS": "61",
    "TWILIO_ACCOUNT_SID": "AC1",
    "CARTESIA_CALL_NAME": "Z\u00fc",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A working directory with the probe in it."""
    shutil.copy(process_probe.__file__, tmp_path / "probe.py")
    return tmp_path


@pytest.fixture
def both(
    clean_environment: dict[str, str], place: Path, fork_server: ForkServer
) -> Iterator[tuple[CommandLine, CommandLine]]:
    """One that forks, and one that does not, in the same home and working directory."""
    command_lines = CommandLine(clean_environment, place, fork_server), CommandLine(clean_environment, place)
    yield command_lines
    assert [command_line.end_all() for command_line in command_lines] == [[], []]


Both = tuple[CommandLine, CommandLine]


def probed(both: Both, place: Path, *arguments: str, **streams: int) -> tuple[Finished, dict[str, Any]]:
    """What both come to and find, which is the same. Standard input is `one` and `two`, in lines."""
    outcomes = []
    found = place / "found"
    for each in both:
        process = each.start(*arguments, str(found), module="probe", env=ENVIRONMENT, **streams)
        assert isinstance(process, ForkedProcess) == (each is both[0])
        ran = each.wait(process, stdin="one\r\ntwo\n" if process.stdin else None)
        # A traceback leads through whoever ran the module.
        told = [line for line in ran.stderr.splitlines() if not line.startswith("  ")]
        outcomes.append((ran.status, ran.stdout, told, json.loads(found.read_text(encoding="utf-8"))))
        found.unlink()
    assert outcomes[0] == outcomes[1]
    return ran, outcomes[0][-1]


@pytest.mark.parametrize(
    ("end", "status"),
    {
        "as ever": 0,
        "with status": 7,
        "with words": 1,
        "by an error": 1,
        "interrupted": -signal.SIGINT,
        "at once": 9,
        "killed": -signal.SIGKILL,
        "aborted": -signal.SIGABRT,
        "broken pipe": 0,
        "after a thread": 0,
    }.items(),
)
def test_surroundings_and_end_are_the_same(both: Both, place: Path, end: str, status: int) -> None:
    """Arguments, environment, streams, signals, zone, directory and what a child is given; and every end."""
    ran, found = probed(both, place, end, stdin=subprocess.PIPE)
    assert ran.status == status
    assert found["standard input"].split() == ["one", "two"]


def test_what_both_find_is_what_was_asked_for(both: Both, place: Path) -> None:
    """So that they do not agree in being wrong."""
    _, found = probed(both, place, "as ever")
    arguments, given, shown = found["arguments"]
    assert arguments[1:] == given[3:] == shown[3:] == ["as ever", str(place / "found")]
    assert found["environment"].items() >= ENVIRONMENT.items()
    assert {f"{name}={value}" for name, value in found["environment"].items()} == set(
        found["shown environment"]
    )
    assert found["zone"][1] == -(5 * 60 + 45) * 60
    assert found["working directory"] == found["path"][0] == str(place)
    assert (found["descriptors"], found["is leader"], found["threads"]) == (
        ["0", "1", "2"],
        [True, True],
        ["MainThread"],
    )


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
def test_a_stream_may_be_closed_or_a_terminal(both: Both, place: Path, stream: str) -> None:
    """`>&-`, and somebody who sits there."""
    number = ["stdin", "stdout", "stderr"].index(stream)
    ran, found = probed(both, place, "with words", **{stream: CLOSED})
    assert (ran.status, found["streams"][number]) == (1, None)
    keyboard, screen = os.openpty()
    with open(keyboard, "rb", buffering=0), open(screen, "rb", buffering=0):
        ran, found = probed(both, place, "with words", **{stream: screen})
    assert (ran.status, found["streams"][number][:2]) == (1, [f"<{stream}>", "w" if number else "r"])


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_disk_may_be_full(both: Both, place: Path, stream: str) -> None:
    """What the interpreter cannot print at its end is a status of its own."""
    with open("/dev/full", "wb") as full:
        ran, _ = probed(both, place, "with words", **{stream: full.fileno()})
    assert ran.status == 120


def test_a_started_one_takes_signals(both: Both, place: Path) -> None:
    """Its own and its group's. `wait` has its limit, and who comes too late does no harm."""
    for each in both:
        for send, number in ((os.kill, signal.SIGTERM), (os.killpg, signal.SIGHUP)):
            process = each.start("as ever", "found", module="probe", stdin=subprocess.PIPE)
            assert process.poll() is None
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.01)
            send(process.pid, number)
            assert process.wait(10) == process.poll() == process.returncode == -number
            process.kill()
            assert each.wait(process).status == -number


def test_who_survives_is_found_and_ended(both: Both) -> None:
    """Children and forks of a run, in whatever session; what was started and goes on is ended before."""
    for each in both:
        assert each.wait(each.start("leaving two", "found", module="probe")).status == 0
        goes_on = each.start("as ever", "found", module="probe", stdin=subprocess.PIPE)
        told = each.end_all()
        assert len(told) == 2, told
        assert all("outlived the command" in line for line in told)
        assert goes_on.returncode == -signal.SIGKILL
        assert each.end_all() == []


def test_forks_share_no_chance(both: Both) -> None:
    """What one draws, no other does."""
    forking, _ = both
    ran = [forking.wait(forking.start("drawing", "found", module="probe")) for _ in range(2)]
    one, other = (each.stdout.split()[-3:] for each in ran)
    assert not set(one) & set(other)


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONHASHSEED": "1"},
        {"LANG": "C"},
        {"LC_ALL": "C.UTF-8"},
        {"SSL_CERT_FILE": "/dev/null"},
        {"WEBSOCKETS_SERVER": "x"},
        {"TWILIO_AUTH_TOKEN": "x" * ROOM_BYTES},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_what_is_read_early_is_for_an_interpreter_of_its_own(both: Both, variables: dict[str, str]) -> None:
    """As is what nobody knows to be read late, and what is too long to be shown."""
    forking, _ = both
    started = forking.start("with status", "found", module="probe", env=variables)
    assert isinstance(started, subprocess.Popen)
    assert forking.wait(started).status == 7


def test_no_import_reads_what_is_said_to_be_read_late(clean_environment: dict[str, str]) -> None:
    """But for LANG, which is the same for all, and for HOME by sysconfig, which makes of it where a user's
    own packages would be, and looks there at no import.
    """
    ran = subprocess.run(
        [sys.executable, "-c", _WATCHED_IMPORTS],
        env=clean_environment,
        cwd=Path(__file__).parents[1],
        capture_output=True,
        timeout=60,
        check=True,
    )
    read = {name: files for name, files in json.loads(ran.stdout).items() if is_read_late(name)}
    assert read == {"HOME": ["sysconfig.py"], "LANG": ["gettext.py"]}


_WATCHED_IMPORTS = """
import collections.abc, json, os, sys

class Watched(collections.abc.Mapping):
    def __init__(self, variables):
        self.variables, self.read = variables, {}

    def __getitem__(self, name):
        frame = sys._getframe(1)
        while os.path.basename(frame.f_code.co_filename).split()[-1] in PASSED_THROUGH:
            frame = frame.f_back
        self.read.setdefault(name, set()).add(os.path.basename(frame.f_code.co_filename))
        return self.variables[name]

    def __iter__(self):
        raise AssertionError("somebody reads all")

    def __len__(self):
        raise AssertionError("somebody counts all")

PASSED_THROUGH = {"os>", "posixpath>", "_collections_abc>", "os.py", "posixpath.py", "_collections_abc.py"}
os.environ = Watched(os.environ)
from tests.fork_server import import_program
import_program()
print(json.dumps({name: sorted(files) for name, files in os.environ.read.items()}))
"""
