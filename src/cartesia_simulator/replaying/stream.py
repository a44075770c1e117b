"""A recorded media stream: its messages at their times, but the echoes of marks behind today's audio."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from typing import Any

import aiohttp

from cartesia_call.audio.mulaw import BYTES_PER_S, FRAME_BYTES, FRAME_MS, SILENCE_BYTE
from cartesia_call.ports import Clock
from cartesia_simulator.carrier import wire
from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.handshake import media_socket
from cartesia_simulator.carrier.notifications import Problem
from cartesia_simulator.carrier.signature import Signer
from cartesia_simulator.carrier.twiml import ConnectStream
from cartesia_simulator.replaying.restoring import Restorer
from cartesia_simulator.replaying.script import Event, Script

_FRAME_S = FRAME_MS / 1000
_LARGEST_FRAME_BYTES = BYTES_PER_S
"""A second: what is longer is no frame, and too much for one message."""


class ReplayedStream:
    """`run` until either side closes. Behind the recorded messages the callee is silent, frame by frame."""

    def __init__(
        self,
        script: Script,
        call: SimulatedCall,
        verb: ConnectStream,
        *,
        clock: Clock,
        signer: Signer,
        restorer: Restorer,
    ) -> None:
        self._script = script
        self._call = call
        self._verb = verb
        self._clock = clock
        self._signer = signer
        self._restorer = restorer
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._playing: asyncio.Task[None] | None = None
        self._ends_s = 0.0
        self._marks = 0
        self._outstanding: dict[str, asyncio.Task[None]] = {}
        self._frames = 0

    async def run(self) -> None:
        async with media_socket(self._verb, self._signer) as socket:
            if isinstance(socket, Problem):
                return
            self._socket = socket
            self._playing = playing = asyncio.create_task(self._play(self._script.texts, goes_on=True))
            try:
                await self._read(socket)
            finally:
                others = (playing, *self._outstanding.values())
                for task in others:
                    task.cancel()
                await asyncio.wait(others)

    async def end(self, texts: tuple[Event, ...]) -> None:
        """The messages behind a hang-up, `stop` at least; then the stream is closed."""
        if self._playing is not None:
            self._playing.cancel()
        with contextlib.suppress(ConnectionError):
            await self._play(texts, goes_on=False)
            if not any(event.record.event == "stop" for event in texts):
                who = {"account_sid": self._call.account_sid, "call_sid": self._call.sid}
                await self._send(wire.stop(self._frames + 1, self._call.stream_sid or "", **who))
            if self._socket is not None:
                await self._socket.close()

    # --- what it sends

    async def _play(self, texts: tuple[Event, ...], *, goes_on: bool) -> None:
        from_s = self._clock.now_s()
        for event in texts:
            if event.record.event == "mark":
                continue
            await self._clock.sleep(max(0.0, from_s + event.at_ms / 1000 - self._clock.now_s()))
            if event.record.kind == "close":
                if self._socket is not None:
                    await self._socket.close()
                return
            await self._send(self._text_of(event))
        while goes_on:
            await self._clock.sleep(_FRAME_S)
            await self._send(self._silence())

    def _text_of(self, event: Event) -> str:
        content: Any = self._restorer.value(event.record.content)
        if event.record.event == "media":
            self._frames += 1
            media = event.record.fields.get("media")
            if isinstance(media, dict):
                content["media"]["payload"] = _payload(media.get("payload"))
        elif event.record.event == "start":
            self._call.stream_sid = str(content.get("streamSid"))
        return json.dumps(content)

    def _silence(self) -> str:
        self._frames += 1
        return wire.media(
            self._frames + 1,
            self._call.stream_sid or "",
            chunk=self._frames,
            timestamp_ms=(self._frames - 1) * FRAME_MS,
            audio=bytes([SILENCE_BYTE]) * FRAME_BYTES,
        )

    async def _send(self, text: str) -> None:
        if self._socket is not None and not self._socket.closed:
            await self._socket.send_str(text)

    # --- what it reads

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            with contextlib.suppress(wire.InvalidMessage):
                self._take(wire.read_message(message.data, self._call.stream_sid or ""))

    def _take(self, message: wire.Media | wire.Mark | wire.Clear) -> None:
        now_s = self._clock.now_s()
        match message:
            case wire.Media(audio):
                self._ends_s = max(self._ends_s, now_s) + len(audio) / BYTES_PER_S
            case wire.Mark(name):
                delays_ms = self._script.mark_delays_ms
                delay_ms = delays_ms[min(self._marks, len(delays_ms) - 1)] if delays_ms else 0.0
                self._marks += 1
                if delay_ms is not None:
                    due_s = max(self._ends_s, now_s) + delay_ms / 1000
                    self._outstanding[name] = asyncio.create_task(self._echo(name, due_s))
            case wire.Clear():
                self._ends_s = now_s
                for name, task in self._outstanding.items():
                    task.cancel()
                    self._outstanding[name] = asyncio.create_task(self._echo(name, now_s))

    async def _echo(self, name: str, at_s: float) -> None:
        await self._clock.sleep(max(0.0, at_s - self._clock.now_s()))
        with contextlib.suppress(ConnectionError):
            await self._send(wire.mark(self._frames + 1, self._call.stream_sid or "", name=name))


def _payload(audio: object) -> str:
    """The recorded audio where it was kept, else as much silence."""
    kept = audio.get("base64") if isinstance(audio, dict) else None
    size = audio.get("audio_bytes") if isinstance(audio, dict) else None
    if isinstance(kept, str):
        return kept
    length_bytes = min(size, _LARGEST_FRAME_BYTES) if isinstance(size, int) else FRAME_BYTES
    return base64.b64encode(bytes([SILENCE_BYTE]) * length_bytes).decode()
