"""A command that goes on in the background once it is ready, and tells the foreground that it is."""

from __future__ import annotations

import os
import signal
import sys
from types import TracebackType
from typing import Self

from cartesia_call.cli import exit_status

_READY = b"1"


class Detached:
    """Two processes inside the block: the one that was started, which only waits, and its child, in a session
    of its own. Until the child is ready both have the same outputs, so that what is wrong is told."""

    def __enter__(self) -> Self:
        sys.stdout.flush()
        sys.stderr.flush()
        self._reading, self._writing = os.pipe()
        self._child = os.fork()
        if self.is_here:
            os.close(self._writing)
        else:
            os.close(self._reading)
            os.setsid()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._reading if self.is_here else self._writing)

    @property
    def is_here(self) -> bool:
        """Whether this is the process that was started."""
        return self._child != 0

    def wait(self) -> int:
        """In the foreground: the exit status, 0 once the child is ready, else its own. A signal is passed on
        to it."""
        try:
            if os.read(self._reading, 1) == _READY:
                return 0
        except BaseException:
            os.kill(self._child, signal.SIGTERM)
            os.waitpid(self._child, 0)
            raise
        code = os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1])
        return code if code >= 0 else exit_status.SIGNAL_BASE - code

    def tell_ready(self) -> None:
        """In the child: leave the terminal and whoever waits."""
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        os.close(nowhere)
        os.write(self._writing, _READY)
