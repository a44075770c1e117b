"""Speech from Cartesia over its websocket: one context per message, one message at a time on a connection."""

from __future__ import annotations

import asyncio
import contextlib
import random

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from cartesia_call.clock import running_s
from cartesia_call.errors import SpeechUnavailable
from cartesia_call.loggers import logger_of
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import ContextSlots, SpeechRequest
from cartesia_call.telephony.outcomes import Voice
from cartesia_call.vendors.cartesia_access import CartesiaAccess
from cartesia_call.vendors.cartesia_connections import CartesiaConnections, refuses
from cartesia_call.vendors.cartesia_context import CartesiaContext
from cartesia_call.vendors.cartesia_errors import BrokenOff, Busy, still_busy

logger = logger_of(__name__)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 4.0
LONGEST_JITTER = 0.25
"""Before asking a busy service again; each pause is twice the one before, and up to a quarter longer, so that
many who were refused together do not come back together. Cartesia's SDK begins so too."""

SLOT_SHARE = 0.5
"""Of the time to the first audio: for so long a free slot is waited for. The rest is the service's, which
knows better than lock files whether it has room."""

TRIES = 2
"""Connections for one message: another one, if the first, be it new or kept, breaks before any audio, or the
service fails there in a way that may pass. Others report it from production (pipecat-ai/pipecat#5361)."""


class CartesiaSpeech:
    """Implements `speech_ports.SpeechService`.

    `speech_timeout_s`, in seconds, limits the wait between chunks, from the last one to `done`, and for the
    first audio where nobody else sets a limit. One of `slots` is held for each message.

    A connection is kept for the next message and opened anew where it is too old or was closed, so whoever
    made this object closes it.
    """

    def __init__(
        self, access: CartesiaAccess, *, speech_timeout_s: float, slots: ContextSlots | None = None
    ) -> None:
        self._connections = CartesiaConnections(access)
        self._secrets = (access.api_key,)
        self._speech_timeout_s = speech_timeout_s
        self._slots = slots

    @property
    def voice(self) -> Voice:
        return Voice.CARTESIA

    async def close(self) -> None:
        """Close the connection that is kept, and keep none any more. May be called again."""
        await self._connections.close()

    async def synthesise(
        self, request: SpeechRequest, utterance: Utterance, *, first_audio_by_s: float | None = None
    ) -> None:
        """Append the audio of `request` as it comes; return at `done`. Cancelling it closes the connection.

        A service without room for it is asked again until `first_audio_by_s`.

        Unauthorized for a refused key; SpeechRefused for what would be refused again; SpeechUnavailable for
        a service that cannot be reached, stalls, stays busy, or closes before `done`.
        """
        now_s = running_s()
        by_s = now_s + self._speech_timeout_s if first_audio_by_s is None else first_audio_by_s
        async with contextlib.AsyncExitStack() as held:
            if self._slots is not None:
                until_s = now_s + SLOT_SHARE * (by_s - now_s)
                await held.enter_async_context(self._slots.slot(until_s=until_s))
            await self._ask_until_admitted(request, utterance, by_s)

    async def _ask_until_admitted(self, request: SpeechRequest, utterance: Utterance, by_s: float) -> None:
        began_at_s = running_s()
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                return await self._speak(request, utterance, by_s)
            except Busy as busy:
                refusal = busy.refusal
            wait_s = pause_s * random.uniform(1, 1 + LONGEST_JITTER)  # noqa: S311  # no secret
            if running_s() + wait_s > by_s:
                raise still_busy(refusal, for_s=round(by_s - began_at_s, 3))
            logger.info("Cartesia is busy (%s); it is asked again in %.1f s", refusal, wait_s)
            await asyncio.sleep(wait_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _speak(self, request: SpeechRequest, utterance: Utterance, by_s: float) -> None:
        """Over the connection that is kept, else over a new one, and once more over another if that breaks,
        or the service fails, before any audio came: nothing was said then, and the next may be sound."""
        connection = await self._connections.take()
        tries_left = TRIES
        while True:
            tries_left -= 1
            context = self._context(request, utterance)
            is_new = connection is None
            try:
                connection = connection or await self._connections.open(by_s=by_s)
                return await self._run(context, connection, by_s)
            except BrokenOff as broken:
                failure = broken.failure
                is_hopeless = context.has_audio or tries_left == 0 or (is_new and broken.is_refusal)
            if is_hopeless or running_s() >= by_s:
                raise failure
            logger.info("%s; it is asked again over a new connection", failure)
            connection = None

    def _context(self, request: SpeechRequest, utterance: Utterance) -> CartesiaContext:
        return CartesiaContext(
            request, utterance, speech_timeout_s=self._speech_timeout_s, secrets=self._secrets
        )

    async def _run(self, context: CartesiaContext, connection: ClientConnection, by_s: float) -> None:
        is_kept = False
        try:
            await context.run(connection, first_audio_by_s=by_s)
            is_kept = context.is_always_named and self._connections.keep(connection)
        except ConnectionClosed as closed:
            why, is_refusal = self._connections.explain(closed), refuses(closed)
        else:
            return
        finally:
            if not is_kept:
                await connection.close()
        # Not raised from within the handler: a traceback would quote the peer's reason as it came.
        failure = SpeechUnavailable(f"Cartesia broke off {context.so_far}: {why}")
        raise BrokenOff(failure, is_refusal=is_refusal)
