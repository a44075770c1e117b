"""Taking the connections that come to a socket, with a pause where no more can be opened."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from cartesia_call.loggers import logger_of

logger = logger_of(__name__)

_AT_ONCE = 8
"""In one turn of the event loop."""

_EXHAUSTED_S = 1.0
"""Before the next try of a process that can accept nothing: what waits would wake it again and again.
Meanwhile others can, who share the socket."""


class Accepting:
    """`take` gets each connection to `listening`, which is closed by whoever made it, after `stop`.

    `complaint` says what it means that none can be accepted for now.
    """

    def __init__(
        self, listening: socket.socket, take: Callable[[socket.socket], None], *, complaint: str
    ) -> None:
        self._listening = listening
        self._take = take
        self._complaint = complaint
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        listening.setblocking(False)
        self._go_on()

    def stop(self) -> None:
        self._loop.remove_reader(self._listening.fileno())
        if self._pause is not None:
            self._pause.cancel()

    def _go_on(self) -> None:
        self._loop.add_reader(self._listening.fileno(), self._accept)

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, _ = self._listening.accept()
            except (BlockingIOError, ConnectionError):  # another process was quicker, or the caller is gone
                return
            except OSError as error:  # no more files, or no memory: it is not over at once
                logger.warning("%s for %g s: %s", self._complaint, _EXHAUSTED_S, error)
                self._loop.remove_reader(self._listening.fileno())
                self._pause = self._loop.call_later(_EXHAUSTED_S, self._go_on)
                return
            connection.setblocking(False)
            self._take(connection)
