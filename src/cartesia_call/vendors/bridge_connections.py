"""The bridge's side of one TCP connection: a stranger at first, perhaps the carrier's media stream later.

The protocol is the websockets library's, by the parts of it that are public: its `ServerProtocol`, which does
no I/O. What it would say to a stranger by itself is never sent.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import cast

from websockets.frames import CloseCode, Frame
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from cartesia_call.loggers import logger_of
from cartesia_call.ports import MediaListener
from cartesia_call.vendors.bridge_answers import bare, end_writing, opening
from cartesia_call.vendors.bridge_frames import Frames, Opening, text_frame, usual_texts, whole_text
from cartesia_call.vendors.bridge_gathering import GatheredReading
from cartesia_call.vendors.bridge_house import Crowd, Door
from cartesia_call.vendors.bridge_messages import Messages, TooManyPieces
from cartesia_call.vendors.bridge_requests import Admission, Answer
from cartesia_call.vendors.websocket_client import CLOSE_TIMEOUT_S, SILENT_LOGGER

_LOGGER = logger_of(__name__)

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

_PING_INTERVAL_S = 20.0  # assumes: pings-may-stay-unanswered
"""Keeps idle timers between the carrier and us from running out (ngrok's are 5 minutes). An unanswered ping
ends nothing: whether Twilio answers them is not documented, and a dead stream shows in its missing media."""

_END_OF_REQUEST = b"\r\n\r\n"


class BridgeConnection(asyncio.BufferedProtocol):
    """A stranger until its request is let in; implements `ports.MediaSocket` from then on.

    Of a stranger it reads one request of bounded size, within `HANDSHAKE_TIMEOUT_S`, and not a byte behind
    it; the only word is the answer that `Door.judge` chose. Binary messages, which Media Streams does not
    know, are skipped.
    """

    def __init__(self, door: Door[BridgeConnection]) -> None:
        self._door = door
        self._protocol = ServerProtocol(max_size=_LARGEST_MESSAGE_BYTES, logger=SILENT_LOGGER)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._request: bytearray | None = bytearray()
        self._bytes_behind_refusal = 0
        self._frames = Frames(_LARGEST_MESSAGE_BYTES)
        self._messages = Messages()
        self._listener: MediaListener | None = None
        self._unread: Opening | None = None
        self._reading: GatheredReading | None = None
        self._peer_has_closed = False
        self._has_ended = False
        self._deadline: asyncio.TimerHandle | None = None
        self._next_ping: asyncio.TimerHandle | None = None
        self.lost: asyncio.Future[None] = self._loop.create_future()
        """Done once the connection is gone."""
        self.is_writable = True
        self.crowd: Crowd | None = None

    # --- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(_WRITE_AHEAD_BYTES)
        self.be_gone_within(HANDSHAKE_TIMEOUT_S)
        self._door.arrived(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._door.buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.take(bytes(self._door.buffer[:nbytes]))

    def take(self, data: bytes) -> None:
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
            self.be_gone_within(CLOSE_TIMEOUT_S)

    def pause_writing(self) -> None:
        self.is_writable = False

    def resume_writing(self) -> None:
        self.is_writable = True
        if self._listener is not None:
            self._tell(self._listener.writable)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_protocol()
        for timer in (self._deadline, self._next_ping):
            if timer is not None:
                timer.cancel()
        self.lost.set_result(None)
        if self._reading is not None:
            self._reading.end()
            self._reading = None  # which knows this connection
        self._end_listening()
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
        self._tell(lambda: self._serve(verdict))
        if behind:
            self._receive(behind)

    def _serve(self, verdict: Admission) -> None:
        self._listener = self._door.let_in(self, verdict)
        if self._listener is None:
            self.begin_close()

    def _refuse(self, status: HTTPStatus) -> None:
        self._protocol.send_response(bare(self._protocol, status))
        self._flush()
        self.be_gone_within(CLOSE_TIMEOUT_S)

    # --- a websocket

    def _receive(self, data: bytes) -> None:
        if self._unread is not None and self._listener is not None and self._is_plain:
            end = self._unread.end_of_texts(data)
            if end:
                self._tell(self._listener.heard)
            if end == len(data):
                if self._reading is not None:
                    self._reading.pause()
                return
            data = data[end:]
        texts: list[str] = []
        try:
            self._read(data, texts)
        except TooManyPieces:
            self.abort()
        except UnicodeDecodeError:
            self._protocol.fail(CloseCode.INVALID_DATA)
            self._flush()
        if texts and self._listener is not None:
            self._hand_over(self._listener, texts)
            if self._unread is None and self._reading is not None and self._is_open:
                self._reading.pause()
        if self._peer_has_closed:
            self._end_listening()

    def _hand_over(self, listener: MediaListener, texts: Sequence[str]) -> None:
        self._tell(functools.partial(listener.receive, texts))

    def _read(self, data: bytes, texts: list[str]) -> None:
        """Add to `texts` those that are complete with `data`."""
        if self._is_plain:
            end = usual_texts(data, texts)
            if end == len(data):
                return
            data = data[end:]
        for frame in self._frames.take(data):
            text = whole_text(frame) if self._reads_by_itself else None
            if text is not None:
                texts.append(text)
            else:
                texts += self._read_with_library(frame)

    def _read_with_library(self, data: bytes) -> list[str]:
        """Whatever is not a text in one frame, and what a connection that is closing still brings."""
        self._protocol.receive_data(data)
        frames = [event for event in self._protocol.events_received() if isinstance(event, Frame)]
        texts = [text for frame in frames if (text := self._messages.take(frame)) is not None]
        self._peer_has_closed = self._peer_has_closed or self._messages.has_closed
        self._flush()
        if self._transport is not None and self._transport.get_write_buffer_size() > _MOST_UNSENT_BYTES:
            self.abort()
        return texts

    def _tell(self, news: Callable[[], None]) -> None:
        """Whoever placed the call learns of a fault by the end of the stream."""
        try:
            news()
        except Exception:
            _LOGGER.exception("a fault of ours in serving a websocket")
            self.begin_close()

    def _end_listening(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            self._tell(listener.ended)

    def _flush(self) -> None:
        """Send what the protocol has to say; see to it that a connection that is closing is soon gone."""
        transport = self._transport
        for data in self._protocol.data_to_send():
            if transport is None or transport.is_closing():
                continue
            if data:
                transport.write(data)
            else:
                end_writing(transport)
        if self._protocol.state is State.CLOSING and self._deadline is None:
            self.be_gone_within(CLOSE_TIMEOUT_S)

    def wait_for_more(self, longest_s: float) -> None:
        if self._reading is None and self._transport is not None:
            door = self._door
            self._reading = GatheredReading(door.gathering, self._transport, door.buffer, self.buffer_updated)
        if self._reading is not None:
            self._reading.longest_s = longest_s

    def leave_unread(self, opening: str) -> None:
        self._unread = Opening(opening)

    def send_texts(self, texts: Sequence[str]) -> None:
        transport = self._transport
        if self._is_open and transport is not None and not transport.is_closing():
            transport.write(b"".join(map(text_frame, texts)))

    def begin_close(self, code: CloseCode = CloseCode.NORMAL_CLOSURE) -> None:
        """Start the closing handshake; the connection is gone within CLOSE_TIMEOUT_S, answered or not."""
        if self._protocol.state is not State.OPEN:
            return
        self._protocol.send_close(code)
        self._flush()
        if self._reading is not None:
            self._reading.hand_back()  # the peer's answer is waited for

    async def close(self) -> bool:
        self.begin_close()
        if self._deadline is None and not self.lost.done():
            self.be_gone_within(CLOSE_TIMEOUT_S)
        await asyncio.wait({self.lost})
        return self._peer_has_closed

    def leave_crowd(self) -> None:
        if self.crowd is not None:
            self.crowd.remove(self)
        self.crowd = None

    def be_gone_within(self, seconds: float) -> None:
        """Cut it then, if it is not gone by itself."""
        self._cancel_deadline()
        self._deadline = self._loop.call_later(seconds, self.abort)

    def abort(self) -> None:
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
    def _is_plain(self) -> bool:
        """What comes next begins a message, on a websocket that is open."""
        return self._frames.is_between and self._reads_by_itself

    @property
    def _reads_by_itself(self) -> bool:
        return self._is_open and self._frames.is_cutting and not self._messages.is_in_pieces

    def _ping_later(self) -> None:
        self._next_ping = self._loop.call_later(_PING_INTERVAL_S, self._ping)

    def _ping(self) -> None:
        if self._is_open:
            self._protocol.send_ping(b"")
            self._flush()
            self._ping_later()

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None
