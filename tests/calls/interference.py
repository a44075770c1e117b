"""Ports that behave badly between program and built-in network: the real ones, with a part replaced."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from cartesia_call.ports import Bridge, MediaListener, MediaSocket, Reception

Work = Callable[..., Awaitable[Any]]


class Interfering:
    """`inner` with some of its methods replaced; a replacement gets `inner`'s own method first."""

    def __init__(self, inner: object, **replacements: Work) -> None:
        self._inner = inner
        self._replacements = replacements

    def __getattr__(self, name: str) -> Any:
        own = getattr(self._inner, name)
        replacement = self._replacements.get(name)
        if replacement is None:
            return own

        async def replaced(*arguments: Any, **options: Any) -> Any:
            return await replacement(own, *arguments, **options)

        return replaced


class BadSocket:
    """A media socket that loses, delays or blocks what passes, in both directions: a socket to the call, and
    who listens to the real one."""

    def __init__(self, socket: MediaSocket, trouble: StreamTrouble, reception: Reception) -> None:
        self._socket = socket
        self._trouble = trouble
        self._loop = asyncio.get_running_loop()
        self._first_at_s = self._loop.time() + trouble.before_first_s
        self._to_send: deque[str] = deque()
        self._listener = reception.take_stream(self)

    # --- to the real socket

    def receive(self, texts: Sequence[str]) -> None:
        for text in texts:
            self._loop.call_at(self._first_at_s, self._hand_on, text)

    def heard(self) -> None:
        """It reads everything."""

    def writable(self) -> None:
        self._send()

    def ended(self) -> None:
        after_s = self._trouble.after_last_s
        self._loop.call_at(max(self._first_at_s, self._loop.time()) + after_s, self._listener.ended)

    def _hand_on(self, text: str) -> None:
        if not self._trouble.loses(text):
            self._listener.receive([self._trouble.replaced(text)])

    # --- to the call

    @property
    def is_writable(self) -> bool:
        return not self._to_send and self._socket.is_writable

    def wait_for_more(self, longest_s: float) -> None:
        """Nor could it come late by itself."""

    def leave_unread(self, opening: str) -> None:
        """What is not read could not be lost."""

    def send_texts(self, texts: Sequence[str]) -> None:
        for text in texts:
            before_s = self._trouble.before_send_s(text)
            if not (before_s or self._to_send):
                self._socket.send_texts([text])
                continue
            self._to_send.append(text)
            if len(self._to_send) == 1:
                self._send_after(before_s)

    def _send_after(self, before_s: float) -> None:
        if before_s != float("inf"):
            self._loop.call_later(before_s, self._send)

    def _send(self) -> None:
        if self._to_send and self._socket.is_writable:
            self._socket.send_texts([self._to_send.popleft()])
        if self._to_send:
            self._send_after(self._trouble.before_send_s(self._to_send[0]))
        elif self._socket.is_writable:
            self._listener.writable()

    async def close(self) -> bool:
        return await self._socket.close()


class StreamTrouble:
    """What goes wrong on the way of one stream; nothing, unless a subclass says so.

    `before_first_s` passes before the carrier's first message is handed on, `after_last_s` before the end of
    the connection is noticed.
    """

    before_first_s = after_last_s = 0.0

    def loses(self, text: str) -> bool:
        """Whether this message of the carrier's is lost."""
        return False

    def replaced(self, text: str) -> str:
        """What arrives in the place of this message of the carrier's."""
        return text

    def before_send_s(self, text: str) -> float:
        """How long this message of ours takes to be sent."""
        return 0.0


class TroubledBridge:
    """A bridge behind which every stream and every callback is in trouble."""

    def __init__(
        self,
        bridge: Bridge,
        trouble: StreamTrouble | None = None,
        *,
        callback_delay_s: float = 0.0,
    ) -> None:
        self._bridge = bridge
        self._trouble = trouble or StreamTrouble()
        self._callback_delay_s = callback_delay_s

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bridge, name)

    def attach(self, public_url: str, reception: Reception) -> None:
        self._bridge.attach(public_url, TroubledReception(reception, self._trouble, self._callback_delay_s))


class TroubledReception:
    """A reception that gets its stream and its callbacks through the trouble."""

    def __init__(self, reception: Reception, trouble: StreamTrouble, callback_delay_s: float) -> None:
        self._reception = reception
        self._trouble = trouble
        self._callback_delay_s = callback_delay_s

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reception, name)

    def take_stream(self, socket: MediaSocket) -> MediaListener:
        return BadSocket(socket, self._trouble, self._reception)

    def take_status(self, parameters: Mapping[str, str]) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(self._callback_delay_s, self._reception.take_status, parameters)
