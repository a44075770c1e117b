"""`/agents/phone-numbers/providers`: Twilio's credentials, per account and region."""

from __future__ import annotations

import dataclasses

from aiohttp import web

from cartesia_simulator.agents import bodies, refusals
from cartesia_simulator.agents.records import Provider, Records, new_id
from cartesia_simulator.agents.twilio import Twilio, TwilioRefused

_WHERE = "a provider"
_KEY_FIELDS = ("type", "api_key_sid", "api_key_secret")


class Providers:
    """The endpoints. Credentials are tried at Twilio before they are kept."""

    def __init__(self, records: Records, twilio: Twilio) -> None:
        self._records = records
        self._twilio = twilio

    async def list(self, request: web.Request) -> web.Response:
        """GET: a bare array."""
        query = bodies.check_query(request, ("type", "account_sid"))
        kind = bodies.one_of(query, "type", ("twilio", "sip_trunk"))
        account_sid = query.get("account_sid")
        return web.json_response(
            [
                provider.resource()
                for provider in self._records.providers.values()
                if kind in {None, "twilio"} and account_sid in {None, provider.account_sid}
            ]
        )

    async def create(self, request: web.Request) -> web.Response:
        """POST: 201."""
        bodies.check_query(request)
        fields = await bodies.read_body(request)
        bodies.check_type(fields)
        bodies.check_names(
            fields, _WHERE, required=(*_KEY_FIELDS, "account_sid"), optional=("region", "label")
        )
        provider = Provider(
            id=new_id("ata"),
            account_sid=bodies.text(fields, "account_sid"),
            api_key_sid=bodies.text(fields, "api_key_sid"),
            api_key_secret=bodies.text(fields, "api_key_secret"),
            region=bodies.region(fields),
            label=bodies.optional_text(fields, "label"),
        )
        async with self._records.changing:
            await self._try(provider)
            self._check_single(provider)
            self._records.keep_provider(provider)
        return web.json_response(provider.resource(), status=201)

    async def show(self, request: web.Request) -> web.Response:
        bodies.check_query(request)
        return web.json_response(self._records.provider(request.match_info["id"]).resource())

    async def update(self, request: web.Request) -> web.Response:
        """PATCH: other credentials for the same account, in the same region or another.

        A region that another provider of the account has is 409, as on creation: the documented pair of
        account and region stays unique.
        """
        bodies.check_query(request)
        old = self._records.provider(request.match_info["id"])
        fields = await bodies.read_body(request)
        bodies.check_type(fields)
        bodies.check_names(fields, "a provider's update", required=_KEY_FIELDS, optional=("region",))
        async with self._records.changing:
            new = dataclasses.replace(
                self._records.provider(old.id),
                api_key_sid=bodies.text(fields, "api_key_sid"),
                api_key_secret=bodies.text(fields, "api_key_secret"),
                region=bodies.region(fields, default=old.region),
            )
            await self._try(new)
            self._check_single(new)
            await self._check_reach(new)
            self._records.keep_provider(new)
        return web.json_response(new.resource())

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE: 204, unless numbers use it."""
        bodies.check_query(request)
        async with self._records.changing:
            provider = self._records.provider(request.match_info["id"])
            if numbers := self._records.numbers_of(provider):
                raise refusals.has_numbers(provider.id, len(numbers))
            del self._records.providers[provider.id]
        return web.Response(status=204)

    async def _try(self, provider: Provider) -> None:
        try:
            await self._twilio.check(provider)
        except TwilioRefused as refused:
            raise refusals.bad_credentials(str(refused)) from None

    def _check_single(self, provider: Provider) -> None:
        other = self._records.linked(provider.account_sid, provider.region)
        if other is not None and other.id != provider.id:
            raise refusals.already_linked(other.id, other.account_sid, other.region)

    async def _check_reach(self, provider: Provider) -> None:
        unreachable = []
        for held in self._records.numbers_of(provider):
            try:
                is_reached = await self._twilio.has_number(provider, held.number)
            except TwilioRefused as refused:
                raise refusals.lookup_failed(held.number, str(refused)) from None
            if not is_reached:
                unreachable.append(held.number)
        if unreachable:
            raise refusals.UnreachableNumbers(unreachable)
