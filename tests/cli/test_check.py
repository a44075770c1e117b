"""`check`: the program in a process of its own, against the built-in network in this one."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.live_network import live_environment, live_network, reached
from tests.cli_process import CommandLine, Finished
from tests.vendors.http_peers import answering, serving, unused_port
from tests.vendors.ngrok_stand_in import Behaviour, write_stand_in_agent

NUMBER = "+12025550143"
CALLER_ID = "+12025550100"
TOKEN = "evidently-fake-ngrok-token"
SECRETS = ("rehearsal-auth-token", "sk_car_rehearsal", TOKEN)
UNKNOWN_VOICE = "00000000-0000-4000-8000-000000000000"

LINES = [
    *("settings", "credentials", "account", "caller-id", "signature", "clock"),
    *("speech", "public-path", "ledger"),
]


def checks_of(ran: Finished) -> dict[str, dict[str, Any]]:
    """The object's lines by name; it agrees with the exit status, and holds no secret."""
    fields = json.loads(ran.stdout)
    assert (fields["schema"], fields["exit_code"]) == (1, ran.status)
    assert fields["ok"] is (ran.status == 0)
    assert not [secret for secret in SECRETS if secret in ran.stdout + ran.stderr]
    return {check["name"]: check for check in fields["checks"]}


def only_failure(ran: Finished) -> str:
    (name,) = [name for name, check in checks_of(ran).items() if check["status"] == "fail"]
    return name


async def test_what_works_passes_line_by_line(run_cli: CommandLine) -> None:
    """Exit 0; one line each in a fixed order, numbers masked; nobody was called."""
    async with live_network() as network:
        ran = await asyncio.to_thread(run_cli, "check", env=live_environment(network))
        assert (ran.status, ran.stderr) == (0, "")
        lines = [line for line in ran.stdout.splitlines() if not line.startswith(" ")]
        assert [line.split()[1] for line in lines[:-1]] == LINES
        assert all(line.startswith("pass ") for line in lines[:-1])
        assert lines[-1] == "a call would work: 9 passed, 0 warnings, 0 skipped"
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
        assert list(checks) == ["settings", "number", *LINES[1:4], "permission", *LINES[4:]]
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
        assert checks_of(ran)["clock"]["status"] == "skipped"


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
        assert (ran.status, checks_of(ran)["public-path"]["status"]) == (0, "warning")


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
    """Only with the fallback; without the extra `offline` it is a warning."""
    ran = run_cli("check", "--rehearse", "--json", "--fallback", "local,say")
    assert (ran.status, checks_of(ran)["local-voice"]["status"] in {"pass", "warning"}) == (0, True)


async def test_the_agent_is_found_and_its_tunnel_proven(run_cli: CommandLine, tmp_path: Path) -> None:
    """Its version is told; the websocket goes through it; nothing of it is left."""
    agent = write_stand_in_agent(tmp_path)
    async with live_network() as network:
        environment = network.environment() | {"PYNGROK_NGROK_PATH": str(agent), "NGROK_AUTHTOKEN": TOKEN}
        ran = await asyncio.to_thread(run_cli, "check", "--json", env=environment)
        checks = checks_of(ran)
        assert ran.status == 0, ran.stdout
        assert checks["agent"]["value"] == {"version": "3.39.10", "path": str(agent)}
        assert checks["public-path"]["value"]["public_url"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [
        ({"refuse_start": "ERR_NGROK_107"}, 20),
        ({"refuse_endpoint": "ERR_NGROK_334"}, 24),
        ({"silent": True}, 24),
    ],
    ids=["wrong token", "domain in use", "silent"],
)
def test_an_agent_that_opens_nothing_fails(
    run_cli: CommandLine, tmp_path: Path, behaviour: Behaviour, status: int
) -> None:
    """Within --tunnel-timeout, and without ngrok's words about the token."""
    environment = {
        "PYNGROK_NGROK_PATH": str(write_stand_in_agent(tmp_path, **behaviour)),
        "NGROK_AUTHTOKEN": TOKEN,
    }
    ran = run_cli(
        *("check", "--rehearse", "--tunnel", "ngrok", "--json", "--tunnel-timeout", "1.5s"), env=environment
    )
    assert (ran.status, only_failure(ran)) == (status, "public-path")
    assert checks_of(ran)["agent"]["status"] == "pass"


def test_without_an_agent_the_hint_is_an_option_of_this_command(run_cli: CommandLine) -> None:
    """Exit 24; the path is skipped, for nothing could open it."""
    ran = run_cli("check", "--rehearse", "--tunnel", "ngrok", "--json", env={"PATH": "/nowhere"})
    checks = checks_of(ran)
    assert (ran.status, only_failure(ran)) == (24, "agent")
    assert "check --install-agent" in checks["agent"]["hint"]
    assert checks["public-path"]["status"] == "skipped"


def test_an_agent_that_cannot_be_downloaded_ends_it(run_cli: CommandLine) -> None:
    """Exit 24 before anything is checked, as an object too."""
    ran = run_cli("check", "--install-agent", "--json", env={"https_proxy": "http://127.0.0.1:9"})
    assert (ran.status, only_failure(ran)) == (24, "agent")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_and_its_agent(
    run_cli: CommandLine, tmp_path: Path, number: signal.Signals
) -> None:
    """While the tunnel does not open: 128 and the signal, what was found so far, and no process left."""
    reports: list[str] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reports.append((await reader.readline()).decode())
        writer.close()

    async with await asyncio.start_server(note, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        agent = write_stand_in_agent(tmp_path, silent=True, report_port=port)
        environment = {"PYNGROK_NGROK_PATH": str(agent), "NGROK_AUTHTOKEN": TOKEN}
        process = run_cli.start("check", "--rehearse", "--tunnel", "ngrok", "--json", env=environment)
        await reached(lambda: bool(reports))
        process.send_signal(number)
        ran = await asyncio.to_thread(run_cli.wait, process, timeout_s=15)
        assert ran.status == 128 + number
        assert "settings" in checks_of(ran)
