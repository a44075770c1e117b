"""The program as a recipe's script starts it, as a fork of the test's own server: importing it is most of
what a short run costs. `tests/recipe_program.py` is the script's side.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import threading
import uuid
from collections.abc import Callable

from tests.forked_process import ForkServer
from tests.fresh_process import Request

_LIMIT_S = 60.0
_MAX_ASKED_BYTES = 1 << 18


class RecipeRuns:
    """Takes the runs of one test, until `close`: as forks, or where a fork would be something else, as
    interpreters. `name` is the socket's, which no file stands for."""

    def __init__(self, forks: ForkServer) -> None:
        self._forks = forks
        self.name = f"recipe-{uuid.uuid4()}"
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind("\0" + self.name)
        self._listener.listen()
        self._threads: list[threading.Thread] = []
        self._begin(self._accept)

    def close(self) -> None:
        """Take no more, and wait for those that are under way."""
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_LIMIT_S)
        self._listener.close()

    def _begin(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, name="runs of a recipe")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                channel, _ = self._listener.accept()
            except OSError:  # closed
                return
            self._begin(self._serve, channel)

    def _serve(self, channel: socket.socket) -> None:
        with channel, contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the script was killed
            asked, streams, _, _ = socket.recv_fds(channel, _MAX_ASKED_BYTES, 3)
            try:
                status = self._run(Request(module="cartesia_call", **json.loads(asked)), *streams)
            finally:
                for descriptor in streams:
                    os.close(descriptor)
            channel.send(str(status).encode())

    def _run(self, request: Request, stdin: int, stdout: int, stderr: int) -> int:
        if self._forks.can_run(request):
            return self._forks.start(request, stdin=stdin, stdout=stdout, stderr=stderr).wait(_LIMIT_S)
        return subprocess.run(
            request.command_line(),
            env=request.environment,
            cwd=request.working_directory,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            timeout=_LIMIT_S,
            check=False,
        ).returncode
