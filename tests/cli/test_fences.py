"""What is never dialled, as a script meets it: statuses, lines, objects."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cartesia_call.cli.check import check
from cartesia_call.cli.dial import dial
from cartesia_call.clock import SystemClock
from tests.cli.live_network import live_environment, live_network
from tests.cli_process import CommandLine
from tests.store.attempts import intent, result
from tests.store.ledgers import ledger_in

NUMBER, SECOND = "+12025550143", "+12025550144"


def rehearse(*arguments: str, **env: str) -> Result:
    ran = CliRunner().invoke(dial, ["--rehearse", *arguments], env=env, standalone_mode=False)
    assert ran.exception is None, ran.exception
    return ran


@pytest.mark.parametrize(
    ("to", "rule"),
    [
        ("+19005550143", "premium-rate"),
        ("+449098790143", "premium-rate"),
        ("+979123456789", "premium-rate"),
        ("+881612345678", "satellite or international-network"),
        ("+882161234567", "satellite or international-network"),
        ("+442079460143", "in GB"),
        ("sip:%2B19005550143@trunk.example.com", "premium-rate"),
        ("sip:411;x=y@trunk.example.com", "short code"),
    ],
)
def test_what_is_fenced_off_is_withheld(to: str, rule: str) -> None:
    """Status 18, the rule in the object, and nothing sent."""
    ran = rehearse(to, "Hello.", "--json")
    told = json.loads(ran.stdout)
    assert (ran.return_value, told["outcome"], told["call_sid"]) == (18, "withheld", None)
    assert rule in told["detail"]


def test_a_fence_costs_the_next_person_nothing() -> None:
    ran = rehearse("+19005550143", "Hello.", "--then", NUMBER)
    assert ran.return_value == 0
    assert "delivered: +1202***0143" in ran.stdout


def test_each_fence_can_be_opened(tmp_path: Path) -> None:
    """By the option that its refusal names."""
    allowed = tmp_path / "allow.txt"
    allowed.write_text("sip:411@trunk.example.com\n")
    assert rehearse("+442079460143", "Hi.", "--countries", "GB,US").return_value == 0
    assert rehearse("sip:411@trunk.example.com", "Hi.", "--allow", str(allowed)).return_value == 0
    # The built-in carrier is asked, and refuses a premium-rate number itself.
    assert rehearse("+19005550143", "Hi.", "--allow-premium").return_value == 21


def test_the_command_line_only_narrows_what_is_configured(tmp_path: Path) -> None:
    """Countries, the list and premium rates alike; a reason opens none of them."""
    allowed, wider = tmp_path / "allow.txt", tmp_path / "wider.txt"
    allowed.write_text(f"{SECOND}\n")
    wider.write_text(f"{NUMBER}\n{SECOND}\n")
    reason = ("--no-guard", "fire drill")
    listed = {"CARTESIA_CALL_ALLOW": str(allowed)}
    assert rehearse(NUMBER, "Hi.", "--allow", str(wider), *reason, **listed).return_value == 18
    assert rehearse(SECOND, "Hi.", "--allow", str(wider), **listed).return_value == 0
    abroad = rehearse("+442079460143", "Hi.", "--countries", "GB", *reason, CARTESIA_CALL_COUNTRIES="CA")
    assert abroad.return_value == 18
    assert "add GB to CARTESIA_CALL_COUNTRIES in the environment" in abroad.stderr
    premium = rehearse("+19005550143", "Hi.", "--allow-premium", CARTESIA_CALL_ALLOW_PREMIUM="0")
    assert premium.return_value == 18


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--to", "+19005550143"), "is a premium-rate number"),
        (("--to", "+442079460143"), "--countries GB,US"),
        (("--to", NUMBER, "--allow", "/dev/null"), "is not in /dev/null"),
        (("--to", NUMBER, "--allow", "/missing"), "the allow file /missing cannot be read"),
    ],
)
def test_check_says_it_beforehand(arguments: tuple[str, ...], told: str) -> None:
    """With the status that the call would have."""
    command = ["--rehearse", "--no-spend", "--json", *arguments]
    ran = CliRunner().invoke(check, command, standalone_mode=False)
    (line,) = (one for one in json.loads(ran.stdout)["checks"] if one["name"] == "number")
    assert (line["status"], ran.return_value) == ("fail", 2 if "missing" in told else 18)
    assert told in line["detail"]


def test_check_lets_the_rest_pass() -> None:
    command = ["--rehearse", "--no-spend", "--to", NUMBER]
    assert CliRunner().invoke(check, command, standalone_mode=False).return_value == 0


async def calls_in(folder: Path, *to: str) -> None:
    """A ledger of calls that were placed just now."""
    ledger = ledger_in(folder)
    for number, callee in enumerate(to):
        id = f"earlier{number}"
        await ledger.begin(intent(id, to=callee, created_at=SystemClock().utc_now()))
        await ledger.close(result(id, call_sid=f"CA{number}"))


async def test_the_budget_of_all_numbers_ends_a_run(
    run_cli: CommandLine, clean_environment: dict[str, str]
) -> None:
    """Thirty calls within the hour, each to somebody else; the next one is withheld."""
    state = Path(clean_environment["XDG_STATE_HOME"]) / "cartesia-call" / "other-carrier"
    await calls_in(state, *(f"+120255501{number:02}" for number in range(30)))
    async with live_network() as network:
        environment = live_environment(network)
        ran = await asyncio.to_thread(run_cli, "dial", "+12025550199", "Hi.", "--json", env=environment)
        assert ran.status == 18, ran.stderr
        assert "30 calls in 1 hour" in json.loads(ran.stdout)["detail"]
        assert not network.carrier.calls


async def test_the_guard_counts_where_it_can(
    run_cli: CommandLine, clean_environment: dict[str, str], tmp_path: Path
) -> None:
    """Three calls are known in the runtime directory, for the ledger's own directory takes nothing."""
    (tmp_path / "a-file").write_text("")
    runtime = Path(clean_environment["XDG_RUNTIME_DIR"]) / "cartesia-call" / "other-carrier"
    await calls_in(runtime, NUMBER, NUMBER, NUMBER)
    async with live_network() as network:
        environment = live_environment(network) | {"XDG_STATE_HOME": str(tmp_path / "a-file")}
        ran = await asyncio.to_thread(run_cli, "dial", NUMBER, "Hi.", env=environment)
        assert ran.status == 18, ran.stderr
        assert f"the guard counts in {runtime} instead" in ran.stderr
        assert "3 calls to one number in 15 minutes" in ran.stderr
        assert not network.carrier.calls
