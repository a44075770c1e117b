"""`providers`: what is sent, who is asked for a key, and what each refusal tells to do."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import pty
import re
import select

import pytest

from cartesia_simulator.network import API_KEYS
from tests.cli.live_network import live_network
from tests.cli.record import NUMBER, Desk
from tests.cli_process import CommandLine
from tests.vendors.http_peers import answering, serving

ACCOUNT_SID = "AC" + "0" * 32
KEYS = {
    "US": ("SK" + "1" * 32, "evidently-fake-us-secret"),
    "IE": ("SK" + "2" * 32, "evidently-fake-ie-secret"),
}

# The bodies of the two requests in Cartesia's page on regional routing, "Setting Up Multi-Region".
GUIDE = {
    "us1": """{
    "type": "twilio",
    "account_sid": "YOUR_TWILIO_ACCOUNT_SID",
    "api_key_sid": "US_API_KEY_SID",
    "api_key_secret": "US_API_KEY_SECRET",
    "region": "us1"
  }""",
    "ie1": """{
    "type": "twilio",
    "account_sid": "YOUR_TWILIO_ACCOUNT_SID",
    "api_key_sid": "IE_API_KEY_SID",
    "api_key_secret": "IE_API_KEY_SECRET",
    "region": "ie1"
  }""",
}


@pytest.mark.parametrize("region", list(GUIDE))
async def test_add_sends_what_the_guide_sends(run_cli: CommandLine, region: str) -> None:
    """Method, path, headers and JSON of its curl commands, with the placeholders filled in."""
    answer = {"type": "twilio", "id": "ata_1", "account_sid": ACCOUNT_SID, "region": region}
    settings = {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "CARTESIA_API_KEY": "sk_car_fake"}
    for name, (sid, secret) in KEYS.items():
        suffix = "" if name == "US" else f"_{name}1"
        settings |= {f"TWILIO_API_KEY_SID{suffix}": sid, f"TWILIO_API_KEY_SECRET{suffix}": secret}
    async with serving(answering(201, answer)) as peer:
        environment = {**settings, "CARTESIA_BASE_URL": peer.url}
        ran = await asyncio.to_thread(run_cli, "providers", "add", "--region", region, env=environment)
    assert (ran.status, ran.stdout) == (0, f"added provider ata_1 ({region})\n")
    (request,) = peer.requests
    assert (request.method, request.path) == ("POST", "/agents/phone-numbers/providers")
    assert request.headers["authorization"] == "Bearer sk_car_fake"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["cartesia-version"] == "2026-03-01"
    expected = GUIDE[region].replace("YOUR_TWILIO_ACCOUNT_SID", ACCOUNT_SID)
    for name, (sid, secret) in KEYS.items():
        expected = expected.replace(f"{name}_API_KEY_SID", sid).replace(f"{name}_API_KEY_SECRET", secret)
    assert json.loads(request.body) == json.loads(expected)


async def test_a_provider_is_added_listed_shown_updated_and_removed(run_cli: CommandLine) -> None:
    """By label, region or id; one object per line with --json, a table without."""
    async with live_network() as network:
        desk = Desk(run_cli, network, "us1", "ie1")
        made = await desk.done("providers", "add", "--region", "ie1", "--label", "Ireland")
        assert (made["schema"], made["region"], made["label"]) == (1, "ie1", "Ireland")
        assert API_KEYS["ie1"].sid not in made["api_key_sid"]
        await desk.done("providers", "add", "--region", "us1")

        listed = await desk.run("providers", "list", "--json")
        assert [json.loads(line)["region"] for line in listed.stdout.splitlines()] == ["ie1", "us1"]
        table = await desk.run("providers", "list")
        heading, first, _ = table.stdout.splitlines()
        assert heading.split() == ["ID", "REGION", "ACCOUNT", "KEY", "LABEL"]
        assert first.split()[:2] == [made["id"], "ie1"]

        await desk.done("numbers", "import", NUMBER, "--provider", "ireland")
        shown = await desk.done("providers", "show", "ie1")
        assert (shown["id"], shown["numbers"]) == (made["id"], [NUMBER])
        text = (await desk.run("providers", "show", made["id"])).stdout
        assert re.search(rf"^numbers +{re.escape(NUMBER)}$", text, re.MULTILINE)

        updated = await desk.done("providers", "update", "Ireland")
        assert updated["id"] == made["id"]
        assert (await desk.done("providers", "remove", "us1", "--yes"))["removed"]
        assert list(network.agents.providers) == [made["id"]]


async def test_the_pair_of_account_and_region_is_unique(exec_cli: CommandLine) -> None:
    """The refusal says which provider there is, and that it can be updated; the hint works."""
    async with live_network() as network:
        desk = Desk(exec_cli, network, "ie1")
        made = await desk.done("providers", "add", "--region", "ie1", "--label", "Ireland")
        ran = await desk.run("providers", "add", "--region", "ie1")
        assert (ran.status, ran.stdout) == (21, "")
        assert (
            f'Cartesia has provider {made["id"]} (ie1, "Ireland") for {desk.account_sid} in ie1' in ran.stderr
        )
        hint = re.search(r"`(cartesia-call providers update \S+)`", ran.stderr)
        assert hint is not None
        await desk.follow([hint[1]])


async def test_a_provider_with_numbers_stays(run_cli: CommandLine) -> None:
    """The refusal says which numbers, masked, by their ids, and how to get rid of them."""
    async with live_network() as network:
        desk = Desk(run_cli, network, "us1")
        await desk.done("providers", "add")
        held = await desk.done("numbers", "import", NUMBER, "--provider", "us1")
        ran = await desk.run("providers", "remove", "us1", "--yes")
        assert (ran.status, NUMBER in ran.stderr) == (21, False)
        assert f"+1202***0100 ({held['id']})" in ran.stderr
        assert f"`cartesia-call numbers remove {held['id']}`" in ran.stderr


async def test_a_key_of_another_region_is_unauthorized(run_cli: CommandLine) -> None:
    """Cartesia tries it with Twilio in the region, and says so: exit 20."""
    async with live_network() as network:
        desk = Desk(run_cli, network)
        desk.set_key("ie1", API_KEYS["us1"].sid, API_KEYS["us1"].secret)
        ran = await desk.run("providers", "add", "--region", "ie1")
        assert ran.status == 20
        assert f"does not take the key {API_KEYS['us1'].sid}" in ran.stderr
        assert network.agents.providers == {}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "set TWILIO_ACCOUNT_SID, TWILIO_API_KEY_SID_IE1 and TWILIO_API_KEY_SECRET_IE1"),
        (
            {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": "fake-token", "TWILIO_REGION": "ie1"},
            "only an auth token, which Cartesia does not take",
        ),
        (
            # A plain key is us1's, whatever --region says.
            {
                "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
                "TWILIO_API_KEY_SID": KEYS["US"][0],
                "TWILIO_API_KEY_SECRET": KEYS["US"][1],
            },
            "the settings hold no API key for ie1",
        ),
    ],
)
def test_without_a_key_and_a_terminal_nothing_is_sent(
    run_cli: CommandLine, settings: dict[str, str], said: str
) -> None:
    """Exit 2, and which variables to set."""
    ran = run_cli("providers", "add", "--region", "ie1", env={**settings, "CARTESIA_API_KEY": "sk_car_fake"})
    assert (ran.status, ran.stdout) == (2, "")
    assert said in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "--region", "mars"), "--region: 'mars'"),
        (("remove", "ata_1"), "add --yes"),
        (("update", "nobody"), "holds no provider 'nobody'"),
    ],
)
async def test_wrong_usage_is_2(run_cli: CommandLine, arguments: tuple[str, ...], said: str) -> None:
    """One sentence; with --json one object."""
    async with live_network() as network:
        desk = Desk(run_cli, network, "us1")
        if arguments[0] == "remove":
            arguments = ("remove", network.agents.link(API_KEYS["us1"], account_sid=desk.account_sid).id)
        ran = await desk.run("providers", *arguments, "--json")
        assert ran.status == 2
        assert said in ran.stderr
        fields = json.loads(ran.stdout)
        assert (fields["exit_code"], fields["error"]["kind"]) == (2, "InputError")


async def test_an_account_cannot_change(run_cli: CommandLine) -> None:
    """A key of another account is not sent at all."""
    async with live_network() as network:
        desk = Desk(run_cli, network, "us1")
        provider = network.agents.link(API_KEYS["us1"], account_sid="AC" + "9" * 32)
        ran = await desk.run("providers", "update", provider.id)
        assert ran.status == 2
        assert "a provider's account cannot change" in ran.stderr


async def test_a_terminal_is_asked_for_the_key_and_shows_no_secret(run_cli: CommandLine) -> None:
    """What is typed for the secret is not echoed; a malformed answer is asked for again."""
    key = API_KEYS["ie1"]
    async with live_network() as network:
        environment = {
            "CARTESIA_API_KEY": network.environment()["CARTESIA_API_KEY"],
            "CARTESIA_BASE_URL": network.speech_url,
        }
        answers = (
            ("Account SID", network.account_sid),
            ("API key SID", "nonsense"),
            ("API key SID", key.sid),
            ("API key secret (hidden)", key.secret),
        )
        status, seen = await asyncio.to_thread(
            at_terminal, run_cli, environment, answers, "add", "--region", "ie1"
        )
        assert status == 0, seen
        assert "That is not SK and 32 hexadecimal digits" in seen
        assert key.secret not in seen
        (provider,) = network.agents.providers.values()
        assert (provider.api_key_secret, provider.region) == (key.secret, "ie1")


async def test_removal_is_asked_about_on_a_terminal(run_cli: CommandLine) -> None:
    """A no leaves everything as it is."""
    async with live_network() as network:
        provider = network.agents.link(API_KEYS["us1"], account_sid=network.account_sid)
        for answer, left in (("n", [provider.id]), ("y", [])):
            status, seen = await asyncio.to_thread(
                at_terminal, run_cli, network.environment(), (("[y/N]", answer),), "remove", provider.id
            )
            assert status == 0
            assert ("nothing was removed" in seen) is (answer == "n")
            assert list(network.agents.providers) == left


async def test_a_question_without_an_answer_is_wrong_usage(run_cli: CommandLine) -> None:
    """Ctrl-D: a sentence, and with --json an object with the exit status it has; a no is an object, too."""
    async with live_network() as network:
        provider = network.agents.link(API_KEYS["us1"], account_sid=network.account_sid)
        ask = functools.partial(at_terminal, run_cli, network.environment())
        arguments = ("remove", provider.id, "--json")
        status, seen = await asyncio.to_thread(ask, (("[y/N]", "\x04"),), *arguments)
        assert (status, '"exit_code": 2' in seen) == (2, True)
        assert "the question was not answered: nothing was changed" in seen
        status, seen = await asyncio.to_thread(ask, (("[y/N]", "n"),), *arguments)
        assert (status, '"removed": null' in seen) == (0, True)
        assert list(network.agents.providers) == [provider.id]


def at_terminal(
    run_cli: CommandLine, environment: dict[str, str], answers: tuple[tuple[str, str], ...], *arguments: str
) -> tuple[int, str]:
    """Run `providers` at a pseudo-terminal, answer its questions in turn; exit status, and what was seen."""
    screen, terminal = pty.openpty()
    process = run_cli.start(
        "providers", *arguments, env=environment, stdin=terminal, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    seen = unanswered = ""
    left = list(answers)
    try:
        while select.select([screen], [], [], 20)[0]:
            try:
                text = os.read(screen, 4096).decode()
            except OSError:  # the last holder of the other side has closed it
                break
            if not text:
                break
            seen += text
            unanswered += text
            if left and left[0][0] + ":" in unanswered:
                os.write(screen, left.pop(0)[1].encode() + b"\n")
                unanswered = ""
        return process.wait(timeout=20), seen
    finally:
        os.close(screen)
