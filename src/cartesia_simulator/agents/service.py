"""Cartesia's telephony for hosted agents: its record of Twilio's credentials and numbers, and its calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cartesia_call.ports import Clock
from cartesia_simulator.agents.calls import AgentCalls
from cartesia_simulator.agents.phone_numbers import PhoneNumbers
from cartesia_simulator.agents.providers import Providers
from cartesia_simulator.agents.records import (
    AGENTS,
    Agent,
    Provider,
    Records,
    new_id,
)
from cartesia_simulator.agents.twilio import Twilio
from cartesia_simulator.carrier.regions import SimulatedKey
from cartesia_simulator.speech.service import Route


class SimulatedAgents:
    """The endpoints under `/agents`, as `routes` of the speech service, and what they keep.

    `providers`, `numbers` and `calls` are those of `records`, by id and in order of creation.
    """

    def __init__(self, clock: Clock, *, agents: Iterable[Agent] = AGENTS) -> None:
        self.records = records = Records(agents)
        self.providers, self.numbers, self.calls = records.providers, records.numbers, records.calls
        self._twilio = Twilio()
        self._numbers = PhoneNumbers(clock, self.records, self._twilio)
        self._providers = Providers(self.records, self._twilio)
        self._calls = AgentCalls(self.records, self._twilio)

    def link(
        self, key: SimulatedKey, *, account_sid: str, region: str | None = None, label: str | None = None
    ) -> Provider:
        """Keep a provider without trying its key, as one that has been there for long.

        `region` is the provider's, by default the key's. ValueError if the account is linked there already.
        """
        region = region or key.region
        if self.records.linked(account_sid, region) is not None:
            raise ValueError(f"{account_sid} is linked in {region} already")
        provider = Provider(
            id=new_id("ata"),
            account_sid=account_sid,
            api_key_sid=key.sid,
            api_key_secret=key.secret,
            region=region,
            label=label,
        )
        self.records.keep_provider(provider)
        return provider

    def place_under(self, number_id: str, provider_id: str) -> None:
        """Put a number under a provider whose key is not asked, as `link` keeps one. KeyError if unknown."""
        self.records.numbers[number_id].provider = self.records.providers[provider_id]

    def open(self, carrier_urls: Mapping[str, str]) -> None:
        """Where Twilio is, by region. Inside a running event loop."""
        self._twilio.open(carrier_urls)

    async def close(self) -> None:
        """Close the connections to Twilio. May be called again, and without `open`."""
        await self._twilio.close()

    def routes(self) -> tuple[Route, ...]:
        """Fixed paths first: `providers` is no phone number's id."""
        numbers, providers, calls = self._numbers, self._providers, self._calls
        at = "/agents/phone-numbers"
        return (
            ("GET", f"{at}/providers", providers.list),
            ("POST", f"{at}/providers", providers.create),
            ("GET", f"{at}/providers/{{id}}", providers.show),
            ("PATCH", f"{at}/providers/{{id}}", providers.update),
            ("DELETE", f"{at}/providers/{{id}}", providers.delete),
            ("GET", at, numbers.list),
            ("POST", at, numbers.take_in),
            ("GET", f"{at}/{{id}}", numbers.show),
            ("PATCH", f"{at}/{{id}}", numbers.update),
            ("DELETE", f"{at}/{{id}}", numbers.delete),
            ("POST", "/agents/calls", calls.place),
            ("POST", "/agents/calls/{call_id}/cancel", calls.cancel),
            ("GET", "/agents/{agent_id}/phone-numbers", numbers.list_of_agent),
        )
