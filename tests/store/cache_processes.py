"""Several processes with one cache, see `tests.store.cache_process`."""

from __future__ import annotations

from pathlib import Path

from tests.cli_process import CommandLine, Process
from tests.store.caches import LIMIT_BYTES
from tests.store.waiting_processes import WaitingProcesses


class CacheProcesses(WaitingProcesses):
    """All share `folder` and `limit_bytes`."""

    def __init__(self, folder: Path, run_cli: CommandLine) -> None:
        super().__init__("tests.store.cache_process", run_cli)
        self.folder = folder
        self.limit_bytes = LIMIT_BYTES

    def start(self, *steps: str) -> Process:
        """One that takes these steps."""
        return super().start(str(self.folder), str(self.limit_bytes), *steps)
