"""Several processes with one cache, see `tests.store.cache_process`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import tests
from tests.store.caches import LIMIT_BYTES

_CHECKOUT = Path(tests.__file__).parent.parent


class CacheProcesses:
    """Starts them, each waiting to be told to go. All share `folder` and `limit_bytes`."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.limit_bytes = LIMIT_BYTES
        self._environment = environment
        self._started: list[subprocess.Popen[str]] = []

    def start(self, *steps: str) -> subprocess.Popen[str]:
        arguments = [str(self.folder), str(self.limit_bytes), *steps]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.cache_process", *arguments],
            cwd=_CHECKOUT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def end_all(self) -> None:
        for process in self._started:
            process.kill()
            process.communicate()


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
