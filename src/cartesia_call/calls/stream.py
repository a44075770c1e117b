"""A shell around a `Talk`: moves texts between it and one websocket, and wakes it at its deadlines."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable

from cartesia_call.conversation.talk import Talk, TalkEvent
from cartesia_call.mediastream.session import SILENT_PEER_S
from cartesia_call.ports import Clock, MediaSocket

logger = logging.getLogger(__name__)


class StreamDriver:
    """Drives one stream from its first message to its end.

    `on_event` is called for each event of the talk, in order, before anything further is sent: what it makes
    the session speak leaves in the same turn of the event loop. A stream without `start` within
    `start_timeout_s` is closed, and so is one that takes no more of what we send. `peer_knows_the_end`: the
    connection was ended by its other side, or that answered when we closed it.
    """

    def __init__(
        self,
        talk: Talk,
        socket: MediaSocket,
        clock: Clock,
        *,
        start_timeout_s: float,
        on_event: Callable[[StreamDriver, TalkEvent], None],
    ) -> None:
        self.talk = talk
        self.session = talk.session
        self.first_audio_at_s: float | None = None
        self.peer_knows_the_end = False
        self._socket = socket
        self._clock = clock
        self._start_by_s = clock.now_s() + start_timeout_s
        self._on_event = on_event
        self._wake = asyncio.Event()
        self._wakes_at_s = math.inf
        self._is_sending = False
        self._is_closing = False

    def wake(self) -> None:
        """There may be more to send, e.g. because the utterance grew."""
        self._wake.set()

    async def run(self) -> None:
        """Serve the stream until it is closed by either side."""
        pacing = asyncio.create_task(self._pace(), name="media stream pacing")
        try:
            async for text in self._socket:
                self.talk.receive_text(text, self._clock.now_s())
                self._report()
                if self.first_audio_at_s is None and not self._is_sending:
                    await self._send_next()  # in the turn in which the stream started
                deadline_s = self.talk.next_deadline_s()
                if deadline_s is None or deadline_s < self._wakes_at_s:
                    self.wake()
            self.peer_knows_the_end = self.peer_knows_the_end or not self._is_closing
        finally:
            pacing.cancel()
            await asyncio.wait({pacing})
            if not pacing.cancelled() and pacing.exception() is not None:
                logger.error("a fault of ours in a media stream", exc_info=pacing.exception())
            self.talk.connection_lost(self._clock.now_s())
            self._report()

    async def close(self) -> None:
        """Close the websocket from our side; whatever follows in the TwiML then runs."""
        self._is_closing = True
        self.peer_knows_the_end = await self._socket.close() or self.peer_knows_the_end

    async def _pace(self) -> None:
        """Act at the session's deadlines and whenever somebody wakes us."""
        try:
            while True:
                self._wake.clear()
                await self._advance()
                if self.talk.stream_sid is None and self._clock.now_s() >= self._start_by_s:
                    await self.close()
                    return
                await self._wait()
        except Exception:
            self.talk.connection_lost(self._clock.now_s())
            self._report()
            await self.close()
            raise

    async def _advance(self) -> None:
        """Notice deadlines, report events, send all that may be sent now."""
        self.talk.check(self._clock.now_s())
        self._report()
        while not self._is_sending and await self._send_next():
            self._report()
        self._report()

    async def _wait(self) -> None:
        deadline_s = self.talk.next_deadline_s()
        if self.talk.stream_sid is None:
            deadline_s = self._start_by_s
        if self._is_sending or deadline_s is None:  # whoever sends wakes us when it is done
            await self._wake.wait()
            return
        # For every message of the carrier's: a timer of the loop costs a fraction of `asyncio.timeout`.
        wait_s = max(0.0, deadline_s - self._clock.now_s())
        timer = asyncio.get_running_loop().call_later(wait_s, self._wake.set)
        self._wakes_at_s = deadline_s
        try:
            await self._wake.wait()
        finally:
            self._wakes_at_s = math.inf
            timer.cancel()

    async def _send_next(self) -> bool:
        """Send one message if there is one to send now; whether there was."""
        text = self.talk.next_text(self._clock.now_s())
        if text is None:
            return False
        self._is_sending = True
        try:
            async with asyncio.timeout(SILENT_PEER_S):
                await self._socket.send_text(text)
        except TimeoutError:
            self.talk.connection_lost(self._clock.now_s())
        finally:
            self._is_sending = False
        if self.first_audio_at_s is None:
            self.first_audio_at_s = self._clock.now_s()
        return True

    def _report(self) -> None:
        for event in self.talk.events():
            self._on_event(self, event)
