"""What is wrong with the words of a `dial` is told first; what it will come to, before anybody pays."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.cli.live_network import live_environment, live_network
from tests.cli_process import CommandLine

NUMBER = "+12025550143"
REHEARSE = ("dial", "--rehearse")

WRONG_WORDS = {
    "no plus": (("12025550143", "Hello"), "has no country code"),
    "the message first": (("Hello", NUMBER), "the number comes first"),
    "an empty message": ((NUMBER, ""), "the message is empty"),
    "no message": ((NUMBER,), "there is no message"),
    "no number": ((), "no number to call"),
}


@pytest.mark.parametrize(("arguments", "told"), WRONG_WORDS.values(), ids=WRONG_WORDS.keys())
def test_wrong_words_come_before_missing_keys(
    run_cli: CommandLine, arguments: tuple[str, ...], told: str
) -> None:
    """One line, although there is no key either."""
    ran = run_cli("dial", *arguments)
    assert ran.status == 2
    assert told in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert "missing" not in ran.stderr


def test_a_dry_run_says_minutes(run_cli: CommandLine, tmp_path: Path) -> None:
    """Of a long file, of which nobody is called for more than the call may last."""
    (tmp_path / "long.txt").write_text("All is well with the disk. " * 1000)
    arguments = (*REHEARSE, NUMBER, "--file", str(tmp_path / "long.txt"), "--dry-run", "--json")
    ran = run_cli(*arguments)
    assert "takes at least 22 minutes to say, and the call ends after 10m" in ran.stderr
    least, most = json.loads(ran.stdout)["minutes"]
    assert 20 <= least < 21 < most


async def test_a_carrier_that_is_not_twilio_is_named_and_has_a_ledger_of_its_own(
    run_cli: CommandLine,
) -> None:
    """Whoever forgot that the simulator is set would take the line for a call, and so would the guard."""
    async with live_network() as network:
        environment = live_environment(network)
        ran = await asyncio.to_thread(run_cli, "dial", NUMBER, "Hello", env=environment)
        assert ran.stdout.startswith(f"NOT TWILIO ({environment['TWILIO_BASE_URL']}): delivered: ")
        told = [
            await asyncio.to_thread(run_cli, "history", "--json", *more)
            for more in ((), ("--other-carrier",))
        ]
        assert [len(one.stdout.splitlines()) for one in told] == [0, 1]
        assert "--other-carrier" in told[0].stderr
