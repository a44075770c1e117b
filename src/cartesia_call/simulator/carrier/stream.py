"""The carrier's end of one media stream: a signed websocket client around a call's playout.

One task reads what the other side sends and feeds the playout; one task sends what is due: inbound frames,
pressed keys and the echoes of marks. The first never sends and the second never reads, so the order of
messages is the order of their moments.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import struct
from collections import deque
from collections.abc import Callable
from socket import SO_LINGER, SOL_SOCKET

import aiohttp

from cartesia_call.audio.mulaw import BYTES_PER_S, FRAME_BYTES, FRAME_MS, SILENCE_BYTE
from cartesia_call.ports import Clock
from cartesia_call.simulator.carrier import wire
from cartesia_call.simulator.carrier.call import SimulatedCall
from cartesia_call.simulator.carrier.handshake import open_socket
from cartesia_call.simulator.carrier.notifications import Problem
from cartesia_call.simulator.carrier.playout import Playout
from cartesia_call.simulator.carrier.twiml import ConnectStream
from cartesia_call.simulator.faults import FaultPlan

DEFAULT_DROP_AFTER_S = 1.0
"""When `stream-drop` without a moment breaks the connection, from `start` on."""

_BATCH_S = 0.005
"""Real seconds. A fast clock's frames are sent in batches no closer than this, to keep the processor free."""

_FAREWELL_S = 1.0
"""Real seconds for `stop` and the closing handshake (none documented): a dead peer must not hold a call."""

Report = Callable[[str, str | None], None]
"""Told of `stream-started`, `stream-stopped` and `stream-error`, with the error's text."""


class MediaStream:
    """Serves one `<Connect><Stream>`.

    `run` returns when the stream is over and the next verb may begin; cancelling it is how the carrier ends
    the stream itself (the call is over, or has other instructions).
    """

    def __init__(
        self,
        call: SimulatedCall,
        playout: Playout,
        verb: ConnectStream,
        *,
        clock: Clock,
        faults: FaultPlan,
        auth_token: str,
        report: Report,
    ) -> None:
        self.sid = "MZ" + secrets.token_hex(16)
        self._call = call
        self._playout = playout
        self._verb = verb
        self._clock = clock
        self._faults = faults
        self._auth_token = auth_token
        self._report = report
        self._sequence = 0
        self._frames_sent = 0
        self._started_at_s = 0.0
        self._keys: deque[str] = deque()
        self._wake = asyncio.Event()
        self._noted_once: set[int] = set()

    def press(self, digit: str) -> None:
        """The callee pressed a key."""
        self._keys.append(digit)
        self._wake.set()

    async def run(self) -> None:
        """Connect, serve, close. What goes wrong is noted on the call, never raised."""
        if self._faults.has("stream-never"):
            await asyncio.Event().wait()
        # A session of its own, so that closing it takes this connection down and no other.
        async with aiohttp.ClientSession() as session:
            socket = await open_socket(session, self._verb, self._auth_token)
            if isinstance(socket, Problem):
                self._fail(socket)
                return
            self._call.stream_sid = self.sid
            self._report("stream-started", None)
            problem = await self._serve(socket)
        # The connection is gone with its session; this lets go of what aiohttp still keeps of it.
        await socket.close()
        self._fail(problem)

    # --- serving

    async def _serve(self, socket: aiohttp.ClientWebSocketResponse) -> Problem:
        """Both directions until one of them ends; returns how the stream ended."""
        self._started_at_s = self._clock.now_s()
        reading = asyncio.create_task(self._read(socket))
        sending = asyncio.create_task(self._send(socket))
        try:
            await asyncio.wait(
                {reading, sending}, timeout=self._drop_after_real_s(), return_when=asyncio.FIRST_COMPLETED
            )
        except asyncio.CancelledError:
            await _cancel(reading, sending)
            await self._say_farewell(socket)
            self._report("stream-stopped", None)
            raise
        finally:
            self._playout.forget_marks()
            self._playout.clear(self._clock.now_s())
            await _cancel(reading, sending)
        if reading.cancelled() and sending.cancelled():
            _break_on_close(socket)
        return _ending(reading, sending)

    def _drop_after_real_s(self) -> float | None:
        fault = self._faults.get("stream-drop")
        if fault is None:
            return None
        return self._clock.real_s(DEFAULT_DROP_AFTER_S if fault.at_s is None else fault.at_s)

    async def _say_farewell(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        # TimeoutError and a lost connection: whoever does not listen does not hear it.
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(_FAREWELL_S):
                await socket.send_str(
                    wire.stop(
                        self._next_sequence(),
                        self.sid,
                        account_sid=self._call.account_sid,
                        call_sid=self._call.sid,
                    )
                )
                await socket.close()

    # --- reading

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> Problem:
        """Feed the playout until the connection ends; returns how it did."""
        while True:
            message = await socket.receive()
            if message.type is aiohttp.WSMsgType.TEXT:
                self._take(message.data)
            elif message.type is aiohttp.WSMsgType.BINARY:
                self._note_once(Problem(31950, "Stream - Protocol - Malformed Message: a binary frame"))
            elif message.type is aiohttp.WSMsgType.CLOSE:
                return Problem(31921, f"Stream - WebSocket - Close Error: closed with {message.data}")
            elif message.type is aiohttp.WSMsgType.ERROR:
                return Problem(31924, f"Stream - Websocket - Protocol Error: {message.data}")
            else:
                return Problem(31903, "Stream - WebSocket - Connection Broken Pipe")

    def _take(self, text: str) -> None:
        try:
            message = wire.read_message(text, self.sid)
        except wire.InvalidMessage as reason:
            self._note_once(Problem(31951, f"Stream - Protocol - Invalid Message: {reason}"))
            return
        now_s = self._clock.now_s()
        match message:
            case wire.Media(audio):
                self._play(audio, now_s)
                return
            case wire.Mark(name):
                self._playout.mark(name, now_s)
            case wire.Clear():
                self._playout.clear(now_s)
        self._wake.set()

    def _play(self, audio: bytes, now_s: float) -> None:
        if self._faults.has("audio-dropped"):
            return
        if not self._playout.play(audio, now_s, from_stream=True):
            self._note_once(Problem(31931, "Stream - Media - Media Discarded: more than 10 minutes queued"))

    # --- sending

    async def _send(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Send what is due until the connection is lost."""
        with contextlib.suppress(ConnectionError):
            await socket.send_str(wire.connected())
            await socket.send_str(
                wire.start(
                    self._next_sequence(),
                    self.sid,
                    account_sid=self._call.account_sid,
                    call_sid=self._call.sid,
                    parameters=dict(self._verb.parameters),
                )
            )
            while True:
                self._wake.clear()
                for text in self._due(self._clock.now_s()):
                    await socket.send_str(text)
                await self._until_due()

    def _due(self, now_s: float) -> list[str]:
        texts: list[str] = []
        while self._keys:
            texts.append(wire.dtmf(self._next_sequence(), self.sid, digit=self._keys.popleft()))
        for name in self._playout.take_due_marks(now_s):
            if not self._faults.has("mark-never"):
                self._call.marks_echoed.append((name, now_s))
                texts.append(wire.mark(self._next_sequence(), self.sid, name=name))
        while self._frame_due_at_s() <= now_s:
            texts.append(self._next_frame())
        return texts

    def _next_frame(self) -> str:
        assert self._call.answered_at_s is not None  # noqa: S101  # a stream is connected after the answer
        spoken_from = round((self._started_at_s - self._call.answered_at_s) * BYTES_PER_S)
        position = spoken_from + self._frames_sent * FRAME_BYTES
        audio = self._call.speech[position : position + FRAME_BYTES]
        self._frames_sent += 1
        return wire.media(
            self._next_sequence(),
            self.sid,
            chunk=self._frames_sent,
            timestamp_ms=(self._frames_sent - 1) * FRAME_MS,
            audio=audio.ljust(FRAME_BYTES, bytes([SILENCE_BYTE])),
        )

    def _frame_due_at_s(self) -> float:
        """A frame exists once its 20 ms are over; counted from the start, so that lateness never adds up."""
        return self._started_at_s + (self._frames_sent + 1) * FRAME_MS / 1000

    async def _until_due(self) -> None:
        now_s = self._clock.now_s()
        wait_s = max(self._clock.real_s(self._frame_due_at_s() - now_s), _BATCH_S)
        mark_at_s = self._playout.next_mark_at_s()
        if mark_at_s is not None:
            wait_s = min(wait_s, max(0.0, self._clock.real_s(mark_at_s - now_s)))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._wake.wait()

    # --- bookkeeping

    def _next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def _note_once(self, problem: Problem) -> None:
        if problem.code not in self._noted_once:
            self._noted_once.add(problem.code)
            self._call.note(problem)

    def _fail(self, problem: Problem) -> None:
        self._call.note(problem)
        self._report("stream-error", problem.message)


def _ending(reading: asyncio.Task[Problem], sending: asyncio.Task[None]) -> Problem:
    if not sending.cancelled():
        sending.result()
    if not reading.cancelled():
        return reading.result()
    return Problem(31903, "Stream - WebSocket - Connection Broken Pipe")


async def _cancel(*tasks: asyncio.Task[Problem] | asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def _break_on_close(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Make closing the connection reset it, without a closing handshake of websocket or TCP."""
    tcp = socket.get_extra_info("socket")
    if tcp is not None:
        tcp.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
