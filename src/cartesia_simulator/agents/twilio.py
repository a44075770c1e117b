"""Cartesia's own requests to Twilio: with a provider's key, at the host of the provider's region."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from cartesia_simulator.agents.records import Provider

_TIMEOUT_S = 10.0
"""Real seconds."""


class TwilioRefused(Exception):
    """Twilio does not do it; the text says why, and where. `code` is Twilio's, None without an answer."""

    def __init__(self, reason: str, *, code: int | None = None) -> None:
        super().__init__(reason)
        self.code = code


class Twilio:
    """The carrier as the agents' service sees it. `open` inside a running event loop, `close` afterwards."""

    def __init__(self) -> None:
        self._urls: Mapping[str, str] = {}
        self._session: aiohttp.ClientSession | None = None

    def open(self, urls: Mapping[str, str]) -> None:
        """`urls` are the carrier's, by region; without them it cannot be reached."""
        self._urls = urls
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S))

    async def close(self) -> None:
        """May be called again, and without `open`."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def check(self, provider: Provider) -> None:
        """TwilioRefused unless the credentials are good in the region. A standard key may not read accounts,
        but may read their numbers.
        """
        await self._ask(provider, "GET", "IncomingPhoneNumbers.json", {"PageSize": "1"})

    async def has_number(self, provider: Provider, number: str) -> bool:
        query = {"PhoneNumber": number, "PageSize": "1000"}
        page = await self._ask(provider, "GET", "IncomingPhoneNumbers.json", query)
        return any(entry["phone_number"] == number for entry in page["incoming_phone_numbers"])

    async def place_call(self, provider: Provider, form: Mapping[str, str]) -> str:
        return str((await self._ask(provider, "POST", "Calls.json", form))["sid"])

    async def end_call(self, provider: Provider, call_sid: str) -> None:
        await self._ask(provider, "POST", f"Calls/{call_sid}.json", {"Status": "completed"})

    async def _ask(
        self, provider: Provider, method: str, path: str, parameters: Mapping[str, str]
    ) -> dict[str, Any]:
        where = f"Twilio in region {provider.region}"
        url = self._urls.get(provider.region)
        if self._session is None or url is None:
            raise TwilioRefused(f"{where} cannot be reached")
        login = aiohttp.encode_basic_auth(provider.api_key_sid, provider.api_key_secret)
        try:
            async with self._session.request(
                method,
                f"{url}/2010-04-01/Accounts/{provider.account_sid}/{path}",
                headers={"Authorization": login},
                params=parameters if method == "GET" else None,
                data=parameters if method == "POST" else None,
            ) as answer:
                body: dict[str, Any] = json.loads(await answer.text())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise TwilioRefused(f"{where} did not answer: {type(error).__name__}") from None
        if answer.status >= 400:
            code, message = body.get("code"), body.get("message")
            raise TwilioRefused(f"{where} answered HTTP {answer.status}, {code}: {message}", code=code)
        return body
