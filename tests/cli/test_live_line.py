"""The live line: what it says, on which terminals, and that it is gone before anything else is printed."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import select
import subprocess
import sys
import termios
from collections.abc import Iterator

import pytest

from cartesia_call.cli.live_line import LiveLine, NoDisplay, make_display, render_phase
from cartesia_call.ports import CallStage, PhaseKind

DEADLINE_S = 20

PROGRAM = """
import asyncio, sys
from cartesia_call.cli.live_line import make_display
from cartesia_call.ports import (CallStage)

async def call():
    async with make_display(sys.stderr, now_s=lambda: 4.2, is_wanted=True) as display:
        display.show(CallStage(kind="ringing", since_s=0.0))
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        display.erase()
        print("a warning", file=sys.stderr)
        display.show(CallStage(kind="speaking", since_s=0.0, total_ms=9000, played_ms=lambda: 3000))
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        if len(sys.argv) > 1:
            raise SystemExit(sys.argv[1])

try:
    asyncio.run(call())
finally:
    print("rich" if "rich" in sys.modules else "plain", file=sys.stderr)
"""


class Terminal:
    """A pseudo-terminal and what was written to it."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        self.written = ""

    def read_until(self, text: str) -> None:
        """Read until `text` was written since the last call; fails after a while without output."""
        start = len(self.written)
        while text not in self.written[start:]:
            assert select.select([self.master], [], [], DEADLINE_S)[0], f"no {text!r} in {self.written!r}"
            self.written += os.read(self.master, 4096).decode()

    def close(self) -> None:
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


def phase(
    kind: PhaseKind,
    *,
    total_ms: int | None = None,
    played_ms: int | None = None,
    since_s: float = 100.0,
    awaits_key: bool = False,
) -> CallStage:
    return CallStage(
        kind=kind,
        since_s=since_s,
        total_ms=total_ms,
        played_ms=None if played_ms is None else lambda: played_ms,
        awaits_key=lambda: awaits_key,
    )


@pytest.mark.parametrize(
    ("shown", "line"),
    [
        (phase("connecting"), "connecting"),
        (phase("ringing"), "ringing 4 s"),
        (phase("ringing", since_s=105), "ringing 0 s"),
        (phase("answered"), "answered"),
        (phase("speaking"), "speaking 4 s"),
        (phase("speaking", total_ms=18_000, played_ms=6_001), f"speaking [{'#' * 10}{'-' * 20}] 12 s left"),
        (phase("speaking", total_ms=18_000, played_ms=0), f"speaking [{'-' * 30}] 18 s left"),
        (phase("speaking", total_ms=18_000, played_ms=19_000), f"speaking [{'#' * 30}] 0 s left"),
        (phase("speaking", total_ms=0, played_ms=0), f"speaking [{'#' * 30}] 0 s left"),
        (
            phase("speaking", total_ms=18_000, played_ms=17_001, awaits_key=True),
            f"speaking [{'#' * 28}{'-' * 2}] 1 s left",
        ),
        (phase("speaking", total_ms=18_000, played_ms=18_000, awaits_key=True), "waiting for a key"),
        (phase("hanging-up"), "hanging up"),
        (phase("waiting"), "another call to this number is up, waiting 4 s"),
        (phase("held-by-guard"), "held back by the guard, waiting 4 s"),
    ],
)
def test_each_phase_has_its_words(shown: CallStage, line: str) -> None:
    assert render_phase(shown, 104.9, 80) == line


def test_the_line_never_wraps() -> None:
    """The bar gives way first; the last column stays free, or some terminals would move to the next line."""
    speaking = phase("speaking", total_ms=600_000, played_ms=0)
    assert render_phase(speaking, 104.9, 30) == "speaking [-------] 600 s left"
    assert render_phase(speaking, 104.9, 25) == "speaking 600 s left"
    assert all(len(render_phase(speaking, 104.9, width)) < max(width, 1) for width in range(100))


@pytest.mark.parametrize("stream", [None, io.StringIO()])
async def test_without_a_terminal_nothing_is_shown(stream: io.StringIO | None) -> None:
    display = make_display(stream, now_s=lambda: 0.0, is_wanted=True)
    assert isinstance(display, NoDisplay)
    async with display:
        display.show(phase("connecting"))
        display.erase()
    assert stream is None or stream.getvalue() == ""


def test_a_closed_stream_is_no_terminal() -> None:
    stream = io.StringIO()
    stream.close()
    assert isinstance(make_display(stream, now_s=lambda: 0.0, is_wanted=True), NoDisplay)


def test_nobody_who_wants_quiet_gets_a_line(terminal: Terminal) -> None:
    with open(terminal.slave, "w", closefd=False) as stream:
        assert isinstance(make_display(stream, now_s=lambda: 0.0, is_wanted=False), NoDisplay)


def start(terminal: Terminal, environment: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        stdin=subprocess.PIPE,
        stderr=terminal.slave,
        env=environment,
    )


def proceed(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")
    process.stdin.flush()


@pytest.mark.parametrize("arguments", [(), ("failed",)], ids=["success", "failure"])
def test_the_line_appears_and_is_erased(
    terminal: Terminal, clean_environment: dict[str, str], arguments: tuple[str, ...]
) -> None:
    """Before a warning, and before whatever comes after the call; nothing else is sent to the terminal."""
    process = start(terminal, {**clean_environment, "TERM": "xterm", "NO_COLOR": "1"}, *arguments)
    terminal.read_until("ringing 4 s")
    proceed(process)
    terminal.read_until("speaking [")
    proceed(process)
    terminal.read_until("rich")
    process.communicate(timeout=DEADLINE_S)
    ringing, _, rest = terminal.written.partition("\r\x1b[2Ka warning\r\n")
    assert set(ringing.split("\r\x1b[2K")) == {"", "ringing 4 s"}
    speaking, _, _ = rest.partition("\r\x1b[2Krich")
    assert set(speaking.split("\r\x1b[2K")) == {"", f"speaking [{'#' * 10}{'-' * 20}] 6 s left"}


def test_a_dumb_terminal_sees_nothing(terminal: Terminal, clean_environment: dict[str, str]) -> None:
    process = start(terminal, {**clean_environment, "TERM": "dumb"})
    process.communicate(b"\n\n", timeout=DEADLINE_S)
    terminal.read_until("rich\r\n")
    assert terminal.written == "a warning\r\nrich\r\n"


def test_a_pipe_sees_nothing_and_loads_nothing(clean_environment: dict[str, str]) -> None:
    program = [sys.executable, "-c", PROGRAM]
    finished = subprocess.run(program, input=b"\n\n", capture_output=True, env=clean_environment, check=True)
    assert finished.stderr == b"a warning\nplain\n"


class Drawings:
    """A phase that tells when it has been drawn, or would have been."""

    def __init__(self) -> None:
        self._count = 0
        self.twice = asyncio.Event()
        self.phase = CallStage(kind="speaking", since_s=0, total_ms=1000, played_ms=self._played_ms)

    def _played_ms(self) -> int:
        self._count += 1
        if self._count == 2:
            self.twice.set()
        return 0


async def test_a_stopped_terminal_does_not_stop_the_call(terminal: Terminal) -> None:
    """Ctrl-S: a write would block the event loop, and the voice with it."""
    drawings = Drawings()
    with os.fdopen(terminal.slave, "w", closefd=False) as stream:
        termios.tcflow(terminal.slave, termios.TCOOFF)
        async with asyncio.timeout(DEADLINE_S), LiveLine(stream, lambda: 0.0) as line:
            line.show(drawings.phase)
            await drawings.twice.wait()
            line.erase()
        termios.tcflow(terminal.slave, termios.TCOON)
    assert not select.select([terminal.master], [], [], 0)[0]


async def test_a_closed_window_does_not_stop_the_call() -> None:
    drawings = Drawings()
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as stream:
        async with asyncio.timeout(DEADLINE_S), LiveLine(stream, lambda: 0.0) as line:
            os.close(master)
            line.show(drawings.phase)
            await drawings.twice.wait()
            line.erase()
