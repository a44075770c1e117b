"""One context of the built-in speech service: its inputs in order, its audio, its end."""

from __future__ import annotations

import asyncio
import base64
import sys
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from cartesia_call.ports import Clock
from cartesia_simulator.faults import Fault, FaultPlan
from cartesia_simulator.speech.encoding import SAMPLE_BYTES, encode
from cartesia_simulator.speech.generation import GenerationRequest
from cartesia_simulator.speech.refusals import too_many_contexts
from cartesia_simulator.speech.timestamps import phoneme_timestamps, word_timestamps
from cartesia_simulator.voice import Voice, in_thread

EXPIRES_AFTER_S = 1.0
"""A context dies this long after its last audio was sent (docs, "contexts")."""
STATUS_CODE = 206
"""Every published sample of a successful event has it, `done` too."""
SLOW_SPEED = 0.8
"""Seconds of audio per second that `speech-slow` lets through: less than plays."""
_BREAKS_AFTER_S = {"speech-429-partial": 0.5, "speech-close": 0.5, "speech-silent": 0.0}
"""Seconds of audio that come before each fault that breaks a context, where it names no time of its own. Of
several that are asked for, the first one here breaks it."""
_SENTENCE_ENDS = (".", "!", "?", "。", "！", "？")


class ContextState(StrEnum):
    """How far a context has come. All but `ACTIVE` are final."""

    ACTIVE = "active"
    DONE = "done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"
    ABANDONED = "abandoned"


@dataclass(kw_only=True)
class RecordedContext:
    """What a context was asked for and what was sent. `ABANDONED`: its connection went before its end.

    `requests` are the client's messages as they came; `transcript` is their text, joined verbatim.
    """

    context_id: str
    encoding: str
    sample_rate_hz: int
    transcript: str = ""
    state: ContextState = ContextState.ACTIVE
    requests: list[Mapping[str, object]] = field(default_factory=list)
    sent: bytearray = field(default_factory=bytearray, repr=False)

    @property
    def audio(self) -> bytes:
        """Every byte of audio that was sent, in `encoding`."""
        return bytes(self.sent)

    @property
    def sent_s(self) -> float:
        return len(self.sent) / (SAMPLE_BYTES[self.encoding] * self.sample_rate_hz)

    @property
    def is_over(self) -> bool:
        """True once nothing is sent any more."""
        return self.state is not ContextState.ACTIVE

    def forget_audio(self) -> None:
        """Drop the audio; the rest of the record stays."""
        self.sent = bytearray()


class Outlet(Protocol):
    """The connection, as a context sees it."""

    @property
    def version(self) -> str:
        """The API version that the client asked for."""

    async def send(self, event: Mapping[str, object]) -> None:
        """Send one event; returns when the connection can take more. A closed connection swallows it."""

    async def close(self) -> None:
        """Close the connection cleanly, with code 1000."""


class Generation:
    """Voices the inputs of one context. `run` is its life; `submit` and `cancel` feed it.

    Text is collected until a sentence ends, `max_buffer_delay_ms` is over, or the client flushes or ends
    the context; with a delay of 0 each transcript is voiced by itself.
    """

    def __init__(
        self,
        first: GenerationRequest,
        *,
        clock: Clock,
        voice: Voice,
        faults: FaultPlan,
        outlet: Outlet,
    ) -> None:
        self.record = RecordedContext(
            context_id=first.context_id, encoding=first.encoding, sample_rate_hz=first.sample_rate_hz
        )
        self.settings = first
        self.takes_input = True
        self._clock = clock
        self._voice = voice
        self._outlet = outlet
        self._faults = faults
        self._break = next(filter(None, map(faults.get, _BREAKS_AFTER_S)), None)
        self._inputs: asyncio.Queue[GenerationRequest | None] = asyncio.Queue()
        self._cancelled = False
        self._text = ""
        self._buffered_since_s = 0.0
        self._flush_id = 1
        self._first_sent_s: float | None = None
        self._last_sent_s: float | None = None

    def submit(self, request: GenerationRequest, message: Mapping[str, object]) -> None:
        """The next input; after one that does not continue there is none."""
        self.takes_input = request.continues
        self.record.requests.append(message)
        self.record.transcript += request.transcript
        self._inputs.put_nowait(request)

    def cancel(self, message: Mapping[str, object]) -> None:
        """Stop what has not begun. What is being voiced runs on to its end."""
        self.record.requests.append(message)
        self.takes_input = False
        self._cancelled = True
        self._inputs.put_nowait(None)

    async def run(self) -> None:
        """Until the context has ended, whichever way."""
        try:
            await self._serve()
        except _Broken as broken:
            await self._break_off(broken.fault)
        finally:
            self.takes_input = False
            if self.record.state is ContextState.ACTIVE:
                self.record.state = ContextState.ABANDONED

    async def _serve(self) -> None:
        while not self._cancelled:
            try:
                async with asyncio.timeout(self._patience_s()):
                    request = await self._inputs.get()
            except TimeoutError:
                if not self._text:
                    self.record.state = ContextState.EXPIRED
                    return
                await self._voice_text()
                continue
            if request is not None:
                await self._take(request)
                if not request.continues:
                    await self._finish(ContextState.DONE)
                    return
        # Whether `done` follows a cancel is documented nowhere. Without it the SDK's `receive` never ends.
        await self._finish(ContextState.CANCELLED)

    async def _take(self, request: GenerationRequest) -> None:
        if not self._text:
            self._buffered_since_s = self._clock.now_s()
        self._text += request.transcript
        unbuffered = request.max_buffer_delay_ms == 0
        ended = not request.continues or request.flush or unbuffered
        if ended or self._text.rstrip().endswith(_SENTENCE_ENDS):
            await self._voice_text()
        if request.flush or (unbuffered and request.transcript):
            await self._send("flush_done", {"flush_id": self._flush_id, "flush_done": True})
            self._flush_id += 1

    def _patience_s(self) -> float | None:
        """How long to wait for the next input: until the buffered text is due, or the context dies."""
        if self._text:
            due_s = self._buffered_since_s + self.settings.max_buffer_delay_ms / 1000
        elif self._last_sent_s is not None:
            due_s = self._last_sent_s + EXPIRES_AFTER_S
        else:
            return None
        return max(due_s - self._clock.now_s(), 0)

    async def _voice_text(self) -> None:
        text, self._text = self._text, ""
        if not text.strip():
            return
        start_s = self.record.sent_s
        speech = self._voice.speak(text, language=self.settings.language)
        chunks = in_thread(encode(speech, self.record.encoding, self.record.sample_rate_hz))
        asked_s = self._clock.now_s()
        async with aclosing(chunks):
            async for chunk in chunks:
                step_time_ms = 1000 * (self._clock.now_s() - asked_s)
                await self._send_audio(chunk, step_time_ms)
                asked_s = self._clock.now_s()
        end_s = self.record.sent_s
        if self.settings.add_timestamps:
            for words in word_timestamps(text, start_s, end_s):
                await self._send("timestamps", {"word_timestamps": words, "flush_id": self._flush_id})
        if self.settings.add_phoneme_timestamps:
            phonemes = phoneme_timestamps(text, start_s, end_s)
            await self._send(
                "phoneme_timestamps", {"phoneme_timestamps": phonemes, "flush_id": self._flush_id}
            )

    async def _send_audio(self, chunk: bytes, step_time_ms: float) -> None:
        room_bytes = self._room_bytes()
        sendable = chunk[:room_bytes]
        if sendable:
            await self._pace()
            fields = {
                "data": base64.b64encode(sendable).decode(),
                "step_time": round(step_time_ms, 3),
                "flush_id": self._flush_id,
            }
            await self._send("chunk", fields)
            self.record.sent += sendable
            self._last_sent_s = self._clock.now_s()
        if self._break is not None and len(chunk) > room_bytes:
            raise _Broken(self._break)

    def _room_bytes(self) -> int:
        """How much audio may still be sent before a fault breaks it off."""
        if self._break is None:
            return sys.maxsize
        after_s = self._break.time_s
        if after_s is None:
            after_s = _BREAKS_AFTER_S[self._break.name]
        limit_bytes = round(after_s * self.record.sample_rate_hz) * SAMPLE_BYTES[self.record.encoding]
        return limit_bytes - len(self.record.sent)

    async def _pace(self) -> None:
        """Hold back a chunk until its moment, with `speech-slow`."""
        slow = self._faults.get("speech-slow")
        if slow is None:
            return
        if self._first_sent_s is None:
            self._first_sent_s = self._clock.now_s()
        slow_s = max(self.record.sent_s - (slow.time_s or 0.0), 0.0)
        await self._clock.sleep(max(self._first_sent_s + slow_s / SLOW_SPEED - self._clock.now_s(), 0))

    async def _finish(self, state: ContextState) -> None:
        if self._break is not None:
            raise _Broken(self._break)
        # Before `done` leaves: whoever reads it may open the next context at once, within the limit.
        self.record.state = state
        await self._send("done", {}, done=True)

    async def _break_off(self, fault: Fault) -> None:
        """What comes in the place of the rest, once the fault's moment has come."""
        if fault.moment is not None:
            await self._faults.wait(fault, self._clock, otherwise=fault.moment)
        if fault.name == "speech-silent":
            await asyncio.Event().wait()
        self.record.state = ContextState.FAILED
        if fault.name == "speech-close":
            await self._outlet.close()
        else:
            event = too_many_contexts().event(self._outlet.version, context_id=self.record.context_id)
            await self._outlet.send(event)

    async def _send(self, kind: str, fields: Mapping[str, object], *, done: bool = False) -> None:
        await self._outlet.send(event_of(kind, self.record.context_id, fields, done=done))


def event_of(
    kind: str, context_id: str, fields: Mapping[str, object], *, done: bool = False
) -> dict[str, object]:
    """An event about a context that is well."""
    return {"type": kind, "context_id": context_id, "status_code": STATUS_CODE, "done": done, **fields}


class _Broken(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.name)
        self.fault = fault
