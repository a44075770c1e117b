"""Requests of the carrier to its customer: signed status callbacks, and TwiML fetched from a URL."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.notifications import Problem
from cartesia_simulator.carrier.signature import Signer

# Twilio's defaults, see "Webhooks connection overrides": connect 5 s, whole request 15 s, one more try.
_CONNECT_TIMEOUT_S = 5.0
_TOTAL_TIMEOUT_S = 15.0
_TRIES = 2


class WebhookFailed(Exception):
    """No usable answer; the text says why."""


class Webhooks:
    """Sends signed requests. Must be created inside a running event loop; `close` leaves nothing behind."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=_TOTAL_TIMEOUT_S, sock_connect=_CONNECT_TIMEOUT_S),
            headers={"User-Agent": "TwilioProxy/1.1"},
        )
        self._deliveries: set[asyncio.Task[None]] = set()

    def send(
        self,
        call: SimulatedCall,
        url: str,
        method: str,
        parameters: Mapping[str, str],
        *,
        after: Callable[[], Awaitable[None]] | None = None,
    ) -> asyncio.Task[None]:
        """Deliver a callback beside everything else, where `after` is given not before that is over.

        What goes wrong is noted on the call; the task ends with the delivery and never raises.
        """
        delivery = asyncio.create_task(self._deliver(call, url, method, parameters, after))
        self._deliveries.add(delivery)
        delivery.add_done_callback(self._deliveries.discard)
        return delivery

    async def fetch(self, url: str, method: str, parameters: Mapping[str, str]) -> str:
        """The document at `url`; WebhookFailed for anything but a 200."""
        status, text = await self._ask(url, method, parameters)
        if status != 200:
            raise WebhookFailed(f"{url} answered with HTTP {status}")
        return text

    async def close(self) -> None:
        """Give up what is still on its way."""
        for delivery in self._deliveries:
            delivery.cancel()
        if self._deliveries:
            await asyncio.wait(self._deliveries)
        await self._session.close()

    async def _deliver(
        self,
        call: SimulatedCall,
        url: str,
        method: str,
        parameters: Mapping[str, str],
        after: Callable[[], Awaitable[None]] | None,
    ) -> None:
        if after is not None:
            await after()
        try:
            status, _ = await self._ask(url, method, parameters)
        except WebhookFailed as failure:
            call.note(Problem(11200, f"HTTP retrieval failure: {failure}", method, url))
            return
        if status >= 400:
            call.note(Problem(15003, f"Got an HTTP {status} response to {url}", method, url))

    async def _ask(self, url: str, method: str, parameters: Mapping[str, str]) -> tuple[int, str]:
        url = url.partition("#")[0]  # a fragment holds connection overrides, it is not sent
        form = dict(parameters) if method == "POST" else None
        if form is None:
            url += ("&" if "?" in url else "?") + urlencode(parameters)
        headers = {
            **self._signer.headers(url, form),
            "I-Twilio-Idempotency-Token": secrets.token_hex(16),
        }
        reason = ""
        for _ in range(_TRIES):
            try:
                async with self._session.request(
                    method, URL(url, encoded=True), data=form, headers=headers, allow_redirects=False
                ) as response:
                    return response.status, await response.text()
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:  # ValueError: no URL, no text
                reason = str(error) or type(error).__name__
        raise WebhookFailed(f"{url}: {reason}")
