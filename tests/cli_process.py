"""The program as its users meet it: a process with an environment, a standard input and an exit status."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.forked_process import CLOSED, ForkedProcess, ForkServer
from tests.fresh_process import Request
from tests.leaks import processes_of_home

Process = subprocess.Popen[bytes] | ForkedProcess

_REPOSITORY = Path(__file__).resolve().parent.parent
_SURVIVOR_CHECKS = 20
_SURVIVOR_CHECK_S = 0.05
"""A process that the kernel ends together with its parent may be seen for a moment longer: one second."""


@dataclass(frozen=True)
class Finished:
    """What a run left: its exit status (negative for a signal) and both outputs."""

    status: int
    stdout: str
    stderr: str


class CommandLine:
    """Runs `python -m cartesia_call` in a home and a working directory of its own.

    Standard input is empty unless given, and there is no controlling terminal, as under cron. With `forks`,
    runs are forks of it where that makes no difference. All others are interpreters that begin with nothing.
    """

    def __init__(
        self, environment: Mapping[str, str], working_directory: Path, forks: ForkServer | None = None
    ) -> None:
        self._environment = dict(environment)
        self.working_directory = working_directory
        self._forks = forks
        self._started: list[Process] = []

    def __call__(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        stdin: str | bytes | None = None,
        timeout_s: float = 60,
    ) -> Finished:
        """Run to the end. `env` is added to the clean environment. TimeoutExpired after `timeout_s`."""
        process = self.start(*arguments, env=env, stdin=None if stdin is None else subprocess.PIPE)
        return self.wait(process, stdin=stdin, timeout_s=timeout_s)

    def start(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        stdin: int | None = None,
        stdout: int = subprocess.PIPE,
        stderr: int = subprocess.PIPE,
        module: str = "cartesia_call",
    ) -> Process:
        """Start only, to send signals to; what still runs when the test ends is killed.

        A stream may be CLOSED, too. `module` may be one of these tests that runs the program in some trouble,
        or lie in the working directory.
        """
        request = Request(
            module=module,
            arguments=arguments,
            environment={**self._environment, **(env or {})},
            working_directory=str(self.working_directory),
        )
        stdin = subprocess.DEVNULL if stdin is None else stdin
        if self._forks is not None and self._forks.can_run(request):
            process: Process = self._forks.start(request, stdin=stdin, stdout=stdout, stderr=stderr)
        else:
            process = _executed(request, (stdin, stdout, stderr))
        self._started.append(process)
        return process

    def wait(self, process: Process, *, stdin: str | bytes | None = None, timeout_s: float = 60) -> Finished:
        """Wait for a started process and take its outputs."""
        text = stdin.encode() if isinstance(stdin, str) else stdin
        stdout, stderr = process.communicate(text, timeout=timeout_s)
        return Finished(process.wait(), (stdout or b"").decode(), (stderr or b"").decode())

    def end_all(self) -> list[str]:
        """Kill what was started; a line for each process that outlived the one that started it."""
        for process in self._started:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):  # it has ended just now
                    os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        if not self._started:
            return []
        survivors = self._survivors()
        for pid in survivors:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return [f"process {pid} outlived the command that started it" for pid in sorted(survivors)]

    def _survivors(self) -> frozenset[int]:
        home = Path(self._environment["HOME"])
        pause = threading.Event()
        for _ in range(_SURVIVOR_CHECKS):
            if not processes_of_home(home):
                return frozenset()
            pause.wait(_SURVIVOR_CHECK_S)
        return processes_of_home(home)


def _executed(request: Request, streams: tuple[int, int, int]) -> subprocess.Popen[bytes]:
    closed = [number for number, stream in enumerate(streams) if stream == CLOSED]
    stdin, stdout, stderr = (subprocess.DEVNULL if stream == CLOSED else stream for stream in streams)
    # A fork knows where the tests are.
    found_in = {"PYTHONPATH": str(_REPOSITORY)} if request.module.startswith("tests.") else {}
    return subprocess.Popen(
        request.command_line(),
        env={**found_in, **request.environment},
        cwd=request.working_directory,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
        preexec_fn=(lambda: list(map(os.close, closed))) if closed else None,  # noqa: PLW1509  # nothing else
    )
