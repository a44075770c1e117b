"""Both sides of the built-in network, looked at through the ports."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cartesia_call.check_ports import OwnedNumber
from cartesia_call.declarations.setting import Need
from cartesia_call.errors import CarrierUnavailable, SettingsError, Unauthorized
from cartesia_call.region_ports import HeldNumber, PhoneRecord, RegionalAccount
from cartesia_call.regions.survey import Acceptance, NumberView, Picture, RegionPlan, RegionsPorts, survey
from cartesia_call.wiring.regions import open_region_ports, region_plans
from cartesia_simulator.carrier.regions import SimulatedKey
from cartesia_simulator.network import API_KEYS, CALLER_ID
from tests.cli.live_network import LiveNetwork, live_network
from tests.settings.machine import Machine

US = API_KEYS["us1"]
BLIND = SimulatedKey(region="ie1", sid="SK" + "8" * 32, secret="evidently-fake", sees=frozenset())
NO_IE1 = dict.fromkeys(("TWILIO_AUTH_TOKEN_IE1", "TWILIO_API_KEY_SID_IE1", "TWILIO_API_KEY_SECRET_IE1"), "")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


class Sight:
    """A network, and what the settings of `machine` let us see of it."""

    def __init__(self, network: LiveNetwork, ports: RegionsPorts, plans: tuple[RegionPlan, ...]) -> None:
        self.network = network
        self.ports = ports
        self.plans = plans

    @property
    def record(self) -> PhoneRecord:
        return self.ports.record

    async def picture(self) -> Picture:
        return await survey(self.plans, self.ports)

    async def hold(self, key: SimulatedKey) -> None:
        """Have Cartesia hold the account's number under a provider with this key."""
        provider = self.network.agents.link(key, account_sid=self.network.account_sid)
        await self.record.import_number(CALLER_ID, provider_id=provider.id, label="x", agent_id=None)


@contextlib.asynccontextmanager
async def seeing(machine: Machine, **changes: str) -> AsyncIterator[Sight]:
    async with live_network() as network:
        environ = {**network.all_regions(), **changes}
        settings = machine.resolve(environ, needs=frozenset({Need.CARTESIA, Need.REGIONS}))
        assert settings.regions is not None
        assert settings.cartesia is not None
        async with open_region_ports(settings.cartesia, settings.regions, settings) as ports:
            yield Sight(network, ports, region_plans(settings.regions))


def verdicts(picture: Picture) -> dict[str, Acceptance | None]:
    return {view.plan.region: view.acceptance for view in picture.regions}


def only_number(picture: Picture) -> NumberView:
    (view,) = picture.numbers
    return view


async def test_every_region_is_asked_with_its_own_credentials_at_its_own_host(machine: Machine) -> None:
    """No other request is sent; a region without credentials is not asked."""
    async with seeing(machine, **NO_IE1) as sight:
        picture = await sight.picture()
        assert verdicts(picture) == {"us1": Acceptance.ACCEPTED, "ie1": None, "au1": Acceptance.ACCEPTED}
        asked = sorted(request.region for request in sight.network.carrier.requests)
        assert asked == ["au1", "us1"]


async def test_a_refused_key_is_tried_in_the_other_regions(machine: Machine) -> None:
    """So that it can be said where it was made."""
    async with seeing(machine, TWILIO_API_KEY_SID_IE1=US.sid, TWILIO_API_KEY_SECRET_IE1=US.secret) as sight:
        view = (await sight.picture()).region("ie1")
        assert view is not None
        assert (view.acceptance, type(view.error), view.valid_in) == (Acceptance.REFUSED, Unauthorized, "us1")


async def test_a_number_is_seen_as_its_providers_region_sees_it(machine: Machine) -> None:
    """Reachable, and routed where Twilio says."""
    async with seeing(machine) as sight:
        await sight.hold(API_KEYS["ie1"])
        sight.network.carrier.voice_regions[CALLER_ID] = "au1"
        view = only_number(await sight.picture())
        assert (view.is_reachable, view.seen_in, view.voice_region) == (True, None, "au1")
        assert view.provider.region == "ie1"


async def test_a_number_that_the_key_does_not_reach_is_looked_for_elsewhere(machine: Machine) -> None:
    """With the credentials of the regions that have any."""
    async with seeing(
        machine, TWILIO_API_KEY_SID_IE1=BLIND.sid, TWILIO_API_KEY_SECRET_IE1=BLIND.secret
    ) as sight:
        await sight.hold(API_KEYS["ie1"])
        sight.network.add_key(BLIND)
        view = only_number(await sight.picture())
        assert (view.is_reachable, view.seen_in) == (False, "us1")


async def test_nothing_is_known_of_a_region_without_credentials(machine: Machine) -> None:
    """The number's routing is the account's, whichever region tells it."""
    async with seeing(machine, **NO_IE1) as sight:
        await sight.hold(API_KEYS["ie1"])
        view = only_number(await sight.picture())
        assert (view.is_reachable, view.seen_in, view.voice_region) == (None, None, "us1")


async def test_a_region_that_fails_is_told_and_not_asked_again(machine: Machine) -> None:
    """However many numbers live there."""

    asked = []

    async def owned_number(number: str) -> OwnedNumber | None:
        asked.append(number)
        raise CarrierUnavailable("too many requests")

    async def voice_region(number: str) -> str | None:
        asked.append(number)
        raise CarrierUnavailable("too many requests")

    async with seeing(machine) as sight:
        await sight.hold(API_KEYS["ie1"])

        def account(whose: str, where: str) -> RegionalAccount:
            busy = sight.ports.account(whose, where)
            busy.owned_number = owned_number  # type: ignore[method-assign]  # all else as it is
            busy.voice_region = voice_region  # type: ignore[method-assign]
            return busy

        async def numbers() -> list[HeldNumber]:
            return held * 50

        held = await sight.record.numbers()
        record = sight.record
        record.numbers = numbers  # type: ignore[method-assign]  # as if there were many
        picture = await survey(sight.plans, RegionsPorts(record=record, account=account))
    assert ({*picture.lookup_errors}, str(picture.routing_error)) == ({"ie1"}, "too many requests")
    assert len(picture.numbers) == 50
    assert len(asked) <= 8


async def test_a_failure_of_ours_is_no_finding(machine: Machine) -> None:
    """Settings that cannot be used come through as they are."""

    def account(whose: str, where: str) -> RegionalAccount:
        raise SettingsError([f"no {whose} at {where}"])

    async with seeing(machine) as sight:
        with pytest.raises(SettingsError, match="no us1 at us1"):
            await survey(sight.plans, RegionsPorts(record=sight.record, account=account))
