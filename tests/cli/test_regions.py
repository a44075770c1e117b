"""`regions`: each row of the guide's troubleshooting table, met, diagnosed, and put right by its own hint."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest

from cartesia_call.cli.regions import render_finding, table_rows
from cartesia_call.region_ports import HeldNumber, Provider
from cartesia_call.regions.diagnosis import Finding
from cartesia_call.regions.survey import NumberView, Picture
from cartesia_call.vendors.cartesia_http import CartesiaApi
from cartesia_simulator.carrier.regions import SimulatedKey
from cartesia_simulator.network import API_KEYS
from tests.cli.live_network import LiveNetwork, live_network
from tests.cli.record import AGENT, NUMBER, Desk
from tests.cli_process import CommandLine
from tests.vendors.access import access_to

US, IE = API_KEYS["us1"], API_KEYS["ie1"]
NEW_IE = SimulatedKey(region="ie1", sid="SK" + "7" * 32, secret="evidently-fake-irish-secret")
BLIND_IE = SimulatedKey(
    region="ie1", sid="SK" + "8" * 32, secret="evidently-fake-blind-secret", sees=frozenset()
)


async def outbound_call(network: LiveNetwork) -> dict[str, object]:
    """What Cartesia says of a call that its agent is to place from the one number it holds."""
    known = network.environment()
    (number_id,) = network.agents.numbers
    body: dict[str, object] = {
        "from_number_id": number_id,
        "agent_id": AGENT,
        "outbound_calls": [{"to_number": "+12025550143"}],
    }
    async with CartesiaApi(
        access_to(known["CARTESIA_BASE_URL"], key=known["CARTESIA_API_KEY"], timeout_s=10)
    ) as api:
        answer = (await api.request("POST", "/agents/calls", body=body)).body
    assert isinstance(answer, dict)
    (call,) = answer["calls"]
    return dict(call)


async def linked(desk: Desk, region: str) -> None:
    """The region's key at Cartesia, and the account's number with an agent under it."""
    desk.network.carrier.voice_regions[NUMBER] = region
    await desk.done("providers", "add", "--region", region)
    await desk.done("numbers", "import", NUMBER, "--provider", region, "--agent", AGENT)


async def test_auth_error_after_a_key_is_gone(run_cli: CommandLine) -> None:
    """Row 1. Outbound calls fail, for the key that Cartesia and the settings hold is not valid any more."""
    async with live_network() as network:
        desk = Desk(run_cli, network, "us1", "ie1")
        await linked(desk, "ie1")
        assert "agent_call_id" in await outbound_call(network)
        network.revoke_key(IE.sid)
        assert "20003" in str((await outbound_call(network))["error"])

        status, (fault,) = await desk.faults()
        assert (status, fault["kind"], fault["region"]) == (20, "key-refused", "ie1")
        assert "set TWILIO_API_KEY_SID_IE1 and TWILIO_API_KEY_SECRET_IE1" in fault["fix"]

        network.add_key(NEW_IE)
        desk.set_key("ie1", NEW_IE.sid, NEW_IE.secret)
        await desk.follow(fault["commands"])
        assert await desk.faults() == (0, [])
        assert "agent_call_id" in await outbound_call(network)


async def test_auth_error_of_a_key_in_the_wrong_region(run_cli: CommandLine) -> None:
    """Row 1. The provider says ie1, and its key was made in us1."""
    async with live_network() as network:
        desk = Desk(run_cli, network, "us1", "ie1")
        network.agents.link(US, account_sid=network.account_sid, region="ie1")
        refused = await desk.run("numbers", "import", NUMBER, "--provider", "ie1")
        assert (refused.status, "20003" in refused.stderr) == (21, True)

        status, (fault,) = await desk.faults()
        assert (status, fault["kind"]) == (20, "key-of-other-region")
        assert "is the one of us1: outbound calls and transfers fail" in fault["detail"]

        await desk.follow(fault["commands"])
        assert await desk.faults() == (0, [])
        await desk.done("numbers", "import", NUMBER, "--provider", "ie1")


async def test_a_us_key_in_the_irish_settings_is_known_for_one(run_cli: CommandLine) -> None:
    """Row 1, on our side: who refuses it, and where it was made."""
    async with live_network() as network:
        desk = Desk(run_cli, network)
        desk.set_key("ie1", US.sid, US.secret)
        status, (fault,) = await desk.faults()
        assert (status, fault["kind"]) == (20, "key-refused")
        assert "accepts it in us1: a us1 key does not work in ie1" in fault["detail"]


async def test_calls_route_through_the_wrong_region(run_cli: CommandLine) -> None:
    """Row 2. Twilio takes the number's calls in ie1, and Cartesia has it under the provider of us1."""
    async with live_network() as network:
        desk = Desk(run_cli, network, "us1", "ie1")
        await linked(desk, "us1")
        network.carrier.voice_regions[NUMBER] = "ie1"
        status, (fault,) = await desk.faults()
        assert (status, fault["kind"], fault["number"]) == (21, "wrong-provider", NUMBER)

        await desk.follow(fault["commands"])
        assert await desk.faults() == (0, [])
        (held,) = network.agents.numbers.values()
        assert held.provider.region == "ie1"


async def test_an_update_is_rejected_with_unreachable_numbers(run_cli: CommandLine) -> None:
    """Row 3. The settings' new key does not reach a number that Cartesia holds in its region."""
    async with live_network() as network:
        desk = Desk(run_cli, network, "us1", "ie1")
        await linked(desk, "ie1")
        (held,) = network.agents.numbers.values()
        network.add_key(BLIND_IE)
        desk.set_key("ie1", BLIND_IE.sid, BLIND_IE.secret)
        rejected = await desk.run("providers", "update", "ie1", "--json")
        assert rejected.status == 21
        assert json.loads(rejected.stdout)["unreachable_numbers"] == [NUMBER]
        assert f"+1202***0100 ({held.id})" in rejected.stderr
        assert f"cartesia-call numbers move {held.id} --to PROVIDER" in rejected.stderr

        network.carrier.voice_regions[NUMBER] = "us1"
        status, (fault,) = await desk.faults()
        assert (status, fault["kind"], fault["number"]) == (21, "unreachable-number", NUMBER)
        await desk.follow(fault["commands"])
        await desk.done("providers", "update", "ie1")
        assert await desk.faults() == (0, [])


async def test_the_table_shows_both_sides(exec_cli: CommandLine) -> None:
    """A row for each region: credentials, Twilio's verdict, the provider, its key, its numbers."""
    async with live_network() as network:
        desk = Desk(exec_cli, network, "us1", "ie1")
        await linked(desk, "us1")
        ran = await desk.run("regions")
        assert (ran.status, ran.stderr) == (0, "")
        heading, us1, ie1, au1, note, verdict = (
            re.split(r"\s{2,}", line) for line in ran.stdout.splitlines()
        )
        assert heading == ["REGION", "CREDENTIALS", "TWILIO", "PROVIDER", "ITS KEY", "NUMBERS"]
        (provider_id,) = network.agents.providers
        assert us1 == ["us1", f"API key {US.sid}", "accepted", provider_id, "the same", NUMBER]
        assert ie1 == ["ie1", f"API key {IE.sid}", "accepted", "-", "-", "-"]
        assert au1 == ["au1", "-", "-", "-", "-", "-"]
        assert note[0] == "note"
        assert "cartesia-call providers add --region ie1" in note[1]
        assert verdict == ["nothing is wrong"]


def test_a_terminal_gets_folded_lines_and_a_program_one() -> None:
    """What is wrong, and below it what to do; ids and commands' words stay whole."""
    finding = Finding(kind="x", detail="something is wrong with ata_1", fix="cartesia-call providers list")
    assert (
        render_finding(finding, None) == "note   something is wrong with ata_1; cartesia-call providers list"
    )
    assert render_finding(finding, 32).splitlines() == [
        "note   something is wrong with",
        "       ata_1",
        "       fix: cartesia-call",
        "       providers list",
    ]


@pytest.mark.parametrize(
    ("settings", "status", "kind"),
    [
        ({"CARTESIA_API_KEY": "sk_car_wrong"}, 20, "record-unreadable"),
        ({"CARTESIA_BASE_URL": "http://127.0.0.1:9"}, 23, "record-unreadable"),
        ({"TWILIO_BASE_URL_US1": "http://127.0.0.1:9"}, 22, "twilio-unknown"),
    ],
)
async def test_a_side_that_cannot_be_seen_is_a_fault_and_hides_nothing_else(
    run_cli: CommandLine, settings: dict[str, str], status: int, kind: str
) -> None:
    """The other side is told all the same; the exit status says which is missing."""
    async with live_network() as network:
        desk = Desk(run_cli, network, "us1", "ie1")
        desk.settings |= settings
        got, (fault,) = await desk.faults()
        assert (got, fault["kind"]) == (status, kind)
        ran = await desk.run("regions", "--quiet")
        assert (ran.status, len(ran.stdout.splitlines())) == (status, 1)
        assert ran.stderr == "cartesia-call: 1 fault in Twilio's regions, see above\n"


async def test_plain_credentials_belong_to_the_region_in_use(run_cli: CommandLine) -> None:
    """TWILIO_REGION says whose they are; a token is asked about like a key, and cannot be linked."""
    async with live_network() as network:
        desk = Desk(run_cli, network)
        desk.settings |= {"TWILIO_AUTH_TOKEN": "rehearsal-auth-token-au1", "TWILIO_REGION": "au1"}
        ran = await desk.run("regions", "--json")
        fields = json.loads(ran.stdout)
        assert [(view["region"], view["credentials"], view["twilio"]) for view in fields["regions"]] == [
            ("us1", None, None),
            ("ie1", None, None),
            ("au1", "auth-token", "accepted"),
        ]
        (finding,) = fields["findings"]
        assert finding["kind"] == "no-provider"
        assert "set TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET" in finding["fix"]


async def test_nothing_is_called_right_that_was_not_tried(run_cli: CommandLine) -> None:
    """Without credentials of ours only Cartesia's record is seen."""
    async with live_network() as network:
        desk = Desk(run_cli, network)
        network.agents.link(IE, account_sid=network.account_sid)
        ran = await desk.run("regions")
        assert ran.status == 0
        assert ran.stdout.splitlines()[-1].startswith("nothing is known to be wrong: the settings hold no")


def test_the_table_has_a_row_for_each_number_without_a_known_provider_and_bounds_its_cells() -> None:
    """A number that Cartesia sold has no provider; a hundred of them are no line to read."""
    bought = HeldNumber(
        id="ap_1",
        number=NUMBER,
        label=None,
        agent_id=None,
        agent_name=None,
        provider=Provider(id="", type="cartesia"),
    )
    ours = Provider(id="ata_1", type="twilio", region="ie1")
    many = tuple(
        NumberView(
            held=dataclasses.replace(bought, provider=ours, number=f"+120255501{i:02d}"), provider=ours
        )
        for i in range(100)
    )
    alone = NumberView(held=bought, provider=bought.provider)
    *_, crowded, last = table_rows(Picture(regions=(), providers=(ours,), numbers=(*many, alone)))
    assert str(crowded[-1]).endswith("+12025550119 and 80 more")
    assert last == ("cartesia", None, None, "", None, NUMBER)
