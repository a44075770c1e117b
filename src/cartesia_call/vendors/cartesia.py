"""Speech from Cartesia over its websocket: one context per message, one message at a time on a connection."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from cartesia_call.errors import SpeechUnavailable
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import ContextSlots, SpeechRequest
from cartesia_call.telephony.outcomes import Voice
from cartesia_call.vendors.cartesia_connections import CartesiaConnections
from cartesia_call.vendors.cartesia_context import CartesiaContext
from cartesia_call.vendors.cartesia_errors import Busy, still_busy
from cartesia_call.vendors.network import NetworkRules

logger = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 4.0
LONGEST_JITTER = 0.25
"""Before asking a busy service again; each pause is twice the one before, and up to a quarter longer, so that
many who were refused together do not come back together. Cartesia's SDK begins so too."""


class CartesiaSpeech:
    """Implements `speech_ports.SpeechService`.

    `base_url` is https://, or http:// to a loopback address. `connect_timeout_s` limits the handshake,
    `speech_timeout_s` the wait for the first audio, between chunks, and from the last one to `done`; both
    are real seconds. The key travels in a header and is never quoted. One of `slots` is held for each
    message.

    A connection is kept for the next message and opened anew where it is too old or was closed, so whoever
    made this object closes it.
    """

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        version: str,
        connect_timeout_s: float,
        speech_timeout_s: float,
        network: NetworkRules,
        slots: ContextSlots | None = None,
    ) -> None:
        self._connections = CartesiaConnections(
            api_key=api_key,
            base_url=base_url,
            version=version,
            connect_timeout_s=connect_timeout_s,
            network=network,
        )
        self._secrets = (api_key,)
        self._speech_timeout_s = speech_timeout_s
        self._slots = slots

    @property
    def voice(self) -> Voice:
        return Voice.CARTESIA

    async def close(self) -> None:
        """Close the connection that is kept, and keep none any more. May be called again."""
        await self._connections.close()

    async def synthesise(self, request: SpeechRequest, utterance: Utterance) -> None:
        """Append the audio of `request` as it comes; return at `done`. Cancelling it closes the connection.

        A service without room for it is asked again until `speech_timeout_s` after the first request.

        Unauthorized for a refused key; SpeechRefused for what would be refused again; SpeechUnavailable for
        a service that cannot be reached, stalls, stays busy, or closes before `done`.
        """
        async with contextlib.nullcontext() if self._slots is None else self._slots.slot():
            await self._ask_until_admitted(request, utterance)

    async def _ask_until_admitted(self, request: SpeechRequest, utterance: Utterance) -> None:
        now_s = asyncio.get_running_loop().time
        give_up_at_s = now_s() + self._speech_timeout_s
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                return await self._speak(request, utterance)
            except Busy as busy:
                refusal = busy.refusal
            wait_s = pause_s * random.uniform(1, 1 + LONGEST_JITTER)  # noqa: S311  # no secret
            if now_s() + wait_s > give_up_at_s:
                raise still_busy(refusal, for_s=self._speech_timeout_s)
            logger.info("Cartesia is busy (%s); it is asked again in %.1f s", refusal, wait_s)
            await asyncio.sleep(wait_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _speak(self, request: SpeechRequest, utterance: Utterance) -> None:
        """Over the connection that is kept, and over a new one if that breaks before it brought any audio."""
        kept = await self._connections.take()
        if kept is not None:
            context = self._context(request, utterance)
            broken = await self._run(context, kept)
            if broken is None:
                return
            if context.has_audio:
                raise broken
            logger.debug("the connection that was kept is gone: %s", broken)
        broken = await self._run(self._context(request, utterance), await self._connections.open())
        if broken is not None:
            raise broken

    def _context(self, request: SpeechRequest, utterance: Utterance) -> CartesiaContext:
        return CartesiaContext(
            request, utterance, speech_timeout_s=self._speech_timeout_s, secrets=self._secrets
        )

    async def _run(self, context: CartesiaContext, connection: ClientConnection) -> SpeechUnavailable | None:
        """What to raise if the connection ended before the context did."""
        is_kept = False
        try:
            await context.run(connection)
            is_kept = context.is_always_named and self._connections.keep(connection)
        except ConnectionClosed as closed:
            # Not raised from within the handler: a traceback would quote the peer's reason as it came.
            why = self._connections.explain(closed)
            return SpeechUnavailable(f"Cartesia broke off {context.so_far}: {why}")
        finally:
            if not is_kept:
                await connection.close()
        return None
