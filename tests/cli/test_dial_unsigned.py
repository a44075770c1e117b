"""`dial` without an auth token: it says so, and nobody ends the call by saying that it is over. With a
SharedKey in the token's place, that proves what Twilio sends."""

from __future__ import annotations

import asyncio
import json
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from cartesia_call.wiring.line_checks import unproven
from tests.cli.live_network import LiveNetwork, live_environment, live_network, only_call, reached
from tests.cli_process import CommandLine
from tests.settings.machine import KEYS, Machine

NUMBER = "+12025550143"
MESSAGE = "The database is down. Please call the operator."
WARNING = "nothing proves that a request is Twilio's"


def without_token(network: LiveNetwork) -> dict[str, str]:
    """An API key alone."""
    names = live_environment(network) | network.regional_environment("us1")
    return {name: value for name, value in names.items() if "AUTH_TOKEN" not in name}


async def forge_end(network: LiveNetwork) -> int:
    """What somebody may send who knows the address of the callbacks; the answer's status."""
    (placed,) = [request for request in network.carrier.requests if request.method == "POST"][:1]
    words = {"CallSid": only_call(network).sid, "CallStatus": "completed", "SequenceNumber": "9"}
    url = f"{placed.parameters['StatusCallback']}?{urllib.parse.urlencode(words)}"

    def get() -> int:
        with urllib.request.urlopen(url, timeout=10) as answer:
            status: int = answer.status
            return status

    return await asyncio.to_thread(get)


async def test_a_forged_end_leaves_the_call_as_it_is(run_cli: CommandLine) -> None:
    """The message is spoken to its end, the call hung up; the warning comes once, for two people too."""
    async with live_network("answers,ring:0.2s") as network:
        arguments = ("dial", NUMBER, MESSAGE, "--json", "--then", "+12025550144")
        dialling = asyncio.create_task(
            asyncio.to_thread(run_cli, *arguments, env=without_token(network), timeout_s=60)
        )
        await reached(lambda: any(call.stream_audio for call in network.carrier.calls.values()))
        assert await forge_end(network) == 204
        ran = await dialling
        assert ran.status == 0, ran.stderr
        result = json.loads(ran.stdout)
        assert (result["outcome"], result["evidence"]) == ("delivered", "mark")
        assert only_call(network).status.value == "completed"
        assert ran.stderr.count(WARNING) == 1


@pytest.mark.parametrize(
    ("verifies", "warns"),
    [(True, True), (False, False)],
)
def test_who_knows_it_is_not_warned(tmp_path: Path, verifies: bool, warns: bool) -> None:
    """--no-verify-signature is a decision. With a token there is nothing to say."""
    machine = Machine(tmp_path)
    keys = {name: value for name, value in KEYS.items() if name != "TWILIO_AUTH_TOKEN"}
    keys |= {"TWILIO_API_KEY_SID": "SK" + "0" * 32, "TWILIO_API_KEY_SECRET": "fake-secret"}
    told = unproven(machine.resolve(keys, no_verify_signature=not verifies))
    assert [WARNING in sentence for sentence in told] == [True] * warns
    assert unproven(machine.resolve(KEYS)) == ()


@pytest.mark.parametrize("knows", [True, False])
async def test_a_shared_key_proves_what_it_signed(run_cli: CommandLine, knows: bool) -> None:
    """Stream and callbacks alike; whoever does not have it is told so, and the carrier's voice speaks."""
    async with live_network("answers,ring:0.2s", signs_with_shared_key=True) as network:
        environment = live_environment(network)
        assert environment["TWILIO_SHARED_KEY"]
        if not knows:
            del environment["TWILIO_SHARED_KEY"]
        ran = await asyncio.to_thread(run_cli, "dial", NUMBER, "It is down.", "--json", env=environment)
        result = json.loads(ran.stdout)
        assert ran.status == 0, ran.stderr
        assert result["voice"] == ("cartesia" if knows else "carrier")
        assert ("TWILIO_SHARED_KEY is not set" in ran.stderr) != knows
        assert bool(only_call(network).said_by_carrier) != knows
