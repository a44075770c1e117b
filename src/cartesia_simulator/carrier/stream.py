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
from collections.abc import Callable, Iterator
from dataclasses import replace
from socket import SO_LINGER, SOL_SOCKET

import aiohttp

from cartesia_call.audio.mulaw import BYTES_PER_S, FRAME_BYTES, FRAME_MS, SILENCE_BYTE
from cartesia_call.skipping_loop import SkippingLoop
from cartesia_simulator.carrier import wire
from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.handshake import media_socket, with_wrong_secret
from cartesia_simulator.carrier.intruder import intrude
from cartesia_simulator.carrier.notifications import Problem
from cartesia_simulator.carrier.playout import Playout, StreamPlayout
from cartesia_simulator.carrier.surroundings import Surroundings
from cartesia_simulator.carrier.twiml import ConnectStream

CONNECTED_LATE_S = 3.0
"""How long after the answer `stream-late` connects, where it names no time."""

STARTED_LATE_S = 3.0
"""How long after `connected` the fault `start-late` sends `start`, where it names no time."""

DROPPED_AFTER_S = 1.0
"""When `stream-drop` breaks the connection, from `start` on, where it names neither time nor moment."""

INTRUDED_AFTER_S = 0.5
"""When `second-stream` knocks, from `start` on, where it names no time."""

SILENCE_AT_A_TIME = 8
"""Frames. Where time skips, a silence that has lasted comes in pieces of 160 ms, as over a path that jitters:
nobody waits for more of it, and every frame by itself would be half of a long rehearsal's work."""

LASTING_SILENCE_BYTES = 2 * BYTES_PER_S

_FAREWELL_S = 1.0
"""For `stop` and the closing handshake (none documented): a dead peer must not hold a call."""

Report = Callable[[str, str, str | None], None]
"""Told of `stream-started`, `stream-stopped` and `stream-error`: its SID, which, the error's text."""


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
        around: Surroundings,
        report: Report,
    ) -> None:
        self.sid = "MZ" + secrets.token_hex(16)
        self._call = call
        self._answered_at_s = playout.answered_at_s
        self._playout = StreamPlayout(playout, around.faults)
        self._verb = verb
        if around.faults.has("wrong-token"):
            self._verb = replace(verb, url=with_wrong_secret(verb.url))
        self._clock = around.clock
        self._faults = around.faults
        self._signer = around.signer
        self._report = report
        self._sequence = 0
        self._frames_sent = 0
        self._silence_at_a_time = SILENCE_AT_A_TIME if _time_skips() else 1
        self._started = asyncio.Event()
        self._started_at_s = 0.0
        self._keys: deque[str] = deque()
        self._wake = asyncio.Event()
        self._noted_once: set[int] = set()

    def press(self, digit: str) -> None:
        self._keys.append(digit)
        self._wake.set()

    async def run(self) -> None:
        """Connect, serve, close. What goes wrong is noted on the call, never raised."""
        if self._faults.has("stream-never"):
            await asyncio.Event().wait()
        await self._until_connected_late()
        async with media_socket(self._verb, self._signer) as socket:
            if isinstance(socket, Problem):
                problem = socket
            else:
                self._call.stream_sid = self.sid
                self._report(self.sid, "stream-started", None)
                problem = await self._serve(socket)
        self._note(problem)
        self._report(self.sid, "stream-error", problem.message)

    async def _until_connected_late(self) -> None:
        after_s = self._faults.time_s("stream-late", otherwise=CONNECTED_LATE_S)
        if after_s is not None:
            await self._clock.sleep(max(0.0, self._answered_at_s + after_s - self._clock.now_s()))

    # --- serving

    async def _serve(self, socket: aiohttp.ClientWebSocketResponse) -> Problem:
        """Both directions until one of them ends; returns how the stream ended."""
        reading = asyncio.create_task(self._read(socket))
        sending = asyncio.create_task(self._send(socket))
        dropping = asyncio.create_task(self._until_dropped())
        intruding = asyncio.create_task(self._intrude())
        try:
            await asyncio.wait({reading, sending, dropping}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await _cancel(reading, sending)
            await self._say_farewell(socket)
            self._report(self.sid, "stream-stopped", None)
            raise
        finally:
            self._playout.end(self._clock.now_s())
            await _cancel(reading, sending, dropping, intruding)
        if reading.cancelled() and sending.cancelled():
            _break_on_close(socket)
        return _ending(reading, sending)

    async def _until_dropped(self) -> None:
        """Until the connection is to break; for ever without the fault."""
        drop = self._faults.get("stream-drop")
        if drop is None:
            await asyncio.Event().wait()
        else:
            await self._started.wait()
            await self._faults.wait(drop, self._clock, otherwise=DROPPED_AFTER_S)

    async def _intrude(self) -> None:
        second = self._faults.get("second-stream")
        if second is not None:
            await self._started.wait()
            await self._faults.wait(second, self._clock, otherwise=INTRUDED_AFTER_S)
            await intrude(self._call, self._verb, self._signer)

    async def _say_farewell(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        # TimeoutError and a lost connection: whoever does not listen does not hear it.
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(_FAREWELL_S):
                if self._started.is_set():
                    for text in self._frames(self._clock.now_s()):
                        await socket.send_str(text)
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
        if not self._playout.play(audio, now_s):
            self._note_once(Problem(31931, "Stream - Media - Media Discarded: more than 10 minutes queued"))

    # --- sending

    async def _send(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        with contextlib.suppress(ConnectionError):
            await socket.send_str(wire.connected())
            late = self._faults.get("start-late")
            if late is not None:
                await self._faults.wait(late, self._clock, otherwise=STARTED_LATE_S)
            self._started_at_s = self._clock.now_s()
            self._playout.begin(self._started_at_s)
            self._started.set()
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
        for name in self._playout.take_echoes(now_s):
            self._call.marks_echoed.append((name, now_s))
            texts.append(wire.mark(self._next_sequence(), self.sid, name=name))
        return [*texts, *self._frames(now_s)]

    def _frames(self, now_s: float) -> Iterator[str]:
        """Those that are over by now and not sent yet."""
        while self._frames_over_at_s(1) <= now_s:
            position = self._speech_position
            audio = self._call.speech[position : position + FRAME_BYTES]
            self._frames_sent += 1
            yield wire.media(
                self._next_sequence(),
                self.sid,
                chunk=self._frames_sent,
                timestamp_ms=(self._frames_sent - 1) * FRAME_MS,
                audio=audio.ljust(FRAME_BYTES, bytes([SILENCE_BYTE])),
            )

    @property
    def _speech_position(self) -> int:
        """Where in the callee's speech the next frame begins, in bytes."""
        spoken_from = round((self._started_at_s - self._answered_at_s) * BYTES_PER_S)
        return spoken_from + self._frames_sent * FRAME_BYTES

    def _frames_over_at_s(self, frames: int) -> float:
        """A frame exists once its 20 ms are over; counted from the start, so that lateness never adds up."""
        return self._started_at_s + (self._frames_sent + frames) * FRAME_MS / 1000

    async def _until_due(self) -> None:
        spoken_bytes = len(self._call.speech)
        silent_bytes = LASTING_SILENCE_BYTES if spoken_bytes else 0
        is_silent = self._speech_position >= spoken_bytes + silent_bytes
        due_at_s = self._frames_over_at_s(self._silence_at_a_time if is_silent else 1)
        mark_at_s = self._playout.next_echo_at_s()
        if mark_at_s is not None:
            due_at_s = min(due_at_s, mark_at_s)
        # Fifty times a second: a timer of the loop costs a fraction of `asyncio.timeout`.
        wait_s = max(0.0, due_at_s - self._clock.now_s())
        timer = asyncio.get_running_loop().call_later(wait_s, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            timer.cancel()

    # --- bookkeeping

    def _next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def _note_once(self, problem: Problem) -> None:
        if problem.code not in self._noted_once:
            self._noted_once.add(problem.code)
            self._note(problem)

    def _note(self, problem: Problem) -> None:
        self._call.note(replace(problem, request_method="GET", request_url=self._verb.url))


def _time_skips() -> bool:
    return isinstance(asyncio.get_running_loop(), SkippingLoop)


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
