"""Processes of `tests.store` that wait to be told to go, and say what they did line by line."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from tests.cli_process import CommandLine, Process

_STANDARD_ERROR = 2


class WaitingProcesses:
    """Starts `module` with further arguments, as often as asked, by `run_cli`, which ends them all."""

    def __init__(
        self, module: str, run_cli: CommandLine, environment: Mapping[str, str] | None = None
    ) -> None:
        self._module = module
        self._run_cli = run_cli
        self._environment = environment or {}

    def start(self, *arguments: str) -> Process:
        return self._run_cli.start(
            *arguments,
            env=self._environment,
            stdin=subprocess.PIPE,
            stderr=_STANDARD_ERROR,
            module=self._module,
        )


def read_line(process: Process) -> str:
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()


def go(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.write(b"go\n")
    process.stdin.flush()
