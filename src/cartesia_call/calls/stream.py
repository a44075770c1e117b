"""Between one conversation on a media stream and its websocket: moves texts, decides nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from cartesia_call.conversation.talk import Talk
from cartesia_call.mediastream.session import SILENT_PEER_S
from cartesia_call.ports import Clock, MediaSocket

logger = logging.getLogger(__name__)


class StreamDriver:
    """Sends what `talk` has to send, and hands on what the peer sends.

    `receive` is called with each text, `sent` after one was sent, `broke` when the connection takes no more
    of them. What `receive` makes the talk say first leaves in the same turn of the event loop.
    `peer_knows_the_end`: the connection was ended by its other side, or that answered when we closed it.
    """

    def __init__(
        self,
        talk: Talk,
        socket: MediaSocket,
        clock: Clock,
        *,
        receive: Callable[[str], None],
        sent: Callable[[], None],
        broke: Callable[[], None],
    ) -> None:
        self.peer_knows_the_end = False
        self._talk = talk
        self._socket = socket
        self._clock = clock
        self._receive = receive
        self._sent = sent
        self._broke = broke
        self._text: str | None = None
        self._has_text = asyncio.Event()
        self._is_sending = False
        self._is_closing = False

    def look(self) -> None:
        """There may be something to send now, e.g. because the utterance grew."""
        if self._text is None and not self._is_sending:
            self._text = self._talk.next_text(self._clock.now_s())
        if self._text is not None:
            self._talk.is_sending = True
            self._has_text.set()

    async def run(self) -> None:
        """Serve the stream until it is closed by either side."""
        sending = asyncio.create_task(self._send_all(), name="media stream")
        try:
            async for text in self._socket:
                has_spoken = self._talk.first_text_at_s is not None
                self._receive(text)
                if not has_spoken and not self._is_sending and self._text is not None:
                    await self._send()  # in the turn in which the stream started
            self.peer_knows_the_end = self.peer_knows_the_end or not self._is_closing
        finally:
            sending.cancel()
            await asyncio.wait({sending})

    async def close(self) -> bool:
        """Close the websocket from our side; whatever follows in the TwiML then runs."""
        self._is_closing = True
        self.peer_knows_the_end = await self._socket.close() or self.peer_knows_the_end
        return self.peer_knows_the_end

    async def _send_all(self) -> None:
        """Whatever there is to send, until the stream ends; `look` wakes it."""
        try:
            while True:
                await self._has_text.wait()
                self._has_text.clear()
                while self._text is not None and not self._is_sending:
                    await self._send()
        except Exception:
            logger.exception("a fault of ours in a media stream")
            self._broke()
            await self.close()

    async def _send(self) -> None:
        text = self._text
        if text is None:
            return
        self._is_sending = True
        try:
            async with asyncio.timeout(SILENT_PEER_S):
                await self._socket.send_text(text)
        except TimeoutError:
            self._broke()
        finally:
            self._is_sending, self._text = False, None
            self._talk.is_sending = False
        self.look()
        self._sent()
