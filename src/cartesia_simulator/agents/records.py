"""What the built-in service keeps about telephony: agents, providers, phone numbers, calls."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from cartesia_simulator.agents.refusals import no_such

Resource = dict[str, object]

_SHOWN_OF_KEY = 4
"""So many characters of a key's SID are shown at each end. The API masks a part; which, is not documented."""


@dataclass(frozen=True, kw_only=True)
class Agent:
    """A hosted agent, as far as a phone number needs one."""

    id: str
    name: str


AGENTS = (
    Agent(id="agent_rehearsal_support", name="Rehearsal Support"),
    Agent(id="agent_rehearsal_reception", name="Rehearsal Reception"),
)


@dataclass(frozen=True, kw_only=True)
class Provider:
    """Credentials of one Twilio account in one region. `api_key_secret` never leaves the service."""

    id: str
    account_sid: str
    api_key_sid: str
    api_key_secret: str = field(repr=False)
    region: str
    label: str | None = None

    def resource(self) -> Resource:
        shown: Resource = {
            "type": "twilio",
            "id": self.id,
            "account_sid": self.account_sid,
            "api_key_sid": _masked(self.api_key_sid),
            "region": self.region,
        }
        return shown if self.label is None else shown | {"label": self.label}


@dataclass(kw_only=True)
class PhoneNumber:
    """One imported number, E.164."""

    id: str
    number: str
    label: str
    provider: Provider
    agent: Agent | None
    created_at: datetime
    updated_at: datetime

    def resource(self) -> Resource:
        return {
            "id": self.id,
            "number": self.number,
            "label": self.label,
            "agent": None if self.agent is None else {"id": self.agent.id, "name": self.agent.name},
            "provider": self.provider.resource(),
            "created_at": iso_8601(self.created_at),
            "updated_at": iso_8601(self.updated_at),
        }

    def resource_of_agent(self) -> Resource:
        """As `GET /agents/{agent_id}/phone-numbers` shows it: the older shape that Cartesia's SDK knows."""
        return {
            "agent_id": None if self.agent is None else self.agent.id,
            "created_at": iso_8601(self.created_at),
            "is_cartesia_managed": False,
            "number": self.number,
            "updated_at": iso_8601(self.updated_at),
        }


@dataclass(frozen=True, kw_only=True)
class AgentCall:
    """A call that was placed for an agent: `call_sid` is Twilio's, which processes it in `region`."""

    id: str
    agent_id: str
    number_id: str
    to: str
    call_sid: str
    region: str


class Records:
    """All of it, by id and in order of creation. Whoever changes several records holds `changing`.

    `webhooks_fail` lets Twilio refuse to send a number's calls to an agent.
    """

    def __init__(self, agents: Iterable[Agent]) -> None:
        self.agents = {agent.id: agent for agent in agents}
        self.providers: dict[str, Provider] = {}
        self.numbers: dict[str, PhoneNumber] = {}
        self.calls: dict[str, AgentCall] = {}
        self.changing = asyncio.Lock()
        self.webhooks_fail = False

    def agent(self, agent_id: str) -> Agent:
        """Refusal 404 if there is none."""
        if agent_id not in self.agents:
            raise no_such("agent", agent_id)
        return self.agents[agent_id]

    def provider(self, provider_id: str) -> Provider:
        """Refusal 404 if there is none."""
        if provider_id not in self.providers:
            raise no_such("provider", provider_id)
        return self.providers[provider_id]

    def number(self, number_id: str) -> PhoneNumber:
        """Refusal 404 if there is none."""
        if number_id not in self.numbers:
            raise no_such("phone number", number_id)
        return self.numbers[number_id]

    def linked(self, account_sid: str, region: str) -> Provider | None:
        for provider in self.providers.values():
            if (provider.account_sid, provider.region) == (account_sid, region):
                return provider
        return None

    def numbers_of(self, provider: Provider) -> list[PhoneNumber]:
        return [number for number in self.numbers.values() if number.provider.id == provider.id]

    def keep_provider(self, provider: Provider) -> None:
        """Add it, or put it in the place of the one with its id, with its numbers too."""
        self.providers[provider.id] = provider
        for number in self.numbers_of(provider):
            number.provider = provider


def new_id(prefix: str) -> str:
    """`ata` for a provider, `ap` for a number, `ac` for a call."""
    return f"{prefix}_{secrets.token_hex(11)}"


def iso_8601(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _masked(sid: str) -> str:
    hidden = max(len(sid) - 2 * _SHOWN_OF_KEY, 0)
    if hidden == 0:
        return "*" * len(sid)
    return sid[:_SHOWN_OF_KEY] + "*" * hidden + sid[-_SHOWN_OF_KEY:]
