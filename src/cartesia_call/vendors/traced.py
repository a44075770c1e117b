"""Websockets that we open and that tell a tracer of all that passes them."""

from __future__ import annotations

from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.protocol import State

from cartesia_call.trace_ports import Tracer
from cartesia_call.tracing.messages import Kind, Message, Peer


def traced_connection(tracer: Tracer, peer: Peer, url: str) -> type[ClientConnection]:
    """A class of connections to `peer`, for websockets' `connect`, that tell of all that passes them."""

    class Traced(ClientConnection):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self._link = tracer.new_link()
            self._is_told_closed = False

        def note(self, kind: Kind, *, sent: bool, **fields: Any) -> None:
            tracer.note(Message(peer=peer, kind=kind, sent=sent, link=self._link, **fields))

        async def handshake(self, *arguments: Any, **options: Any) -> None:
            names = tuple((name, "") for name in arguments[0]) if arguments and arguments[0] else ()
            self.note(Kind.HANDSHAKE, sent=True, method="GET", url=url, headers=names)
            try:
                await super().handshake(*arguments, **options)
            except InvalidStatus as refused:
                self._answered(refused.response)
                raise
            except Exception as failure:
                self.note(Kind.FAILURE, sent=False, facts={"why": type(failure).__name__})
                raise
            self._answered(self.response)

        def _answered(self, response: Any) -> None:
            body = bytes(response.body or b"").decode(errors="replace")
            headers = tuple(response.headers.raw_items())
            self.note(
                Kind.ANSWER, sent=False, status=response.status_code, headers=headers, text=body or None
            )

        async def send(self, message: Any, *arguments: Any, **options: Any) -> None:
            if isinstance(message, str):
                self.note(Kind.TEXT, sent=True, text=message)
            await super().send(message, *arguments, **options)

        async def recv(self, *arguments: Any, **options: Any) -> Any:
            try:
                message = await super().recv(*arguments, **options)
            except ConnectionClosed as closed:
                frame = closed.rcvd
                code = None if frame is None else int(frame.code)
                self._closed(sent=frame is None or not closed.rcvd_then_sent, code=code)
                raise
            text = message if isinstance(message, str) else message.decode(errors="replace")
            self.note(Kind.TEXT, sent=False, text=text)
            return message

        async def close(self, *arguments: Any, **options: Any) -> None:
            if self.state is State.OPEN:
                self._closed(sent=True, code=arguments[0] if arguments else 1000)
            await super().close(*arguments, **options)

        def _closed(self, *, sent: bool, code: int | None) -> None:
            if not self._is_told_closed:
                self._is_told_closed = True
                self.note(Kind.CLOSE, sent=sent, status=code)

    return Traced
