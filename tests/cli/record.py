"""Cartesia's record in the built-in network, and our commands about it."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Mapping
from typing import Any

from cartesia_simulator.network import API_KEYS
from tests.cli.live_network import LiveNetwork
from tests.cli_process import CommandLine, Finished

NUMBER = "+12025550100"
AGENT = "agent_rehearsal_support"
SECRETS = (*(key.secret for key in API_KEYS.values()), "sk_car_rehearsal", "rehearsal-auth-token")


class Desk:
    """Somebody at a shell whose environment points at `network`; `settings` may be changed on the way."""

    def __init__(self, run_cli: CommandLine, network: LiveNetwork, *regions: str) -> None:
        self.network = network
        self.account_sid = network.account_sid
        self.settings = {
            name: value
            for name, value in network.all_regions().items()
            if name.startswith(("CARTESIA_", "TWILIO_BASE_URL", "TWILIO_ACCOUNT_SID"))
        }
        for region in regions:
            self.set_key(region, API_KEYS[region].sid, API_KEYS[region].secret)
        self._run_cli = run_cli

    def set_key(self, region: str, sid: str, secret: str) -> None:
        """Write a key into the settings of a region."""
        self.settings |= {
            f"TWILIO_API_KEY_SID_{region.upper()}": sid,
            f"TWILIO_API_KEY_SECRET_{region.upper()}": secret,
        }

    async def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> Finished:
        """A command to its end; no secret is ever seen."""
        environment = {**self.settings, **(env or {})}
        ran = await asyncio.to_thread(self._run_cli, *arguments, env=environment)
        set_here = {value for name, value in environment.items() if "_SECRET" in name and value}
        assert not [secret for secret in {*SECRETS, *set_here} if secret in ran.stdout + ran.stderr]
        return ran

    async def done(self, *arguments: str) -> dict[str, Any]:
        """What a command that succeeds prints with --json."""
        ran = await self.run(*arguments, "--json")
        assert ran.status == 0, ran.stderr
        return dict(json.loads(ran.stdout))

    async def follow(self, commands: list[str]) -> None:
        """Run commands as our hints write them."""
        for command in commands:
            program, *arguments = shlex.split(command)
            assert program == "cartesia-call"
            ran = await self.run(*arguments)
            assert ran.status == 0, ran.stderr

    async def faults(self) -> tuple[int, list[dict[str, Any]]]:
        """Exit status and faults of `regions --json`."""
        ran = await self.run("regions", "--json")
        fields = json.loads(ran.stdout)
        assert (fields["exit_code"], fields["ok"]) == (ran.status, ran.status == 0)
        return ran.status, [finding for finding in fields["findings"] if finding["is_fault"]]
