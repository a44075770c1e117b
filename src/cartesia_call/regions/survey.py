"""Both sides of Twilio's regions, looked at: what the settings hold, and what Cartesia's record holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from enum import StrEnum

from cartesia_call.errors import CarrierError, CartesiaCallError, Unauthorized
from cartesia_call.records import dataclass
from cartesia_call.region_ports import HeldNumber, PhoneRecord, Provider, RegionalAccount

_REQUESTS_AT_ONCE = 4
"""To one account: Twilio answers 429 to too many."""

_HOME_REGION = "us1"
"""Where routing is asked about first: numbers belong to the account, whatever the region."""


@dataclass(frozen=True, kw_only=True)
class RegionPlan:
    """One region, as the settings know it.

    `signed_with` (`the API key SK...`, `the auth token`) is None without credentials. The variables are
    those that hold the credentials, or would.
    """

    region: str
    account_sid: str | None = None
    api_key_sid: str | None = None
    signed_with: str | None = None
    sid_variable: str
    secret_variable: str
    token_variable: str

    @property
    def variables(self) -> str:
        """Where the credentials are, as a sentence names it."""
        if self.signed_with is not None and self.api_key_sid is None:
            return self.token_variable
        return f"{self.sid_variable} and {self.secret_variable}"


@dataclass(frozen=True, kw_only=True)
class RegionsPorts:
    """The edge: Cartesia's record, and `account(whose, where)`.

    That is the API of region `where` with the credentials that the settings hold for region `whose`.
    """

    record: PhoneRecord
    account: Callable[[str, str], RegionalAccount]


class Acceptance(StrEnum):
    """What Twilio's API of a region says to the credentials that the settings hold for it."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class RegionView:
    """One region's credentials. `acceptance` is None without any.

    `error` says why they are not accepted, `valid_in` which other region accepts what this one refuses.
    """

    plan: RegionPlan
    acceptance: Acceptance | None = None
    error: CartesiaCallError | None = None
    valid_in: str | None = None


@dataclass(frozen=True, kw_only=True)
class NumberView:
    """A number of the record as Twilio sees it; None is what could not be found out.

    `is_reachable`: the credentials of its provider's region see it. `seen_in` is another region whose
    credentials do. `voice_region` takes calls to it.
    """

    held: HeldNumber
    provider: Provider
    is_reachable: bool | None = None
    seen_in: str | None = None
    voice_region: str | None = None


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Everything that was seen. `record_error`: Cartesia's record could not be read, and is empty here.

    `lookup_errors` says of a region why its credentials could not be asked about all numbers that live
    there, `routing_error` why Twilio did not tell of all numbers which region takes their calls.
    """

    regions: tuple[RegionView, ...]
    providers: tuple[Provider, ...] = ()
    numbers: tuple[NumberView, ...] = ()
    record_error: CartesiaCallError | None = None
    lookup_errors: Mapping[str, CarrierError] = field(default_factory=dict)
    routing_error: CarrierError | None = None

    def region(self, name: str | None) -> RegionView | None:
        """The view of a region that the settings can name."""
        return next((view for view in self.regions if view.plan.region == name), None)

    def numbers_of(self, provider: Provider) -> tuple[NumberView, ...]:
        """What lives under a provider."""
        return tuple(view for view in self.numbers if view.provider.id == provider.id)


async def survey(plans: Iterable[RegionPlan], ports: RegionsPorts) -> Picture:
    """Ask both sides, as far as the settings' credentials go. What cannot be asked is told as unknown."""
    return await _Survey(tuple(plans), ports).run()


class _Survey:
    def __init__(self, plans: tuple[RegionPlan, ...], ports: RegionsPorts) -> None:
        self._plans = plans
        self._ports = ports
        self._accounts: dict[tuple[str, str], RegionalAccount] = {}
        self._slots = asyncio.Semaphore(_REQUESTS_AT_ONCE)
        self._lookup_errors: dict[str, CarrierError] = {}
        self._routing_error: CarrierError | None = None

    async def run(self) -> Picture:
        try:
            return await self._look()
        except ExceptionGroup as failures:
            failure = failures.exceptions[0]
        finally:
            for account in self._accounts.values():
                await account.close()
        raise failure

    async def _look(self) -> Picture:
        async with asyncio.TaskGroup() as group:
            record = group.create_task(self._record())
            asked = [group.create_task(self._credentials(plan)) for plan in self._plans]
        regions = tuple(task.result() for task in asked)
        providers, held, record_error = record.result()
        by_id = {provider.id: provider for provider in providers}
        async with asyncio.TaskGroup() as group:
            numbers = [
                group.create_task(
                    self._number(number, by_id.get(number.provider.id, number.provider), regions)
                )
                for number in held
            ]
        return Picture(
            regions=regions,
            providers=tuple(providers),
            numbers=tuple(task.result() for task in numbers),
            record_error=record_error,
            lookup_errors=self._lookup_errors,
            routing_error=self._routing_error,
        )

    async def _record(self) -> tuple[list[Provider], list[HeldNumber], CartesiaCallError | None]:
        try:
            return await self._ports.record.providers(), await self._ports.record.numbers(), None
        except CartesiaCallError as error:
            return [], [], error

    async def _credentials(self, plan: RegionPlan) -> RegionView:
        if plan.signed_with is None:
            return RegionView(plan=plan)
        try:
            await self._account(plan.region, plan.region).account()
        except Unauthorized as error:
            others = [other.region for other in self._plans if other.region != plan.region]
            valid = [region for region in others if await self._is_accepted(plan.region, region)]
            return RegionView(
                plan=plan, acceptance=Acceptance.REFUSED, error=error, valid_in=valid[0] if valid else None
            )
        except CarrierError as error:
            return RegionView(plan=plan, acceptance=Acceptance.UNKNOWN, error=error)
        return RegionView(plan=plan, acceptance=Acceptance.ACCEPTED)

    async def _is_accepted(self, whose: str, where: str) -> bool:
        try:
            await self._account(whose, where).account()
        except CarrierError:
            return False
        return True

    async def _number(
        self, held: HeldNumber, provider: Provider, regions: tuple[RegionView, ...]
    ) -> NumberView:
        """As its provider's account, which must be the settings', sees it."""
        if provider.type != "twilio":
            return NumberView(held=held, provider=provider)
        accepted = [
            view.plan.region
            for view in regions
            if view.acceptance is Acceptance.ACCEPTED and view.plan.account_sid == provider.account_sid
        ]
        is_reachable = await self._owns(provider.region, held.number) if provider.region in accepted else None
        seen_in = None
        if is_reachable is False:
            others = [region for region in accepted if region != provider.region]
            seen = [region for region in others if await self._owns(region, held.number)]
            seen_in = seen[0] if seen else None
        home = _HOME_REGION if _HOME_REGION in accepted else next(iter(accepted), None)
        return NumberView(
            held=held,
            provider=provider,
            is_reachable=is_reachable,
            seen_in=seen_in,
            voice_region=await self._voice_region(home, held.number),
        )

    async def _owns(self, region: str | None, number: str) -> bool | None:
        """After a failure the region is not asked again: thousands of numbers would each wait for theirs."""
        if region is None:
            return None
        async with self._slots:
            if region in self._lookup_errors:
                return None
            try:
                return await self._account(region, region).owned_number(number) is not None
            except CarrierError as error:
                self._lookup_errors.setdefault(region, error)
        return None

    async def _voice_region(self, region: str | None, number: str) -> str | None:
        if region is None:
            return None
        async with self._slots:
            if self._routing_error is not None:
                return None
            try:
                return await self._account(region, region).voice_region(number)
            except CarrierError as error:
                self._routing_error = self._routing_error or error
        return None

    def _account(self, whose: str, where: str) -> RegionalAccount:
        if (whose, where) not in self._accounts:
            self._accounts[whose, where] = self._ports.account(whose, where)
        return self._accounts[whose, where]
