"""`hangup CALL_SID`: statuses by meaning."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cartesia_call.addresses import NetworkRules
from cartesia_call.telephony.instructions import CallInstructions, CallRequest
from cartesia_call.telephony.limits import CallLimits
from cartesia_call.vendors.twilio_client import TwilioCarrier
from cartesia_simulator.network import BuiltInNetwork
from tests.cli.live_network import LiveNetwork, live_environment, live_network, only_call, reached
from tests.cli_process import CommandLine

UNKNOWN = "CA" + "0" * 32
NUMBER = "+12025550143"
LONG = "The database is down. " * 20


async def killed_dial(run_cli: CommandLine, network: LiveNetwork) -> str:
    """A call whose `dial` was killed while it spoke."""
    process = run_cli.start("dial", NUMBER, LONG, env=live_environment(network))
    await reached(lambda: any(call.stream_audio for call in network.carrier.calls.values()))
    process.kill()
    await asyncio.to_thread(run_cli.wait, process)
    return only_call(network).sid


async def history(run_cli: CommandLine) -> list[dict[str, Any]]:
    """Every row of the ledger."""
    ran = await asyncio.to_thread(run_cli, "history", "--other-carrier", "--json")
    return [json.loads(line) for line in ran.stdout.splitlines()]


def carrier_of(network: BuiltInNetwork) -> TwilioCarrier:
    """The network as somebody else's program sees it, to be closed."""
    known = network.environment()
    return TwilioCarrier(
        account_sid=known["TWILIO_ACCOUNT_SID"],
        auth_token=known["TWILIO_AUTH_TOKEN"],
        api_key_sid=None,
        api_key_secret=None,
        base_url=network.carrier_url,
        connect_timeout_s=10,
        network=NetworkRules(https_proxy=None, no_proxy=None, ca_file=None),
    )


async def placed(network: BuiltInNetwork) -> str:
    """A call that stays up until somebody ends it."""
    carrier = carrier_of(network)
    snapshot = await carrier.place(
        CallRequest(
            to="+12025550143",
            caller_id="+12025550100",
            instructions=CallInstructions(stream_url=None, fallback_text="word " * 700),
            status_callback_url=None,
            limits=CallLimits(),
            time_limit_s=600,
        )
    )
    await carrier.close()
    call = network.carrier.calls[snapshot.call_sid]
    await reached(lambda: call.status == "in-progress")
    return snapshot.call_sid


async def test_a_live_call_is_ended_and_an_ended_one_is_over(exec_cli: CommandLine) -> None:
    """Both are exit 0, and the line says which."""
    async with live_network("answers,ring:0s") as network:
        sid = await placed(network)
        ran = await asyncio.to_thread(exec_cli, "hangup", sid, env=network.environment())
        assert (ran.status, ran.stdout) == (0, f"{sid} is down: completed\n")
        assert network.carrier.calls[sid].ended_by == "api"
        ran = await asyncio.to_thread(exec_cli, "hangup", sid, "--json", env=network.environment())
        assert ran.status == 0
        assert json.loads(ran.stdout)["carrier_status"] == "completed"


async def test_the_row_of_a_process_that_is_gone_is_closed(run_cli: CommandLine) -> None:
    """Killed in the middle of its call, `dial` leaves an open row; hanging up closes it and says how."""
    async with live_network("answers,ring:0s") as network:
        sid = await killed_dial(run_cli, network)
        (row,) = await history(run_cli)
        assert (row["call_sid"], row["ended_at"]) == (sid, None)
        ran = await asyncio.to_thread(run_cli, "hangup", sid, env=network.environment())
        assert (ran.status, ran.stdout, ran.stderr) == (0, f"{sid} is down: completed\n", "")
        (row,) = await history(run_cli)
        assert (row["call_sid"], row["settled"]) == (sid, "ended by hangup")
        assert row["ended_at"] is not None


@pytest.mark.parametrize(
    ("column", "value", "settled"),
    [
        ("region", "us1", "found over by hangup"),
        ("region", "ie1", None),
        ("account_sid", "AC" + "9" * 32, None),
    ],
)
async def test_only_rows_of_this_account_and_region_are_closed(
    run_cli: CommandLine, clean_environment: dict[str, str], column: str, value: str, settled: str | None
) -> None:
    """Also where the call was over before, which the row then says."""
    async with live_network("answers,ring:0s") as network:
        sid = await killed_dial(run_cli, network)
        (path,) = Path(clean_environment["HOME"]).rglob("ledger.sqlite3")
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(f"UPDATE calls SET {column} = ?", (value,))
        carrier = carrier_of(network)
        await carrier.end(sid)
        await carrier.close()
        ran = await asyncio.to_thread(run_cli, "hangup", sid, env=network.environment())
        assert (ran.status, ran.stdout) == (0, f"{sid} was over already: completed\n")
        (row,) = await history(run_cli)
        assert (row["settled"], row["ended_at"] is None) == (settled, settled is None)
        assert row["end_asked_by"] is None  # it was over, and nobody was asked


async def test_the_row_of_a_living_process_is_its_own(run_cli: CommandLine) -> None:
    """Whoever dialled sees the call end, and says how."""
    async with live_network("answers,ring:0s") as network:
        process = run_cli.start("dial", NUMBER, LONG, env=live_environment(network))
        await reached(lambda: any(call.stream_audio for call in network.carrier.calls.values()))
        sid = only_call(network).sid
        await asyncio.to_thread(run_cli, "hangup", sid, env=network.environment())
        ran = await asyncio.to_thread(run_cli.wait, process)
        (row,) = await history(run_cli)
        assert (row["exit_code"], row["settled"], row["end_asked_by"]) == (ran.status, None, "hangup")
        assert row["started_at"] < row["end_asked_at"] < row["ended_at"]
        ran = await asyncio.to_thread(run_cli, "history", "--other-carrier")
        assert "; hangup asked for its end at " in ran.stdout


ELSEWHERE = "somebody else ended the call, through the carrier's API"


@pytest.mark.parametrize("faults", [(), ("stream-never",), ("speech-refused",)], ids="-".join)
async def test_whoever_dialled_tells_that_a_command_ended_the_call(
    run_cli: CommandLine, faults: tuple[str, ...]
) -> None:
    """Not the callee: while our voice speaks, nobody's or the carrier's. History and `show` say it too."""
    async with live_network("answers,ring:0s", *faults) as network:
        process = run_cli.start("dial", NUMBER, LONG, env=live_environment(network))
        await reached(lambda: any(call.answered_for_s > 1 for call in network.carrier.calls.values()))
        ended = await asyncio.to_thread(run_cli, "hangup", only_call(network).sid, env=network.environment())
        ran = await asyncio.to_thread(run_cli.wait, process)
        assert (ended.status, ran.status, ran.stdout) == (0, 26, "")
        assert f"cut-short: +1202***0143: {ELSEWHERE}" in ran.stderr
        (row,) = await history(run_cli)
        assert (row["outcome"], row["exit_code"], row["end_asked_by"]) == ("cut-short", 26, "hangup")
        ran = await asyncio.to_thread(run_cli, "show", row["id"], "--other-carrier")
        assert "cut-short" in ran.stdout


async def test_a_ledger_that_cannot_be_used_is_a_warning(
    run_cli: CommandLine, clean_environment: dict[str, str]
) -> None:
    """The call is down, and that counts."""
    async with live_network("answers,ring:0s") as network:
        sid = await killed_dial(run_cli, network)
        (path,) = Path(clean_environment["HOME"]).rglob("ledger.sqlite3")
        path.write_text("not a database at all" * 100)
        ran = await asyncio.to_thread(run_cli, "hangup", sid, env=network.environment())
        assert (ran.status, ran.stdout) == (0, f"{sid} is down: completed\n")
        (line,) = ran.stderr.splitlines()
        assert "warning: the call is down, but its row in the ledger may stay open" in line
        assert "is damaged" in line


async def test_a_ledger_that_is_locked_delays_the_hang_up_and_no_more(
    run_cli: CommandLine, clean_environment: dict[str, str]
) -> None:
    """The call is down, and one line says what is not known of it."""
    async with live_network("answers,ring:0s") as network:
        sid = await killed_dial(run_cli, network)
        (path,) = Path(clean_environment["HOME"]).rglob("ledger.sqlite3")
        with closing(sqlite3.connect(path, isolation_level=None)) as hog:
            hog.execute("BEGIN EXCLUSIVE")
            ran = await asyncio.to_thread(run_cli, "hangup", sid, env=network.environment())
            hog.execute("ROLLBACK")
        assert (ran.status, ran.stdout) == (0, f"{sid} is down: completed\n")
        (line,) = ran.stderr.splitlines()
        assert "was not free within 3 s" in line


async def test_a_call_that_does_not_end_is_not_said_to_be_down(run_cli: CommandLine) -> None:
    """Exit 31, and what to do."""
    async with live_network("answers,ring:0s", "hangup-ignored") as network:
        sid = await placed(network)
        ran = await asyncio.to_thread(
            run_cli, "hangup", sid, "--hangup-timeout", "2s", env=network.environment()
        )
        assert ran.status == 31
        assert sid in ran.stderr


@pytest.mark.parametrize("sid", [UNKNOWN, "CA123", "nonsense", "../Calls"])
async def test_an_unknown_call_is_wrong_usage(run_cli: CommandLine, sid: str) -> None:
    """Unknown to this account and region, or no call SID at all: exit 2."""
    async with live_network() as network:
        ran = await asyncio.to_thread(run_cli, "hangup", sid, env=network.environment())
        assert (ran.status, ran.stdout) == (2, "")
        assert sid in ran.stderr


async def test_wrong_credentials_are_unauthorized(run_cli: CommandLine) -> None:
    """Exit 20."""
    async with live_network() as network:
        environment = network.environment() | {"TWILIO_AUTH_TOKEN": "f" * 32}
        ran = await asyncio.to_thread(run_cli, "hangup", UNKNOWN, env=environment)
        assert ran.status == 20


async def test_a_failure_is_an_object_too(run_cli: CommandLine) -> None:
    """With `--json`: the status, the error, no carrier status."""
    async with live_network() as network:
        ran = await asyncio.to_thread(run_cli, "hangup", UNKNOWN, "--json", env=network.environment())
        fields = json.loads(ran.stdout)
        assert (ran.status, fields["exit_code"], fields["carrier_status"]) == (2, 2, None)
        assert fields["error"]["kind"] == "InputError"


async def test_a_signal_gives_up_and_says_so(run_cli: CommandLine) -> None:
    """The call does not end; whoever waits for it stops waiting."""
    async with live_network("answers,ring:0s", "hangup-ignored") as network:
        sid = await placed(network)
        process = run_cli.start("hangup", sid, "--json", env=network.environment())
        await reached(lambda: any("Status" in request.parameters for request in network.carrier.requests))
        process.send_signal(signal.SIGTERM)
        ran = await asyncio.to_thread(run_cli.wait, process, timeout_s=15)
        assert ran.status == 143
        assert json.loads(ran.stdout)["exit_code"] == 143
