"""`check`: the program in a process of its own, against the built-in network in this one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pty
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.cli.checked import SECRETS, checks_of, only_failure
from tests.cli.live_network import live_environment, live_network
from tests.cli_process import CommandLine, Finished
from tests.vendors.http_peers import answering, serving, unused_port

NUMBER = "+12025550143"
CALLER_ID = "+12025550100"
UNKNOWN_VOICE = "00000000-0000-4000-8000-000000000000"

LINES = [
    *("settings", "credentials", "account", "balance", "caller-id", "signature", "clock"),
    *("speech", "credits", "public-path", "ledger"),
]


async def test_what_works_passes_line_by_line(exec_cli: CommandLine) -> None:
    """Exit 0; one line each in a fixed order, numbers masked; nobody was called."""
    async with live_network() as network:
        ran = await asyncio.to_thread(exec_cli, "check", env=live_environment(network))
        assert (ran.status, ran.stderr) == (0, "")
        lines = ran.stdout.splitlines()
        assert [line.split()[1] for line in lines[:-1]] == LINES
        assert [line for line in lines[:-1] if not line.startswith("pass ")] == [
            "skipped  credits      an API key cannot see how many credits are left at Cartesia; "
            "hint: play.cartesia.ai shows them"
        ]
        address = live_environment(network)["TWILIO_BASE_URL"]
        assert (
            f"{address}, which is not Twilio, in region us1 (edge ashburn) accepts the auth token" in lines[1]
        )
        assert lines[-1] == f"NOT TWILIO ({address}): a call would work: 10 passed, 0 warnings, 1 skipped"
        assert "+1202***0100" in ran.stdout
        assert CALLER_ID not in ran.stdout
        assert not [secret for secret in SECRETS if secret in ran.stdout]
        assert not network.carrier.calls
        assert {request.method for request in network.carrier.requests} == {"GET"}


async def test_an_object_says_what_was_measured(run_cli: CommandLine) -> None:
    """One line; settings by where they came from; numbers whole."""
    async with live_network() as network:
        environment = live_environment(network)
        ran = await asyncio.to_thread(
            run_cli, "check", "--json", "--to", "+1 202 555 0143", "--connect-timeout", "9s", env=environment
        )
        assert (ran.status, ran.stderr, ran.stdout.count("\n")) == (0, "", 1)
        checks = checks_of(ran)
        assert list(checks) == ["settings", "number", *LINES[1:5], "permission", "profile", *LINES[5:]]
        sources = checks["settings"]["value"]
        assert sources["TWILIO_AUTH_TOKEN"] == "environment"
        assert sources["CARTESIA_CALL_CONNECT_TIMEOUT"] == "command line"
        assert sources["CARTESIA_MODEL_ID"] == "default"
        assert CALLER_ID in checks["caller-id"]["detail"]
        assert NUMBER in checks["number"]["detail"]
        assert checks["permission"]["value"] == {"country": "US"}
        assert checks["speech"]["value"]["audio_ms"] > 100
        assert checks["speech"]["value"]["first_audio_ms"] >= 0
        assert checks["public-path"]["value"]["round_trip_ms"] >= 0
        assert abs(checks["clock"]["value"]["skew_s"]) < 1


async def test_an_env_file_is_named_as_the_source(run_cli: CommandLine, tmp_path: Path) -> None:
    """By its path; loose permissions are a warning, and no failure."""
    env_file = tmp_path / "keys.env"
    async with live_network() as network:
        environment = live_environment(network)
        env_file.write_text("".join(f"{name}={value}\n" for name, value in environment.items()))
        env_file.chmod(0o644)
        ran = await asyncio.to_thread(run_cli, "check", "--json", "--env-file", str(env_file))
        settings = checks_of(ran)["settings"]
        assert (ran.status, settings["status"]) == (0, "warning")
        assert settings["value"]["CARTESIA_API_KEY"] == f"env file {env_file}"
        assert "chmod 600" in settings["hint"]


@pytest.mark.parametrize(
    ("faults", "arguments", "changes", "status", "line"),
    [
        ((), (), {"TWILIO_AUTH_TOKEN": "f" * 32}, 20, "credentials"),
        (("trial",), (), {}, 25, "account"),
        ((), ("--from", "+12025550199"), {}, 21, "caller-id"),
        (("from-21210",), (), {}, 21, "caller-id"),
        (("geo-21215",), ("--to", NUMBER), {}, 21, "permission"),
        ((), ("--to", CALLER_ID), {}, 21, "number"),
        ((), ("--to", "911"), {}, 2, "number"),
        ((), (), {"CARTESIA_API_KEY": "sk_car_wrong"}, 20, "speech"),
        ((), ("--voice", UNKNOWN_VOICE), {}, 23, "speech"),
        ((), ("--model", "sonic-2"), {}, 23, "speech"),
        (("speech-silent",), ("--speech-timeout", "0.3s"), {}, 23, "speech"),
        ((), (), {"CARTESIA_CALL_RING_TIMEOUT": "soon"}, 2, "settings"),
        ((), (), {"TWILIO_EDGE": "dublin"}, 2, "settings"),
        ((), (), {"CARTESIA_API_KEY": ""}, 2, "settings"),
    ],
    ids=lambda value: str(value) if isinstance(value, int | str) else None,
)
async def test_a_line_fails_with_what_a_call_would_meet(
    run_cli: CommandLine,
    faults: tuple[str, ...],
    arguments: tuple[str, ...],
    changes: dict[str, str],
    status: int,
    line: str,
) -> None:
    """That line alone, with something to do about it; the others go on."""
    async with live_network("answers", *faults) as network:
        environment = live_environment(network) | changes
        ran = await asyncio.to_thread(run_cli, "check", "--json", *arguments, env=environment)
        assert (ran.status, only_failure(ran)) == (status, line)
        checks = checks_of(ran)
        assert checks["ledger"]["status"] == "pass"
        assert checks["public-path"]["status"] == "pass"
        if line != "settings":  # each problem of the settings says itself what to do
            assert checks[line]["hint"]


async def test_a_twilio_that_is_not_there_is_unavailable(run_cli: CommandLine) -> None:
    """Exit 22; what depends on it is skipped, not failed."""
    async with live_network() as network:
        environment = live_environment(network) | {
            "TWILIO_BASE_URL": f"http://127.0.0.1:{await unused_port()}"
        }
        ran = await asyncio.to_thread(run_cli, "check", "--json", env=environment)
        assert (ran.status, only_failure(ran)) == (22, "credentials")
        checks = checks_of(ran)
        for name in ("account", "balance", "caller-id", "signature", "clock"):
            assert checks[name]["status"] == "skipped"
            assert checks[name]["detail"].endswith("see credentials")


async def test_a_path_that_leads_elsewhere_fails(run_cli: CommandLine) -> None:
    """Exit 24, within --tunnel-timeout."""
    async with live_network() as network:
        environment = live_environment(network) | {
            "CARTESIA_CALL_PUBLIC_URL": f"http://127.0.0.1:{await unused_port()}",
            "CARTESIA_CALL_BIND": f"127.0.0.1:{network.public_port}",
        }
        arguments = ("check", "--json", "--tunnel-timeout", "0.5s")
        ran = await asyncio.to_thread(run_cli, *arguments, env=environment)
        assert (ran.status, only_failure(ran)) == (24, "public-path")
        ran = await asyncio.to_thread(run_cli, *arguments, "--no-probe", env=environment)
        assert (ran.status, checks_of(ran)["public-path"]["status"]) == (0, "skipped")
        ran = await asyncio.to_thread(run_cli, "check", "--no-probe", env=environment)
        assert "a call would work, as far as checked; the public-path was not: " in ran.stdout


async def test_refused_credentials_come_before_all_other_failures(run_cli: CommandLine) -> None:
    """As in a call, whose other failures are told all the same."""
    async with live_network("answers", "speech-401", "trial") as network:
        environment = live_environment(network)
        arguments = ("check", "--json", "--from", "+12025550199")
        ran = await asyncio.to_thread(run_cli, *arguments, env=environment)
        failures = {name for name, check in checks_of(ran).items() if check["status"] == "fail"}
        assert (ran.status, failures) == (20, {"account", "caller-id", "speech"})


async def test_a_clock_that_is_wrong_is_a_warning(run_cli: CommandLine) -> None:
    """Against the Date of Twilio's answer."""
    answer = {"type": "Full", "status": "active"}
    past = answering(200, answer, headers="Date: Sat, 21 Nov 2020 10:00:00 GMT\r\n")
    async with live_network() as network, serving(past) as carrier:
        environment = live_environment(network) | {"TWILIO_BASE_URL": carrier.url}
        ran = await asyncio.to_thread(run_cli, "check", "--json", env=environment)
        clock = checks_of(ran)["clock"]
        assert clock["status"] == "warning"
        assert "ahead of" in clock["detail"]


async def test_a_low_balance_is_a_warning(run_cli: CommandLine) -> None:
    """Exit 0, with the sum for programs."""
    answer = {"type": "Full", "status": "active", "balance": "0.42", "currency": "USD"}
    async with live_network() as network, serving(answering(200, answer)) as carrier:
        environment = live_environment(network) | {"TWILIO_BASE_URL": carrier.url}
        ran = await asyncio.to_thread(run_cli, "check", "--json", env=environment)
        balance = checks_of(ran)["balance"]
        assert (ran.status, balance["status"]) == (0, "warning")
        assert balance["value"] == {"balance": "0.42", "currency": "USD"}
        assert "Billing" in balance["hint"]


async def test_a_ledger_that_cannot_be_written_is_a_warning(run_cli: CommandLine, tmp_path: Path) -> None:
    """A call goes on without it, so the exit status is 0."""
    (tmp_path / "a-file").write_text("")
    async with live_network() as network:
        environment = live_environment(network) | {"XDG_STATE_HOME": str(tmp_path / "a-file")}
        ran = await asyncio.to_thread(run_cli, "check", "--json", env=environment)
        assert (ran.status, checks_of(ran)["ledger"]["status"]) == (0, "warning")


async def test_an_api_key_alone_verifies_no_signature(run_cli: CommandLine) -> None:
    """The line says so; whether the key is good is another one."""
    async with live_network() as network:
        environment = live_environment(network) | {
            "TWILIO_AUTH_TOKEN": "",
            "TWILIO_API_KEY_SID": "SK" + "1" * 32,
            "TWILIO_API_KEY_SECRET": "evidently-fake",
        }
        ran = await asyncio.to_thread(run_cli, "check", "--json", env=environment)
        assert (ran.status, checks_of(ran)["signature"]["status"]) == (20, "warning")


async def test_no_spend_says_what_it_leaves_out(run_cli: CommandLine) -> None:
    """Nothing reaches the speech service."""
    async with live_network("answers", "speech-401") as network:
        ran = await asyncio.to_thread(run_cli, "check", "--no-spend", "--json", env=live_environment(network))
        assert (ran.status, checks_of(ran)["speech"]["status"]) == (0, "skipped")
        ran = await asyncio.to_thread(run_cli, "check", "--no-spend", env=live_environment(network))
        last = ran.stdout.splitlines()[-1]
        assert "a call would work, as far as checked; the speech was not: " in last


async def test_quiet_prints_failures_only(run_cli: CommandLine) -> None:
    """Nothing about a success; the failed line, and the last one on standard error."""
    async with live_network() as network:
        environment = live_environment(network)
        ran = await asyncio.to_thread(run_cli, "check", "-q", env=environment)
        assert (ran.status, ran.stdout, ran.stderr) == (0, "", "")
        ran = await asyncio.to_thread(run_cli, "check", "-q", "--from", "+12025550199", env=environment)
        assert ran.stdout.startswith("fail     caller-id    +1202***0199 is neither")
        assert (ran.status, len(ran.stderr.splitlines())) == (21, 1)
        ran = await asyncio.to_thread(run_cli, "check", "--show-numbers", env=environment)
        assert CALLER_ID in ran.stdout


def test_without_any_settings_everything_is_told(run_cli: CommandLine) -> None:
    """Exit 2; every missing setting has a line, and what needs none is checked."""
    ran = run_cli("check", "--json")
    checks = checks_of(ran)
    assert ran.status == 2
    assert {name: check["status"] for name, check in checks.items()} == {
        "settings": "fail",
        "credentials": "skipped",
        "speech": "skipped",
        "public-path": "skipped",
        "ledger": "pass",
    }
    assert "TWILIO_FROM_NUMBER" in checks["settings"]["detail"]
    told = [line.strip() for line in run_cli("check").stdout.splitlines()]
    assert told[0].endswith("5 settings are missing or malformed:")
    assert sum(line.startswith("- ") for line in told) == 5
    assert "***" not in "".join(told)  # no example is masked to nonsense


def test_a_rehearsal_checks_its_own_network(run_cli: CommandLine) -> None:
    """None of the configured keys and addresses is used: nothing is spent."""
    real = {
        "CARTESIA_CALL_REHEARSE": "1",
        "TWILIO_AUTH_TOKEN": "f" * 32,
        "TWILIO_BASE_URL": "http://127.0.0.1:9",
        "CARTESIA_API_KEY": "sk_car_not_used",
        "CARTESIA_BASE_URL": "http://127.0.0.1:9",
    }
    ran = run_cli("check", env=real)
    assert (ran.status, ran.stderr) == (0, "")
    assert ran.stdout.splitlines()[-1].startswith("REHEARSAL: a call would work")
    ran = run_cli("check", "--json", "--fault", "tunnel-refused", env=real)
    assert (ran.status, only_failure(ran)) == (24, "public-path")
    assert json.loads(ran.stdout)["rehearsal"] is True
    ran = run_cli("check", "--json", "--fault", "nonsense", env=real)
    assert (ran.status, only_failure(ran)) == (2, "settings")


def test_a_local_voice_is_heard_where_it_is_asked_for(run_cli: CommandLine) -> None:
    """Only with the fallback."""
    ran = run_cli("check", "--rehearse", "--json", "--fallback", "local,say")
    assert (ran.status, checks_of(ran)["local-voice"]["status"] in {"pass", "warning"}) == (0, True)


@pytest.mark.parametrize(
    ("fallback", "status", "verdict"), [("local", 2, "fail"), ("local,say", 0, "warning")]
)
def test_without_the_extra_the_local_voice_is_refused_as_by_dial(
    run_without_offline_voice: Callable[..., Finished], fallback: str, status: int, verdict: str
) -> None:
    """As the only fallback; beside another one it is a warning. Either way with what to install."""
    ran = run_without_offline_voice("check", "--rehearse", "--json", "--fallback", fallback)
    found = checks_of(ran)["local-voice"]
    assert (ran.status, found["status"]) == (status, verdict)
    assert found["hint"] == "pip install 'cartesia-call[offline]'"


def test_a_result_that_cannot_be_printed_is_said_once(run_cli: CommandLine) -> None:
    """The exit status stays what it would have been; without a result there is nothing to say."""
    expected = {("--no-spend",): (0, 1), ("--json",): (0, 1), ("--fault", "trial"): (25, 1), ("-q",): (0, 0)}
    with Path("/dev/full").open("wb") as full:
        started = {
            arguments: run_cli.start("check", "--rehearse", *arguments, stdout=full.fileno())
            for arguments in expected
        }
    for arguments, process in started.items():
        ran = run_cli.wait(process)
        assert (ran.status, ran.stderr.count("could not be written")) == expected[arguments]
        assert ran.stderr or arguments == ("-q",)


def test_lines_are_folded_on_a_terminal_only(run_cli: CommandLine) -> None:
    """COLUMNS says how wide it is."""
    ours, theirs = pty.openpty()
    with open(ours, "rb", buffering=0) as screen:
        try:
            process = run_cli.start("check", "--rehearse", env={"COLUMNS": "60"}, stdout=theirs)
        finally:
            os.close(theirs)
        shown = _all_of(screen)
        assert run_cli.wait(process).status == 0
    *lines, _verdict = shown.decode().splitlines()
    assert len(lines) > len(LINES)
    assert max(map(len, lines)) <= 60


def _all_of(screen: BinaryIO) -> bytes:
    shown = b""
    with contextlib.suppress(OSError):  # how a terminal says on Linux that nobody is left
        while piece := screen.read(4096):
            shown += piece
    return shown
