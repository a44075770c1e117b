"""`numbers`: taken in, moved, assigned and removed, and what each refusal tells to do."""

from __future__ import annotations

import json

from cartesia_simulator.network import API_KEYS
from tests.cli.live_network import live_network
from tests.cli.record import AGENT, NUMBER, Desk
from tests.cli_process import CommandLine


async def test_a_number_is_imported_moved_assigned_and_removed(run_cli: CommandLine) -> None:
    """Named in any spelling of E.164, or by id."""
    async with live_network() as network:
        desk = Desk(run_cli, network, "us1", "ie1")
        us1 = await desk.done("providers", "add")
        ie1 = await desk.done("providers", "add", "--region", "ie1")
        wanted = ("+1 (202) 555-0100", "--provider", "us1", "--label", "Alerts")
        made = await desk.done("numbers", "import", *wanted)
        assert (made["schema"], made["number"], made["label"], made["agent"]) == (1, NUMBER, "Alerts", None)
        assert made["provider"]["id"] == us1["id"]

        assert (await desk.done("numbers", "move", NUMBER, "--to", "ie1"))["provider"]["id"] == ie1["id"]
        assigned = await desk.done("numbers", "assign", made["id"], "--agent", AGENT)
        assert assigned["agent"]["id"] == AGENT
        table = await desk.run("numbers", "list")
        heading, row = table.stdout.splitlines()
        assert heading.split() == ["NUMBER", "ID", "PROVIDER", "REGION", "AGENT", "LABEL"]
        assert row.split()[:4] == [NUMBER, made["id"], ie1["id"], "ie1"]

        ran = await desk.run("numbers", "remove", made["id"], "--yes")
        assert ran.status == 21
        assert f"+1202***0100 ({made['id']}) is assigned to agent {AGENT}" in ran.stderr
        assert f"`cartesia-call numbers unassign {made['id']}`" in ran.stderr
        assert (await desk.done("numbers", "unassign", NUMBER))["agent"] is None
        assert (await desk.done("numbers", "remove", NUMBER, "--yes"))["number"] == NUMBER
        assert network.agents.numbers == {}


async def test_an_agent_that_could_not_be_assigned_is_told_from_a_failed_import(
    run_cli: CommandLine,
) -> None:
    """The number is in, without the agent; the hint is what is left to do."""
    async with live_network() as network:
        desk = Desk(run_cli, network, "us1")
        await desk.done("providers", "add")
        network.agents.records.webhooks_fail = True
        ran = await desk.run("numbers", "import", NUMBER, "--provider", "us1", "--agent", AGENT)
        (number_id,) = network.agents.numbers
        assert ran.status == 21
        assert f"+1202***0100 was imported as {number_id}, but agent {AGENT} was not assigned" in ran.stderr
        network.agents.records.webhooks_fail = False
        await desk.follow([f"cartesia-call numbers assign {number_id} --agent {AGENT}"])


async def test_what_cannot_be_done_says_why(run_cli: CommandLine) -> None:
    """Wrong usage is 2, a refusal 21; either is one object with --json, and masked for people."""
    cases = [
        (("import", "+12025550199", "--provider", "us1"), 21, "Cartesia refused"),
        (("import", NUMBER, "--provider", "us1"), 21, "Cartesia has +1202***0100 already: ap_"),
        (("import", "ap_1", "--provider", "us1"), 2, "is not a number in E.164"),
        (("import", NUMBER, "--provider", "au1"), 2, "holds no provider 'au1'"),
        (("move", NUMBER, "--to", "nowhere"), 2, "holds no provider 'nowhere'"),
        (("move", "+12025550199", "--to", "us1"), 2, "holds no number +1202***0199"),
        (("assign", NUMBER, "--agent", "agent_9"), 2, "or no agent agent_9"),
        (("remove", NUMBER), 2, "add --yes"),
    ]
    async with live_network() as network:
        desk = Desk(run_cli, network)
        network.agents.link(API_KEYS["us1"], account_sid=network.account_sid)
        await desk.done("numbers", "import", NUMBER, "--provider", "us1")
        for arguments, status, said in cases:
            ran = await desk.run("numbers", *arguments, "--json")
            assert (ran.status, json.loads(ran.stdout)["exit_code"]) == (status, status), ran.stderr
            assert said in ran.stderr
            assert NUMBER not in ran.stderr


async def test_an_empty_list_says_what_to_do(exec_cli: CommandLine) -> None:
    """On standard error: the data is that there is none."""
    async with live_network() as network:
        ran = await Desk(exec_cli, network).run("numbers", "list")
        assert (ran.status, ran.stdout) == (0, "")
        assert "`cartesia-call numbers import`" in ran.stderr
