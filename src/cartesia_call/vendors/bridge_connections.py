"""The bridge's side of one TCP connection: a stranger at first, perhaps the carrier's media stream later.

The protocol is the websockets library's, by the parts of it that are public: its `ServerProtocol`, which does
no I/O. What it would say to a stranger by itself is never sent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

from websockets.frames import CloseCode, Frame
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from cartesia_call.vendors.bridge_answers import bare, opening
from cartesia_call.vendors.bridge_frames import Frames, whole_text
from cartesia_call.vendors.bridge_messages import Messages, TooManyPieces
from cartesia_call.vendors.bridge_requests import Admission, Answer
from cartesia_call.vendors.websocket_client import CLOSE_TIMEOUT_S, SILENT_LOGGER

MOST_STRANGERS = 64
"""With the rest of the program far below 256 open files, the smallest limit that systems set."""

MOST_UNPROVEN_STREAMS = 32
"""Of one call, that knew its secret and have not named it in `start`. Twilio opens one, and names it as soon
as it hears that it is let in."""

HANDSHAKE_TIMEOUT_S = 3.0
"""For the whole request to arrive, on a connection that a local agent or proxy opened for it."""

_LARGEST_REQUEST_BYTES = 8 * 1024
"""Line and headers together. Twilio's callbacks through ngrok have less than 3 kB."""
_MOST_REQUEST_LINES = 100
"""Both are below the library's own limits."""

_LARGEST_MESSAGE_BYTES = 64 * 1024
"""Twilio's media messages have about 400 bytes."""

_MOST_UNSENT_BYTES = 256 * 1024
"""That may wait for a peer which goes on sending. The library answers pings without ever waiting."""

_WRITE_AHEAD_BYTES = 32 * 1024
"""Handed to the system, or to the transport in front of it, before a sender has to wait."""

_MOST_WAITING_TEXTS = 16
"""That nobody has read yet; beyond, the peer's own sending is held up."""

_PING_INTERVAL_S = 20.0  # assumes: pings-may-stay-unanswered
"""Keeps idle timers between the carrier and us from running out (ngrok's are 5 minutes). An unanswered ping
ends nothing: whether Twilio answers them is not documented, and a dead stream shows in its missing media."""

_END_OF_REQUEST = b"\r\n\r\n"


class Crowd:
    """Connections that have not proven who they are, in the order of their arrival.

    Beyond `most` the oldest gives way: refusing the newest would let anybody shut out the carrier by opening
    connections and saying nothing.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._connections: dict[BridgeConnection, None] = {}

    def add(self, connection: BridgeConnection) -> None:
        self._connections[connection] = None
        if len(self._connections) > self._most:
            oldest = next(iter(self._connections))
            self.remove(oldest)
            oldest.abort()

    def remove(self, connection: BridgeConnection) -> None:
        self._connections.pop(connection, None)

    def __iter__(self) -> Iterator[BridgeConnection]:
        return iter(tuple(self._connections))

    def abort_all(self) -> None:
        for connection in self:
            connection.abort()


@dataclass(frozen=True, kw_only=True)
class Door:
    """What the house does about a connection: as it comes, asks for something, is let in, and is gone.

    `refused` is told of who was let in by the verdict and asked for no websocket.
    """

    arrived: Callable[[BridgeConnection], None]
    judge: Callable[[Request], Admission]
    refused: Callable[[Admission], None]
    let_in: Callable[[BridgeConnection, Admission], None]
    left: Callable[[BridgeConnection], None]


class BridgeConnection(asyncio.Protocol):
    """A stranger until its request is let in; implements `ports.MediaSocket` from then on.

    Of a stranger it reads one request of bounded size, within `HANDSHAKE_TIMEOUT_S`, and not a byte behind
    it; the only word is the answer that `Door.judge` chose. Binary messages, which Media Streams does not
    know, are skipped.
    """

    def __init__(self, door: Door) -> None:
        self._door = door
        self._protocol = ServerProtocol(max_size=_LARGEST_MESSAGE_BYTES, logger=SILENT_LOGGER)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._request: bytearray | None = bytearray()
        self._bytes_behind_refusal = 0
        self._frames = Frames(_LARGEST_MESSAGE_BYTES)
        self._messages = Messages()
        self._texts: deque[str] = deque()
        self._news = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._peer_has_closed = False
        self._has_ended = False
        self._deadline: asyncio.TimerHandle | None = None
        self._next_ping: asyncio.TimerHandle | None = None
        self.lost: asyncio.Future[None] = self._loop.create_future()
        """Done once the connection is gone."""

    # --- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(_WRITE_AHEAD_BYTES)
        self._be_gone_within(HANDSHAKE_TIMEOUT_S)
        self._door.arrived(self)

    def data_received(self, data: bytes) -> None:
        if self._protocol.state is not State.CONNECTING:
            self._receive(data)
        elif self._request is not None:
            self._receive_request(self._request, data)
        else:
            self._bytes_behind_refusal += len(data)
            if self._bytes_behind_refusal > _LARGEST_REQUEST_BYTES:
                # Nobody who waits for the answer sends this much.
                self.abort()

    def eof_received(self) -> None:
        self._end_protocol()
        if self._deadline is None:  # a peer that reads nothing is not waited for either
            self._be_gone_within(CLOSE_TIMEOUT_S)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_protocol()
        for timer in (self._deadline, self._next_ping):
            if timer is not None:
                timer.cancel()
        self._writable.set()
        self.lost.set_result(None)
        self._news.set()
        self._door.left(self)

    # --- a stranger's request

    def _receive_request(self, request: bytearray, data: bytes) -> None:
        known = len(request)
        request += data
        found = request.find(_END_OF_REQUEST, max(0, known - len(_END_OF_REQUEST) + 1))
        end = len(request) if found < 0 else found + len(_END_OF_REQUEST)
        behind = bytes(request[end:])
        del request[end:]
        too_many = request.count(b"\n") > _MOST_REQUEST_LINES
        if too_many or max(end, len(behind)) > _LARGEST_REQUEST_BYTES:
            self.abort()
            return
        self._protocol.receive_data(bytes(request[known:]))
        # The answers that the library has ready for a malformed request explain what is wrong with it.
        asked = next(
            (event for event in self._protocol.events_received() if isinstance(event, Request)), None
        )
        if self._protocol.handshake_exc is not None:
            self.abort()
        elif asked is not None:
            self._request = None
            self._answer(asked, behind)

    def _answer(self, request: Request, behind: bytes) -> None:
        verdict = self._door.judge(request)
        if isinstance(verdict, Answer):
            self._refuse(verdict.status)
            return
        response = opening(self._protocol, request)
        if response is None:
            self._door.refused(verdict)
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        self._protocol.send_response(response)
        self._flush()
        self._cancel_deadline()
        self._ping_later()
        self._door.let_in(self, verdict)
        if behind:
            self._receive(behind)

    def _refuse(self, status: HTTPStatus) -> None:
        self._protocol.send_response(bare(self._protocol, status))
        self._flush()
        self._be_gone_within(CLOSE_TIMEOUT_S)

    # --- a websocket

    def _receive(self, data: bytes) -> None:
        try:
            for frame in self._frames.take(data):
                text = whole_text(frame) if self._reads_by_itself else None
                if text is None:
                    self._receive_with_library(frame)
                else:
                    self._take(text)
        except TooManyPieces:
            self.abort()
        except UnicodeDecodeError:
            self._protocol.fail(CloseCode.INVALID_DATA)
            self._flush()

    def _receive_with_library(self, data: bytes) -> None:
        """Whatever is not a text in one frame, and what a connection that is closing still brings."""
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._take(self._messages.take(event))
                self._peer_has_closed = self._peer_has_closed or self._messages.has_closed
        self._flush()
        if self._transport is not None and self._transport.get_write_buffer_size() > _MOST_UNSENT_BYTES:
            self.abort()

    def _take(self, text: str | None) -> None:
        """A message is complete; None: something else has come."""
        if text is not None and (len(self._texts) < _MOST_WAITING_TEXTS or self._is_open):
            self._texts.append(text)
        self._news.set()
        if self._is_open and len(self._texts) > _MOST_WAITING_TEXTS and self._transport is not None:
            self._transport.pause_reading()

    def _flush(self) -> None:
        """Send what the protocol has to say; see to it that a connection that is closing is soon gone."""
        transport = self._transport
        for data in self._protocol.data_to_send():
            if transport is None or transport.is_closing():
                continue
            if data:
                transport.write(data)
            else:
                transport.write_eof()
        if self._protocol.state is State.CLOSING and self._deadline is None:
            self._be_gone_within(CLOSE_TIMEOUT_S)

    async def __aiter__(self) -> AsyncIterator[str]:
        while (text := await self.receive()) is not None:
            yield text

    @property
    def has_more(self) -> bool:
        return bool(self._texts)

    async def receive(self) -> str | None:
        """The next text; None once the peer has closed or the connection is lost."""
        while not self._texts:
            if self._peer_has_closed or self.lost.done():
                return None
            self._news.clear()
            await self._news.wait()
        text = self._texts.popleft()
        if len(self._texts) <= _MOST_WAITING_TEXTS // 4:
            self._read_on()
        return text

    async def send_text(self, text: str) -> None:
        if self._protocol.state is not State.OPEN:
            return
        self._protocol.send_text(text.encode())
        self._flush()
        await self._writable.wait()

    def begin_close(self, code: CloseCode = CloseCode.NORMAL_CLOSURE) -> None:
        """Start the closing handshake; the connection is gone within CLOSE_TIMEOUT_S, answered or not."""
        if self._protocol.state is not State.OPEN:
            return
        self._protocol.send_close(code)
        self._flush()
        self._read_on()  # or the peer's answer may never be seen

    async def close(self) -> bool:
        self.begin_close()
        if self._deadline is None and not self.lost.done():
            self._be_gone_within(CLOSE_TIMEOUT_S)
        await asyncio.wait({self.lost})
        return self._peer_has_closed

    def abort(self) -> None:
        """Cut the connection."""
        if self._transport is not None:
            self._transport.abort()

    # --- its parts

    def _end_protocol(self) -> None:
        if not self._has_ended and self._protocol.state is not State.CONNECTING:
            self._has_ended = True
            self._protocol.receive_eof()
            self._flush()

    @property
    def _is_open(self) -> bool:
        return self._protocol.state is State.OPEN

    @property
    def _reads_by_itself(self) -> bool:
        return self._is_open and self._frames.is_cutting and not self._messages.is_in_pieces

    def _read_on(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def _ping_later(self) -> None:
        self._next_ping = self._loop.call_later(_PING_INTERVAL_S, self._ping)

    def _ping(self) -> None:
        if self._is_open:
            self._protocol.send_ping(b"")
            self._flush()
            self._ping_later()

    def _be_gone_within(self, seconds: float) -> None:
        self._cancel_deadline()
        self._deadline = self._loop.call_later(seconds, self.abort)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None
