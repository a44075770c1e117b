"""`/agents/phone-numbers`: numbers of Twilio accounts, imported under a provider, assigned to agents."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from cartesia_call.ports import Clock
from cartesia_simulator.agents import bodies, refusals
from cartesia_simulator.agents.records import Agent, PhoneNumber, Provider, Records, new_id
from cartesia_simulator.agents.twilio import Twilio, TwilioRefused
from cartesia_simulator.speech.paging import page_of
from cartesia_simulator.speech.refusals import bad_request

_FILTERS = ("agent_id", "provider_id", "type", "q")
_PAGING = ("limit", "starting_after", "ending_before")


class PhoneNumbers:
    """The endpoints."""

    def __init__(self, clock: Clock, records: Records, twilio: Twilio) -> None:
        self._clock = clock
        self._records = records
        self._twilio = twilio

    async def list(self, request: web.Request) -> web.Response:
        """GET: one page, in order of import."""
        query = bodies.check_query(request, (*_FILTERS, *_PAGING))
        bodies.one_of(query, "type", ("twilio", "cartesia", "sip_trunk"))
        fitting = {held.id: held for held in self._records.numbers.values() if _fits(held, query)}
        page, has_more = page_of(query, fitting)
        return web.json_response({"data": [held.resource() for held in page], "has_more": has_more})

    async def list_of_agent(self, request: web.Request) -> web.Response:
        """GET of an agent's numbers: a bare array."""
        bodies.check_query(request)
        agent = self._records.agent(request.match_info["agent_id"])
        numbers = self._records.numbers.values()
        return web.json_response([held.resource_of_agent() for held in numbers if held.agent == agent])

    async def show(self, request: web.Request) -> web.Response:
        bodies.check_query(request)
        return web.json_response(self._records.number(request.match_info["id"]).resource())

    async def take_in(self, request: web.Request) -> web.Response:
        """POST: import a number that the provider's account has; 201.

        Where the webhooks fail, the number is in, without its agent, and the answer is 400.
        """
        bodies.check_query(request)
        fields = await bodies.read_body(request)
        bodies.check_names(
            fields, "an import", required=("label", "number", "provider"), optional=("agent_id",)
        )
        label, number = bodies.text(fields, "label"), bodies.phone_number(fields, "number")
        wanted_agent = bodies.optional_text(fields, "agent_id")
        async with self._records.changing:
            provider = self._provider(fields["provider"])
            agent = None if wanted_agent is None else self._records.agent(wanted_agent)
            for held in self._records.numbers.values():
                if held.number == number:
                    raise refusals.already_imported(number, held.id)
            await self._check_reach(provider, number)
            now = self._clock.utc_now()
            held = PhoneNumber(
                id=new_id("ap"),
                number=number,
                label=label,
                provider=provider,
                agent=None if self._records.webhooks_fail else agent,
                created_at=now,
                updated_at=now,
            )
            self._records.numbers[held.id] = held
        if agent is not None and self._records.webhooks_fail:
            outcome = f"It is imported as phone number {held.id}, without an agent; assign it by PATCH"
            raise refusals.webhooks_failed(number, outcome)
        return web.json_response(held.resource(), status=201)

    async def update(self, request: web.Request) -> web.Response:
        """PATCH: another label, agent or provider; all of it or nothing."""
        bodies.check_query(request)
        self._records.number(request.match_info["id"])
        fields = await bodies.read_body(request)
        bodies.check_names(fields, "a phone number's update", optional=("label", "agent_id", "provider"))
        if not fields:
            raise bad_request("an update has at least one of label, agent_id, provider")
        async with self._records.changing:
            held = self._records.number(request.match_info["id"])
            label = bodies.text(fields, "label") if "label" in fields else held.label
            agent = self._agent(fields) if "agent_id" in fields else held.agent
            provider = held.provider
            if "provider" in fields:
                provider = self._provider(fields["provider"])
                await self._check_reach(provider, held.number)
            if (
                agent is not None
                and (agent, provider) != (held.agent, held.provider)
                and self._records.webhooks_fail
            ):
                raise refusals.webhooks_failed(held.number, "Nothing was changed")
            held.label, held.agent, held.provider = label, agent, provider
            held.updated_at = self._clock.utc_now()
        return web.json_response(held.resource())

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE: 204, unless an agent answers the number."""
        bodies.check_query(request)
        async with self._records.changing:
            held = self._records.number(request.match_info["id"])
            if held.agent is not None:
                raise refusals.still_assigned(held.number, held.agent.id)
            del self._records.numbers[held.id]
        return web.Response(status=204)

    def _agent(self, fields: bodies.Fields) -> Agent | None:
        """null unassigns."""
        if fields["agent_id"] is None:
            return None
        return self._records.agent(bodies.text(fields, "agent_id"))

    def _provider(self, reference: object) -> Provider:
        """By `{id}`, or by `{type, account_sid, region}`, where us1 is the default."""
        fields = bodies.as_object(reference, "provider")
        if "id" in fields:
            bodies.check_names(fields, "a provider named by id", required=("id",))
            return self._records.provider(bodies.text(fields, "id"))
        bodies.check_names(
            fields, "a provider without id", required=("type", "account_sid"), optional=("region",)
        )
        bodies.check_type(fields)
        account_sid, region = bodies.text(fields, "account_sid"), bodies.region(fields)
        found = self._records.linked(account_sid, region)
        if found is None:
            raise refusals.no_such("provider", f"{account_sid} in {region}")
        return found

    async def _check_reach(self, provider: Provider, number: str) -> None:
        try:
            is_reached = await self._twilio.has_number(provider, number)
        except TwilioRefused as refused:
            raise refusals.lookup_failed(number, str(refused)) from None
        if not is_reached:
            raise refusals.not_in_account(number, provider.account_sid)


def _fits(held: PhoneNumber, query: Mapping[str, str]) -> bool:
    agent_id, agent_name = (held.agent.id, held.agent.name) if held.agent else (None, "")
    words = query.get("q", "").lower()
    return (
        query.get("agent_id") in {None, agent_id}
        and query.get("provider_id") in {None, held.provider.id}
        and query.get("type") in {None, "twilio"}
        and any(words in place.lower() for place in (held.number, held.label, agent_name))
    )
