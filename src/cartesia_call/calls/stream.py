"""Between one conversation on a media stream and its websocket: moves texts, decides nothing."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence

from cartesia_call.conversation.talk import Talk
from cartesia_call.loggers import logger_of
from cartesia_call.mediastream.messages import BEGINS_MEDIA
from cartesia_call.mediastream.session import SILENT_PEER_S
from cartesia_call.ports import Clock, MediaSocket

logger = logger_of(__name__)

TEXTS_AT_A_TIME = 16
"""Handed to the socket before it is asked whether it takes more: 35 kB of audio, about as much as it writes
ahead."""


UNREAD_TOGETHER_S = 0.1
"""So much later a key, a mark's echo or an end may be seen: less than anybody notices. Five frames; more of
them hardly make one cheaper."""

HEARD_TOGETHER_S = 0.038
"""Not quite two frames. To the detector that is jitter, of which it takes `MISSING_AFTER_S`, the path's own
included, or the 160 ms in which a rehearsal's silence comes."""


class StreamDriver:
    """Implements `ports.MediaListener`: sends what `talk` has to send, and hands on what the peer sends.

    `take` is called with the texts that arrived together, `woke` when texts that nobody reads are news all
    the same or the socket takes more, `broke` when it takes no more for too long, `gone` at the end.
    `peer_knows_the_end`: the connection was ended by its other side, or that answered when we closed it.
    """

    def __init__(
        self,
        talk: Talk,
        socket: MediaSocket,
        clock: Clock,
        *,
        take: Callable[[Sequence[str]], None],
        woke: Callable[[], None],
        broke: Callable[[], None],
        gone: Callable[[], None],
    ) -> None:
        self.peer_knows_the_end = False
        self._talk = talk
        self._socket = socket
        self._clock = clock
        self._take = take
        self._woke = woke
        self._broke = broke
        self._gone = gone
        self._patience: asyncio.TimerHandle | None = None
        self._is_told = False
        self._is_broken = False
        self._is_closing = False

    # --- what the socket calls

    def receive(self, texts: Sequence[str]) -> None:
        self._take(texts)

    def heard(self) -> None:
        if self._talk.heard(self._clock.now_s()):
            self._woke()

    def writable(self) -> None:
        self._stop_waiting()
        self._woke()

    def ended(self) -> None:
        self.peer_knows_the_end = self.peer_knows_the_end or not self._is_closing
        self._stop_waiting()
        self._gone()

    # --- what the leg's shell calls

    def look(self) -> None:
        """There may be something to send now, as the utterance grew: it leaves in this very turn."""
        if self._is_broken:
            return
        try:
            self._say_what_can_wait()
            self._send()
        except Exception:  # the stream is over; the call is not
            logger.exception("a fault of ours in a media stream")
            self._is_broken = True
            asyncio.get_running_loop().call_soon(self._broke)

    def _say_what_can_wait(self) -> None:
        """From the stream's start on."""
        if self._is_told or self._talk.stream_sid is None:
            return
        self._is_told = True
        if self._talk.reads_audio:
            self._socket.wait_for_more(HEARD_TOGETHER_S)
        else:
            self._socket.wait_for_more(UNREAD_TOGETHER_S)
            self._socket.leave_unread(BEGINS_MEDIA)

    def _send(self) -> None:
        while self._socket.is_writable:
            # The first one is waited for: it leaves before the others are made.
            at_a_time = 1 if self._talk.first_text_at_s is None else TEXTS_AT_A_TIME
            texts = list(itertools.islice(self._texts(), at_a_time))
            if not texts:
                return
            self._socket.send_texts(texts)
        if self._patience is None:
            self._talk.is_sending = True
            self._patience = asyncio.get_running_loop().call_later(SILENT_PEER_S, self._broke)

    async def close(self) -> bool:
        """Close the websocket from our side; whatever follows in the TwiML then runs."""
        self._is_closing = True
        self.peer_knows_the_end = await self._socket.close() or self.peer_knows_the_end
        return self.peer_knows_the_end

    def _texts(self) -> Iterator[str]:
        """What there is to send now."""
        now_s = self._clock.now_s()
        while (text := self._talk.next_text(now_s)) is not None:
            yield text

    def _stop_waiting(self) -> None:
        self._talk.is_sending = False
        if self._patience is not None:
            self._patience.cancel()
        self._patience = None
