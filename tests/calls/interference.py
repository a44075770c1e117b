"""Ports that behave badly between program and built-in network: the real ones, with a part replaced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from cartesia_call.ports import Bridge, MediaSocket, Reception

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
    """A media socket that loses, delays or blocks what passes."""

    def __init__(self, socket: MediaSocket, trouble: StreamTrouble) -> None:
        self._socket = socket
        self._trouble = trouble

    async def __aiter__(self) -> AsyncIterator[str]:
        await self._trouble.before_first()
        async for text in self._socket:
            if not self._trouble.loses(text):
                yield self._trouble.replaced(text)
        await self._trouble.after_last()

    @property
    def has_more(self) -> bool:
        return self._socket.has_more

    async def send_text(self, text: str) -> None:
        await self._trouble.before_send(text)
        await self._socket.send_text(text)

    async def close(self) -> bool:
        return await self._socket.close()


class StreamTrouble:
    """What goes wrong on the way of one stream; nothing, unless a subclass says so."""

    async def before_first(self) -> None:
        """Before the carrier's first message is handed on."""

    def loses(self, text: str) -> bool:
        """Whether this message of the carrier's is lost."""
        return False

    def replaced(self, text: str) -> str:
        """What arrives in the place of this message of the carrier's."""
        return text

    async def before_send(self, text: str) -> None:
        """Before one of our messages is sent."""

    async def after_last(self) -> None:
        """Before the end of the connection is noticed."""


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

    async def take_stream(self, socket: MediaSocket) -> None:
        await self._reception.take_stream(BadSocket(socket, self._trouble))

    def take_status(self, parameters: Mapping[str, str]) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(self._callback_delay_s, self._reception.take_status, parameters)
