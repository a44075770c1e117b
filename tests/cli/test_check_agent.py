"""`check` and ngrok's agent: found, asked, started, downloaded."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from tests.cli.checked import TOKEN, checks_of, only_failure
from tests.cli.live_network import live_environment, live_network, reached
from tests.cli_process import CommandLine
from tests.vendors.ngrok_stand_in import Behaviour, write_stand_in_agent


async def test_the_agent_is_found_and_its_tunnel_proven(run_cli: CommandLine, tmp_path: Path) -> None:
    """Its version is told; the websocket goes through it; nothing of it is left."""
    agent = write_stand_in_agent(tmp_path)
    async with live_network() as network:
        environment = network.environment() | {"PYNGROK_NGROK_PATH": str(agent), "NGROK_AUTHTOKEN": TOKEN}
        ran = await asyncio.to_thread(run_cli, "check", "--json", env=environment)
        checks = checks_of(ran)
        assert ran.status == 0, ran.stdout
        assert checks["agent"]["value"] == {"version": "3.99.0", "path": str(agent)}
        assert checks["public-path"]["value"]["public_url"].startswith("http://127.0.0.1:")


async def test_an_old_agent_is_a_warning_and_one_that_opens_nothing_a_failure(
    run_cli: CommandLine, tmp_path: Path
) -> None:
    """Before anything is opened; with how to get another."""
    rehearsal = ("check", "--rehearse", "--tunnel", "ngrok", "--json")
    environment = {"NGROK_AUTHTOKEN": TOKEN}
    old = environment | {"PYNGROK_NGROK_PATH": str(write_stand_in_agent(tmp_path, version="3.19.1"))}
    ran = run_cli(*rehearsal, env=old)
    found = checks_of(ran)["agent"]
    assert (ran.status, found["status"], found["value"]["version"]) == (0, "warning", "3.19.1")
    assert "past its end of life" in found["detail"]
    gone = environment | {"PYNGROK_NGROK_PATH": str(write_stand_in_agent(tmp_path, version="2.3.41"))}
    ran = run_cli(*rehearsal, env=gone)
    checks = checks_of(ran)
    assert (ran.status, only_failure(ran), checks["public-path"]["status"]) == (24, "agent", "skipped")
    assert "2.3.41" in checks["agent"]["detail"]
    assert "check --install-agent" in checks["agent"]["hint"]


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


REFUSED_DOWNLOAD = {"https_proxy": "http://127.0.0.1:9"}


def test_an_agent_that_cannot_be_downloaded_is_a_line_of_its_own(run_cli: CommandLine) -> None:
    """Told once, with what to do; the other lines come, and wrong settings decide the exit status."""
    ran = run_cli("check", "--install-agent", env=REFUSED_DOWNLOAD)
    assert ran.status == 2
    (line,) = [line for line in ran.stdout.splitlines() if line.startswith("fail     agent ")]
    assert "hint: download it from ngrok.com/download" in line
    assert (ran.stdout + ran.stderr).count("could not be installed") == 1
    assert "pass     ledger" in ran.stdout
    assert ran.stderr.splitlines()[0] == "Downloading ngrok's agent ..."
    assert ran.stderr.splitlines()[1].endswith("lines failed (dial --fallback none: exit 2)")
    assert len(ran.stderr.splitlines()) == 2


async def test_without_another_failure_the_download_decides(run_cli: CommandLine) -> None:
    """Exit 24 also where the public path needs no agent: somebody asked for one."""
    async with live_network() as network:
        environment = live_environment(network) | REFUSED_DOWNLOAD | {"NO_PROXY": "127.0.0.1"}
        ran = await asyncio.to_thread(run_cli, "check", "--install-agent", "--json", env=environment)
        assert (ran.status, only_failure(ran)) == (24, "agent")
        assert checks_of(ran)["public-path"]["status"] == "pass"


async def test_an_agent_that_was_there_before_opens_the_path(run_cli: CommandLine, tmp_path: Path) -> None:
    """A failed download takes nothing away from it."""
    agent = write_stand_in_agent(tmp_path)
    async with live_network() as network:
        environment = network.environment() | REFUSED_DOWNLOAD | {"NO_PROXY": "127.0.0.1"}
        environment |= {"PYNGROK_NGROK_PATH": str(agent), "NGROK_AUTHTOKEN": TOKEN}
        ran = await asyncio.to_thread(run_cli, "check", "--install-agent", "--json", env=environment)
        assert (ran.status, only_failure(ran)) == (24, "agent")
        assert checks_of(ran)["public-path"]["status"] == "pass"


def test_quiet_says_nothing_of_a_download(run_cli: CommandLine) -> None:
    """Failures only, and what they come to."""
    ran = run_cli("check", "--install-agent", "-q", env=REFUSED_DOWNLOAD)
    assert "Downloading" not in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize("by_environment", [False, True])
def test_a_rehearsal_downloads_nothing(run_cli: CommandLine, by_environment: bool) -> None:
    """Exit 2 and one sentence; an object has it as well."""
    rehearse, environment = ((), {"CARTESIA_CALL_REHEARSE": "1"}) if by_environment else (("--rehearse",), {})
    environment |= REFUSED_DOWNLOAD
    ran = run_cli("check", "--install-agent", *rehearse, env=environment)
    assert (ran.status, ran.stdout, len(ran.stderr.splitlines())) == (2, "", 1)
    assert "--install-agent" in ran.stderr
    ran = run_cli("check", "--install-agent", "--json", *rehearse, env=environment)
    assert (ran.status, only_failure(ran)) == (2, "settings")


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
