"""`--region`: every request of a call goes to one region, with that region's credentials."""

from __future__ import annotations

import asyncio
import json

import pytest

from cartesia_simulator.network import API_KEYS, AUTH_TOKENS, BuiltInNetwork
from tests.calls.rehearsed import rehearsed
from tests.cli.live_network import live_environment, live_network, only_call
from tests.cli.record import Desk
from tests.cli_process import CommandLine

NUMBER = "+12025550143"
REGIONS = ("us1", "ie1", "au1")


def asked_regions(network: BuiltInNetwork) -> set[str]:
    return {request.region for request in network.carrier.requests}


@pytest.mark.skipping
@pytest.mark.parametrize("region", REGIONS)
async def test_a_rehearsed_call_stays_in_its_region(region: str) -> None:
    """Placed, watched and hung up at that host; its stream and callbacks are signed with that token."""
    async with rehearsed(region=region) as call:
        result = await call.run()
        assert (result.outcome, call.plan.region) == ("delivered", region)
        assert call.simulated.region == region
        assert asked_regions(call.network) == {region}
        assert call.network.carrier.requests[-1].http_status == 200


@pytest.mark.parametrize("region", REGIONS)
async def test_a_live_call_stays_in_its_region(run_cli: CommandLine, region: str) -> None:
    """`dial --region` picks host and credentials out of the settings of all regions."""
    async with live_network("answers,ring:0s") as network:
        environment = {**network.all_regions(), **live_environment(network)}
        ran = await asyncio.to_thread(run_cli, "dial", NUMBER, "Hello.", "--region", region, env=environment)
        assert ran.status == 0, ran.stderr
        call = only_call(network)
        assert (call.region, asked_regions(network)) == (region, {region})


@pytest.mark.parametrize("command", [("dial", NUMBER, "Hello."), ("check", "--no-spend")])
async def test_a_us_key_in_another_region_is_explained(
    run_cli: CommandLine, command: tuple[str, ...]
) -> None:
    """Exit 20, where the request went, and which variables hold a key of that region."""
    async with live_network() as network:
        desk = Desk(run_cli, network)
        key = API_KEYS["us1"]
        environment = {
            **network.all_regions(),
            **live_environment(network),
            **dict.fromkeys(("TWILIO_AUTH_TOKEN_IE1", "TWILIO_API_KEY_SID_IE1"), ""),
            "TWILIO_API_KEY_SECRET_IE1": "",
            "TWILIO_API_KEY_SID": key.sid,
            "TWILIO_API_KEY_SECRET": key.secret,
        }
        ran = await desk.run(*command, "--region", "ie1", env=environment)
        assert ran.status == 20
        said = ran.stdout + ran.stderr
        assert "The request went to region ie1" in said
        assert "set TWILIO_API_KEY_SID_IE1 and TWILIO_API_KEY_SECRET_IE1" in said
        assert network.carrier.calls == {}


@pytest.mark.parametrize("region", ["ie1", "au1"])
async def test_check_proves_that_key_and_region_agree(run_cli: CommandLine, region: str) -> None:
    """The line about the credentials names region, edge and key; only that region was asked."""
    async with live_network() as network:
        environment = {**network.all_regions(), **live_environment(network)}
        ran = await asyncio.to_thread(
            run_cli, "check", "--no-spend", "--json", "--region", region, env=environment
        )
        checks = {check["name"]: check for check in json.loads(ran.stdout)["checks"]}
        assert checks["credentials"]["status"] == "pass"
        assert f"is not Twilio, in region {region} (edge " in checks["credentials"]["detail"]
        assert API_KEYS[region].sid in checks["credentials"]["detail"]
        assert asked_regions(network) == {region}


async def test_check_rehearses_in_a_region(run_cli: CommandLine) -> None:
    """The built-in network's credentials of that region."""
    ran = await asyncio.to_thread(run_cli, "check", "--rehearse", "--region", "ie1", "--json")
    checks = {check["name"]: check for check in json.loads(ran.stdout)["checks"]}
    assert (ran.status, checks["credentials"]["value"]["region"]) == (0, "ie1")


async def test_hangup_looks_in_the_region(run_cli: CommandLine) -> None:
    """A call is only known where it was placed."""
    async with live_network() as network:
        ran = await asyncio.to_thread(
            run_cli, "hangup", "CA" + "0" * 32, "--region", "au1", env=network.all_regions()
        )
        assert (ran.status, asked_regions(network)) == (2, {"au1"})
        assert "in au1" in ran.stderr


def test_tokens_differ() -> None:
    """Or the tests above would prove little."""
    assert len(set(AUTH_TOKENS.values())) == len(REGIONS)
