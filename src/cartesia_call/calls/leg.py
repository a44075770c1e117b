"""One call leg while it lives: what is known of it, and a way to wait until more is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from cartesia_call.audio.mulaw import BYTES_PER_MS
from cartesia_call.calls.stream import StreamDriver
from cartesia_call.mediastream.events import AudioDropped, Ended, Played, SpeechBroke
from cartesia_call.ports import CarrierNote, Clock
from cartesia_call.speech.utterance import Utterance
from cartesia_call.telephony.outcomes import Voice
from cartesia_call.telephony.progress import CallProgress

logger = logging.getLogger(__name__)

T = TypeVar("T")

StreamVerdict = Played | AudioDropped | SpeechBroke | Ended
"""What the media stream came to; the first of them decides."""


class Leg:
    """Written by the bridge's callbacks, the stream and the flow; awaited by the flow. One event loop."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.began_at_s = clock.now_s()
        self.progress = CallProgress()
        self.utterance = Utterance()
        self.call_sid: str | None = None
        self.post_is_pending = False
        self.answer_was_lost = False
        self.placed_at_s: float | None = None
        self.speech_asked_at_s: float | None = None
        self.speech_first_chunk_at_s: float | None = None
        self.characters = 0
        self._voice_starts: list[tuple[int, Voice]] = []
        self.stream: StreamDriver | None = None
        self.stream_started_at_s: float | None = None
        self.stream_verdict: StreamVerdict | None = None
        self.stream_refusal: str | None = None
        self.stream_refused_at_s: float | None = None
        self.streams_at_door: set[StreamDriver] = set()
        self.is_stream_awaited = True
        self.is_stopping = False
        self.is_redirected = False
        self.is_starving = False
        self.stream_failed = False
        self.notes: list[CarrierNote] = []
        self.stop_received = False
        self.stream_is_over = False
        self.digits = ""
        self.carrier_spoke = False
        self.carrier_heard_ms: int | None = None
        self.hang_up_asked_at_s: float | None = None
        self.warnings: list[str] = []
        self._changed = asyncio.Event()

    @property
    def is_placed(self) -> bool:
        """True once it is certain that there is a call, and which: by the carrier's answer to the placing
        request, or because a callback or stream that knows our secrets named it."""
        return self.call_sid is not None

    @property
    def is_unknown(self) -> bool:
        """True while a call may or may not have been placed."""
        return not self.is_placed and (self.post_is_pending or self.answer_was_lost)

    @property
    def is_down(self) -> bool:
        """True once the carrier showed that the leg has ended: by a status, or by the stream's `stop`, unless
        new instructions of ours are what stopped the stream."""
        return self.progress.is_final or (self.stop_received and not self.is_redirected)

    def prove(self, call_sid: str) -> None:
        """The carrier's answer, or somebody who knows our secrets, names the call."""
        self.call_sid = self.call_sid or call_sid

    def speech_goes_on_by(self, voice: Voice) -> None:
        """What is appended to the utterance from now on is in this voice."""
        self._voice_starts.append((self.utterance.length_bytes, voice))

    def voice_at(self, position_ms: int) -> Voice | None:
        """Whose voice the message is in, `position_ms` after its beginning; None at the beginning itself."""
        position_bytes = position_ms * BYTES_PER_MS
        before = [voice for start_bytes, voice in self._voice_starts if start_bytes < position_bytes]
        return before[-1] if before else None

    def warn(self, sentence: str) -> None:
        """Something the user should read beside the result."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)
        logger.info("%s", sentence)

    def tell(self) -> None:
        """Something changed: wake whoever waits in `until`."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, happened: Callable[[], bool], within_s: float | None) -> bool:
        """Wait until `happened()`, at most `within_s` call seconds; whether it did."""
        deadline_s = None if within_s is None else self.clock.now_s() + within_s
        while not happened():
            left_s = None if deadline_s is None else deadline_s - self.clock.now_s()
            if left_s is not None and left_s <= 0:
                return False
            changed = self._changed
            try:
                async with asyncio.timeout(None if left_s is None else self.clock.real_s(left_s)):
                    await changed.wait()
            except TimeoutError:
                continue
        return True

    async def unless(
        self, happened: Callable[[], bool], work: Coroutine[Any, Any, T], within_s: float | None
    ) -> T | None:
        """Do `work` until it is done, `happened()` or `within_s` is over; what it returned, else None.

        Work that is given up is cancelled.
        """
        task = asyncio.ensure_future(work)
        task.add_done_callback(lambda _: self.tell())
        try:
            await self.until(lambda: task.done() or happened(), within_s)
            return task.result() if task.done() else None
        finally:
            task.cancel()
            await asyncio.wait({task})
