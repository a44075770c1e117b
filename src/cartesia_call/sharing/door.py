"""The listening socket that several processes share: each accepts, and passes on what is another one's.

Nobody is in charge. Whoever is quickest accepts a connection and looks at its first bytes without taking
them; by the name in there it serves it or hands the socket over. So a process that ends, however, takes with
it nothing but its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

from cartesia_call.sharing.accepting import Accepting
from cartesia_call.sharing.routes import PEEKED_BYTES, addressee

ARRIVAL_S = 3.0
"""For the first bytes of a connection that a local agent or proxy opened for a request."""

MOST_UNREAD = 64
"""Connections whose first bytes have not come. Beyond, the oldest gives way to the newest."""

_AGAIN_S = 0.01
"""Between two looks at a connection that has sent a part of what is needed."""

_LAST_S = 0.3
"""For connections that were accepted before the door was left."""


class SharedDoor:
    """`name` is ours; `serve` takes a connection that is ours or nobody's, `hand_over` one for another
    process, and tells whether that process took it.

    Closing `listening` is for whoever made it.
    """

    def __init__(
        self,
        listening: socket.socket,
        *,
        name: str,
        serve: Callable[[socket.socket], None],
        hand_over: Callable[[str, socket.socket], bool],
    ) -> None:
        self._name = name
        self._serve = serve
        self._hand_over = hand_over
        self._loop = asyncio.get_running_loop()
        self._unread: dict[socket.socket, asyncio.TimerHandle] = {}
        self._looks: dict[socket.socket, asyncio.TimerHandle] = {}
        self._empty = asyncio.Event()
        self._empty.set()
        self._accepting = Accepting(
            listening, self._wait_for, complaint="a connection could not be accepted, and none is tried"
        )

    async def leave(self) -> None:
        """Accept no more; what was accepted still goes where it belongs, within a moment."""
        self._accepting.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_S):
                await self._empty.wait()
        for connection in tuple(self._unread):
            self._forget(connection)
            connection.close()

    def _wait_for(self, connection: socket.socket) -> None:
        if len(self._unread) >= MOST_UNREAD:
            oldest = next(iter(self._unread))
            self._forget(oldest)
            oldest.close()
        self._unread[connection] = self._loop.call_later(ARRIVAL_S, self._give_up, connection)
        self._empty.clear()
        self._look(connection)

    def _give_up(self, connection: socket.socket) -> None:
        self._forget(connection)
        connection.close()

    def _look(self, connection: socket.socket) -> None:
        try:
            peeked = connection.recv(PEEKED_BYTES, socket.MSG_PEEK)
        except BlockingIOError:
            self._loop.add_reader(connection.fileno(), self._look, connection)
            return
        except OSError:
            self._give_up(connection)
            return
        name = addressee(peeked) if peeked else ""
        if name is None:
            # What is there already would wake a reader again and again.
            self._loop.remove_reader(connection.fileno())
            self._looks[connection] = self._loop.call_later(_AGAIN_S, self._look, connection)
            return
        self._forget(connection)
        self._pass(connection, name)

    def _forget(self, connection: socket.socket) -> None:
        self._loop.remove_reader(connection.fileno())
        for timers in (self._unread, self._looks):
            if (timer := timers.pop(connection, None)) is not None:
                timer.cancel()
        if not self._unread:
            self._empty.set()

    def _pass(self, connection: socket.socket, name: str) -> None:
        if name and name != self._name and self._hand_over(name, connection):
            connection.close()  # our copy
        else:
            self._serve(connection)  # to our own bridge whoever is nobody's is a stranger
