"""Processes that start at the same moment take turns, and nobody who gets nowhere keeps others from it."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import os
import re
import signal
import subprocess
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cartesia_call import __main__
from cartesia_call.cli.starting import PLACES_OF_A_CORE, LeavingPlace, Places, leaving_place
from cartesia_call.ports import CallStage
from tests.cli.live_network import reached
from tests.cli_process import CommandLine

NUMBER = "+12025550143"


def places(folder: Path, *, patience_s: float = 10.0, count: int = 1) -> Places:
    """Those of one more process: a lock belongs to an open file."""
    return Places([str(folder)], count=count, patience_s=patience_s)


@contextlib.contextmanager
def beside(work: threading.Thread) -> Iterator[None]:
    work.start()
    yield
    work.join()


def test_as_many_start_as_there_are_places(tmp_path: Path) -> None:
    pair = [places(tmp_path, count=2), places(tmp_path, count=2)]
    for one in pair:
        one.take()
    assert [(one.is_held, one.has_waited) for one in pair] == [(True, False)] * 2


def test_whoever_comes_later_waits_until_a_place_is_left(tmp_path: Path) -> None:
    first, second = places(tmp_path), places(tmp_path)
    first.take()

    def leave() -> None:
        while not second.has_waited:
            pass
        first.leave()

    with beside(threading.Thread(target=leave)):
        second.take()
    assert (first.is_held, second.is_held) == (False, True)


def test_a_place_is_taken_from_who_gets_nowhere(tmp_path: Path) -> None:
    stuck, second, third = places(tmp_path), places(tmp_path, patience_s=0.02), places(tmp_path)
    stuck.take()
    second.take()
    assert second.is_held
    stuck.leave()  # which frees nothing of the other one's

    def leave() -> None:
        while not third.has_waited:
            pass
        second.leave()

    with beside(threading.Thread(target=leave)):
        third.take()
    assert third.is_held
    assert third.has_waited


def test_nobody_waits_for_ever(tmp_path: Path) -> None:
    """Others come and go all the time, and this one is never the next."""
    first = places(tmp_path)
    unlucky = Places([str(tmp_path)], count=1, patience_s=0.1, most_waits=2)
    first.take()
    (lock,) = tmp_path.rglob("*.lock")
    is_over = threading.Event()

    def come_and_go() -> None:
        for moment_s in itertools.count():
            os.utime(lock, (moment_s, moment_s))
            if is_over.wait(0.002):
                break

    with beside(threading.Thread(target=come_and_go)):
        unlucky.take()
        is_over.set()
    assert not unlucky.is_held


@pytest.mark.parametrize("mode", [0o755, 0o701])
def test_a_directory_that_others_may_enter_is_not_used(mode: int, tmp_path: Path) -> None:
    first = places(tmp_path)
    first.take()
    first.leave()
    (folder,) = tmp_path.iterdir()
    folder.chmod(mode)
    second = places(tmp_path)
    second.take()
    assert not second.is_held


def test_without_a_directory_a_call_starts_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folders in ([], [str(tmp_path / "missing")], [str(tmp_path / "file")]):
        one = Places(folders, count=1)
        one.take()
        assert not one.is_held


def test_signals_mean_what_they_meant(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGALRM)
    first, second = places(tmp_path), places(tmp_path, patience_s=0.01)
    first.take()
    second.take()
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.parametrize("number", [0, 1])
def test_a_place_is_no_standard_stream(number: int, tmp_path: Path) -> None:
    """As where one is closed (`>&-`): it is taken before that is seen to."""
    stream, one = os.dup(number), places(tmp_path)
    os.close(number)
    try:
        one.take()
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(number)
    finally:
        os.dup2(stream, number)
        os.close(stream)
    assert one.is_held


def test_an_alarm_that_somebody_else_has_set_still_rings(tmp_path: Path) -> None:
    """`perl -e 'alarm 60; exec @ARGV' cartesia-call dial ...` limits what it starts."""
    first, second = places(tmp_path), places(tmp_path, patience_s=0.01)
    first.take()
    signal.setitimer(signal.ITIMER_REAL, 500.0, 70.0)
    try:
        second.take()
        left_s, every_s = signal.getitimer(signal.ITIMER_REAL)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    assert 400.0 < left_s < 500.0
    assert every_s == 70.0


def test_an_alarm_that_is_blocked_rings(tmp_path: Path) -> None:
    """A signal mask is inherited, also from a parent that blocks them all."""
    first, second = places(tmp_path), places(tmp_path, patience_s=0.01)
    first.take()
    is_over = threading.Event()

    def help_out() -> None:
        if not is_over.wait(5.0):
            first.leave()

    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    try:
        with beside(threading.Thread(target=help_out)):
            second.take()
            is_over.set()
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    assert (first.is_held, second.is_held) == (True, True)
    assert signal.SIGALRM in blocked


async def test_whoever_is_stopped_while_waiting_says_so_as_ever(
    run_cli: CommandLine, clean_environment: dict[str, str]
) -> None:
    """By status, line and object. systemd sends a SIGTERM twice, and the second one changes nothing."""
    with contextlib.ExitStack() as left:
        for _ in range(PLACES_OF_A_CORE * len(os.sched_getaffinity(0))):
            taken = Places([clean_environment["XDG_RUNTIME_DIR"]])
            taken.take()
            assert taken.is_held
            left.callback(taken.leave)
        process = run_cli.start("dial", NUMBER, "Hello", "--json")
        waits = re.compile(rf"-> FLOCK .* {process.pid} ")
        await reached(lambda: waits.search(Path("/proc/locks").read_text()) is not None)
        for _ in range(2):
            process.send_signal(signal.SIGTERM)
        ran = run_cli.wait(process)
    told = json.loads(ran.stdout)
    assert (ran.status, ran.stderr) == (143, "cartesia-call: interrupted\n")
    assert (told["outcome"], told["exit_code"], told["call_sid"]) == ("interrupted", 143, None)


@pytest.mark.parametrize("options", [(), ("--from-alert", "alertmanager")])
async def test_whoever_reads_a_pipe_keeps_nobody_waiting(
    options: tuple[str, ...], run_cli: CommandLine
) -> None:
    """A monitor may take its time to write what happened."""
    environment = {
        **{"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "1" * 32},
        **{"TWILIO_FROM_NUMBER": "+12025550100", "CARTESIA_API_KEY": "sk_car_not_real"},
        "CARTESIA_CALL_PUBLIC_URL": "https://example.com",
        "CARTESIA_CALL_BIND": "127.0.0.1:8080",
    }
    process = run_cli.start("dial", NUMBER, "-", *options, env=environment, stdin=subprocess.PIPE)
    written, unread = process.stdin, bytearray(4)
    assert written is not None
    written.write(b"{")
    written.flush()

    def has_read() -> bool:
        fcntl.ioctl(written, termios.FIONREAD, unread)
        return not any(unread) or process.poll() is not None

    await reached(has_read)
    opened = [os.readlink(entry) for entry in Path(f"/proc/{process.pid}/fd").iterdir()]
    assert any(name.startswith("pipe:") for name in opened)
    assert not any("cartesia-call-starting" in name for name in opened)


async def test_the_place_is_left_when_all_is_loaded_or_something_is_waited_for(
    tmp_path: Path,
) -> None:
    one = places(tmp_path)

    async def load() -> str:
        assert one.is_held
        return "loaded"

    shown: list[CallStage] = []

    class Watching:
        def show(self, phase: CallStage) -> None:
            shown.append(phase)

    one.take()
    assert await leaving_place(load, one)() == "loaded"
    assert not one.is_held
    one.take()
    waiting = CallStage(kind="waiting", since_s=0.0)
    LeavingPlace(Watching(), one).show(waiting)
    assert (one.is_held, shown) == (False, [waiting])


def test_a_place_is_taken_before_the_program_is_loaded() -> None:
    text = Path(__main__.__file__).read_text()
    assert text.index("take_place(sys.argv[1:])") < text.index("from cartesia_call.cli.main import main")
