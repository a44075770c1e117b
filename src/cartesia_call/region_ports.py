"""What the edge implements and `regions/` relies on: Cartesia's record, and an account in one region."""

from __future__ import annotations

from dataclasses import field
from typing import Protocol

from cartesia_call.check_ports import CarrierAccount
from cartesia_call.records import dataclass


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """Credentials of an account, made in one region and valid there only."""

    account_sid: str
    sid: str
    secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Provider:
    """What Cartesia calls a provider: the credentials of one account in one region.

    `type` is `twilio` or `sip_trunk`, which has no account, key and region. Of `api_key_sid` Cartesia shows
    a part, of the secret nothing.
    """

    id: str
    type: str
    account_sid: str | None = None
    api_key_sid: str | None = None
    region: str | None = None
    label: str | None = None


@dataclass(frozen=True, kw_only=True)
class HeldNumber:
    """A number in Cartesia's record. `provider` is as much as the record tells beside the number.

    `provider.type` may be `cartesia` too, for a number bought there; `provider.id` is empty for one without.
    """

    id: str
    number: str
    label: str | None
    agent_id: str | None
    agent_name: str | None
    provider: Provider
    created_at: str | None = None
    updated_at: str | None = None


class PhoneRecord(Protocol):
    """Cartesia's record of credentials and numbers.

    Unauthorized: Cartesia refuses its key, or, asked by Cartesia, the carrier refuses the new credentials.
    InputError: there is no such thing. ServiceRefused: it will not be, NumbersUnreachable among it.
    SpeechUnavailable: nothing was changed, trying later may help. ChangeUnknown: whether it was changed must
    be looked up.
    """

    async def providers(self) -> list[Provider]:
        """All of them."""

    async def provider(self, provider_id: str) -> Provider:
        """One of them."""

    async def add_provider(self, key: ApiKey, *, region: str, label: str | None) -> Provider:
        """Link credentials. ServiceRefused, 409: the account has a provider in this region."""

    async def update_provider(self, provider_id: str, key: ApiKey, *, region: str | None) -> Provider:
        """Replace the credentials; the account stays, and the region unless there is one."""

    async def remove_provider(self, provider_id: str) -> None:
        """ServiceRefused, 409: numbers live there."""

    async def numbers(self) -> list[HeldNumber]:
        """All of them, however many pages that is."""

    async def number(self, number_id: str) -> HeldNumber:
        """One of them."""

    async def import_number(
        self, number: str, *, provider_id: str, label: str, agent_id: str | None
    ) -> HeldNumber:
        """Take a number of the provider's account in. ServiceRefused, 409: it is in already.

        After a ServiceRefused, 400, with an agent the number may be in, without the agent.
        """

    async def move_number(self, number_id: str, *, provider_id: str) -> HeldNumber:
        """Put the number under another provider, whose account must have it."""

    async def assign_number(self, number_id: str, *, agent_id: str | None) -> HeldNumber:
        """Let an agent answer the number; None: nobody."""

    async def remove_number(self, number_id: str) -> None:
        """Forget the number, which stays the account's. ServiceRefused, 400: an agent answers it."""


class RegionalAccount(CarrierAccount, Protocol):
    """An account as the carrier's API of one region shows it."""

    async def voice_region(self, number: str) -> str | None:
        """The region that takes calls to this number of the account (`ie1`); None if that is not told.

        CarrierError where asking again may help.
        """
