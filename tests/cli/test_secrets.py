"""Keys, the secrets of calls and whole numbers: looked for wherever a run prints, keeps or shows anything."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import functools
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.cli.signals import SAME_WISH_S
from cartesia_simulator.faults import FAULTS
from tests.cli.call_moments import MESSAGE, MOMENTS, Account
from tests.cli.leak_search import (
    TO,
    USERS_IDENTITIES,
    USERS_KEYS,
    WHOLE_NUMBER,
    files_in,
    leaks,
    leaks_of,
    secrets,
    secrets_of_calls,
    secrets_told_to,
)
from tests.cli.live_network import WAIT_S, live_environment, live_network, reached
from tests.cli_process import CommandLine, Finished
from tests.leaks import processes_of_home
from tests.vendors.http_peers import Behaviour, Peer, ReceivedRequest, answering, read_request, serving
from tests.vendors.ngrok_stand_in import write_stand_in_agent
from tests.vendors.ngrok_watch import watching_agents

AT_ONCE = 4
"""Rehearsals beside each other."""
LEAVES_WITHIN_S = 5.0
"""Real seconds; the hang-up that nobody confirms would go on for longer."""

HARMLESS = (
    *("tunnel-late", "place-500", "callbacks-reordered", "stream-late", "start-late"),
    *("second-stream", "speech-slow", "mark-late", "amd-late"),
)
"""Faults that hinder no other: one rehearsal goes through all of them."""


@pytest.fixture
def home(clean_environment: dict[str, str]) -> Path:
    return Path(clean_environment["HOME"])


async def dial(run_cli: CommandLine, *options: str, env: Mapping[str, str]) -> Finished:
    """At the highest verbosity, the result as JSON."""
    arguments = ("dial", TO, MESSAGE, "-v", "-v", "--json", *options)
    return await in_daemon_thread(functools.partial(run_cli, *arguments, env=env))


async def check(run_cli: CommandLine, env: Mapping[str, str]) -> Finished:
    """At the highest verbosity, for people."""
    return await in_daemon_thread(functools.partial(run_cli, "check", "--to", TO, "-v", "-v", env=env))


@pytest.mark.long
async def test_a_rehearsal_with_any_fault_keeps_every_secret(run_cli: CommandLine, home: Path) -> None:
    """The user's keys, which lie in the environment and are used by nobody, and its own."""
    free = asyncio.Semaphore(AT_ONCE)
    async with serving(answering(500, "")) as live:
        env = {
            **USERS_KEYS,
            **USERS_IDENTITIES,
            "TWILIO_BASE_URL": live.url,
            "CARTESIA_BASE_URL": live.url,
        }

        async def rehearse(faults: str) -> Finished:
            options = ("--rehearse", "--no-cache", "--fault", faults)
            async with free:
                return await dial(run_cli, *options, env=env)

        together = ",".join(HARMLESS)
        faults = [together, *(fault for fault in FAULTS if fault not in HARMLESS)]
        runs = dict(zip(faults, await asyncio.gather(*map(rehearse, faults)), strict=True))
        assert runs[together].status == 0
        assert not live.requests
    for fault, ran in runs.items():
        assert json.loads(ran.stdout)["exit_code"] == ran.status not in {1, 2}, (fault, ran)
    found = {fault: leaks_of(ran, home) for fault, ran in runs.items()}
    assert {fault: leaked for fault, leaked in found.items() if leaked} == {}
    assert any(path.endswith("ledger.sqlite3") for path in files_in(home))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_no_process_shows_what_it_knows(exec_cli: CommandLine, home: Path, tmp_path: Path) -> None:
    """In mid-call through ngrok: neither in its title and arguments, nor in the environment that it gives to
    others, but for ngrok's token, which is for the agent.
    """
    async with watching_agents() as watch:
        agent_path = write_stand_in_agent(tmp_path, report_port=watch.port)
        env = {"PYNGROK_NGROK_PATH": str(agent_path), "NGROK_AUTHTOKEN": USERS_KEYS["NGROK_AUTHTOKEN"]}
        calling = Account(exec_cli).call_at(MOMENTS["half heard"], "-v", "-v", "--json", to=TO, env=env)
        async with calling as under_way:
            agent, ours = await watch.next_agent(), under_way.process.pid
            others = processes_of_home(home) - {ours}
            assert others == {agent.pid, agent.parent}
            of_call = secrets_told_to(under_way.network)
            assert len(of_call) == 2
            hidden = secrets(of_call)
            shown = {f"arguments of {pid}": _proc(pid, "cmdline") for pid in (ours, *others)}
            shown |= {f"titles of {pid}": _proc(pid, "task/*/comm") for pid in (ours, *others)}
            assert leaks(shown, hidden) == []
            del hidden["NGROK_AUTHTOKEN"]
            given = {f"environment of {pid}": _proc(pid, "environ") for pid in others}
            assert leaks(given, hidden) == []
            assert not any(
                WHOLE_NUMBER.search(_proc(pid, file)) for pid in others for file in ("cmdline", "environ")
            )
            assert USERS_KEYS["NGROK_AUTHTOKEN"] not in " ".join(agent.arguments)
            ran = await under_way.end
        assert ran.status == 0, ran.stderr
        assert leaks_of(ran, home, of_call) == []


def _proc(pid: int, files: str) -> str:
    return "\n".join(path.read_bytes().decode("latin-1") for path in Path(f"/proc/{pid}").glob(files))


@pytest.mark.parametrize("code", ["ERR_NGROK_105", "ERR_NGROK_107"])
async def test_ngroks_words_about_a_token_are_not_repeated(
    run_cli: CommandLine, home: Path, tmp_path: Path, code: str
) -> None:
    """They hold it."""
    agent = write_stand_in_agent(tmp_path, refuse_start=code)
    async with live_network() as network:
        env = {"PYNGROK_NGROK_PATH": str(agent), "NGROK_AUTHTOKEN": USERS_KEYS["NGROK_AUTHTOKEN"]}
        ran = await dial(run_cli, "--fallback", "none", env=network.environment() | env)
    assert ran.status == 20
    assert code in ran.stdout
    assert leaks_of(ran, home) == []


@pytest.mark.parametrize("service", ["TWILIO_A", "CARTESIA_A"])
async def test_refused_credentials_are_not_repeated(run_cli: CommandLine, home: Path, service: str) -> None:
    """Keys that the service does not know."""
    keys = {name: key for name, key in (USERS_KEYS | USERS_IDENTITIES).items() if name.startswith(service)}
    async with live_network() as network:
        ran = await dial(run_cli, "--fallback", "none", env=live_environment(network) | keys)
        assert (ran.status, json.loads(ran.stdout)["outcome"]) == (20, "unauthorized")
        assert leaks_of(ran, home, secrets_told_to(network)) == []


async def test_a_check_shows_no_secret(exec_cli: CommandLine, home: Path) -> None:
    """Of all the settings that it names; whole numbers are for `--json`."""
    async with live_network() as network:
        ran = await check(exec_cli, env=live_environment(network))
        assert ran.status == 0, ran
        assert leaks_of(ran, home) == []
        assert not WHOLE_NUMBER.search(ran.stdout)


QUOTATIONS: dict[str, Callable[[ReceivedRequest], list[str]]] = {
    "login": lambda request: [
        request.headers.get("authorization", ""),
        base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode(),
    ],
    "speech key": lambda request: [
        request.headers.get("x-api-key", ""),
        request.headers.get("authorization", ""),
    ],
    "addresses": lambda request: [*request.form["StatusCallback"], *request.form["Twiml"]],
    "numbers": lambda request: [
        spelling
        for name in ("To", "From")
        for number in request.form[name]
        for spelling in (number, number[2:], f"({number[2:5]}) {number[5:8]}-{number[8:]}")
    ],
}
"""What a service may repeat of a request."""


def parrot(http_status: int, code: int, quotation: str) -> Behaviour:
    """A service that refuses every request and repeats this part of it, as it is and as in a URL."""

    async def behave(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        peer.requests.append(request)
        words = QUOTATIONS[quotation](request)
        message = " ".join([*words, *(quote(word, safe="") for word in words)])
        body = json.dumps({"code": code, "message": message, "error": message, "status": http_status})
        head = f"HTTP/1.1 {http_status} No\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write((head + body).encode())
        await writer.drain()

    return behave


@pytest.mark.parametrize(
    ("service", "http_status", "code", "quotation"),
    [
        *(
            ("TWILIO", 400, code, part)
            for code in (21205, 99999)
            for part in ("login", "addresses", "numbers")
        ),
        *(("CARTESIA", http_status, 0, "speech key") for http_status in (400, 401)),
    ],
)
async def test_a_service_that_repeats_the_request_is_not_repeated(
    run_cli: CommandLine, home: Path, service: str, http_status: int, code: int, quotation: str
) -> None:
    """Its words are shown without what they give away; of codes that we know, and of others."""
    async with live_network() as network, serving(parrot(http_status, code, quotation)) as peer:
        env = live_environment(network) | {f"{service}_BASE_URL": peer.url}
        ran = await dial(run_cli, "--fallback", "none", env=env)
        assert ran.status in {20, 21, 22, 23}, ran
        assert peer.requests
        told = [text for request in peer.requests for texts in request.form.values() for text in texts]
        assert leaks_of(ran, home, secrets_of_calls(told)) == []
        if quotation in {"login", "speech key"}:
            ran = await check(run_cli, env=env)
            assert ran.status in {20, 22, 23}, ran
            assert leaks_of(ran, home) == []


FAULTY_LIBRARIES = {
    "h11": """
import h11
def send(self, event):
    raise RuntimeError(f"cannot send {event} {dict(getattr(event, 'headers', ()))}")
h11.Connection.send = send
""",
    "websockets": """
from websockets import server
accept, receive_data = server.ServerProtocol.accept, server.ServerProtocol.receive_data
def accept_and_remember(self, request):
    self.asked = request
    return accept(self, request)
def receive_from_stream(self, data):
    asked = getattr(self, "asked", None)
    if asked is None or "/media/" not in asked.path:
        return receive_data(self, data)
    raise RuntimeError(f"cannot send or read over {asked.path} {asked.headers}")
server.ServerProtocol.accept = accept_and_remember
server.ServerProtocol.receive_data = receive_from_stream
""",
}
"""By the library that has a bug: what Python runs at its start."""


@pytest.mark.parametrize("library", FAULTY_LIBRARIES)
async def test_a_traceback_shows_no_secret(
    run_cli: CommandLine, home: Path, tmp_path: Path, library: str
) -> None:
    """An error that nobody expects, in whose words a whole request stands."""
    (tmp_path / "sitecustomize.py").write_text(FAULTY_LIBRARIES[library])
    async with live_network() as network:
        env = live_environment(network) | {"PYTHONPATH": str(tmp_path)}
        if library == "h11":
            ran = await _stopped_after(run_cli, b"cannot send", 2, env=env)
        else:
            ran = await dial(run_cli, env=env)
        assert "Traceback" in ran.stderr
        assert "cannot send" in ran.stderr, ran.stderr
        assert leaks_of(ran, home, secrets_told_to(network)) == []


async def _stopped_after(run_cli: CommandLine, words: bytes, times: int, env: Mapping[str, str]) -> Finished:
    """`dial` that is told to end once standard error had these words so often: what became of a lost call
    would be looked for, request after request, for twenty seconds.
    """
    process = run_cli.start("dial", TO, MESSAGE, "-v", "-v", "--json", env=env)
    assert process.stderr is not None
    told = b""
    async with asyncio.timeout(WAIT_S):
        while told.count(words) < times:
            piece = await in_daemon_thread(functools.partial(os.read, process.stderr.fileno(), 1 << 16))
            assert piece, told.decode()
            told += piece
    process.send_signal(signal.SIGTERM)
    ran = await in_daemon_thread(functools.partial(run_cli.wait, process))
    return dataclasses.replace(ran, stderr=told.decode() + ran.stderr)


async def test_leaving_at_once_gives_nothing_away(run_cli: CommandLine, home: Path) -> None:
    """The second signal, while the hang-up is not confirmed."""
    ringing = dataclasses.replace(MOMENTS["ringing"], faults=("hangup-ignored",))
    async with Account(run_cli).call_at(ringing, "-v", "-v", "--json", to=TO) as under_way:
        under_way.process.send_signal(signal.SIGTERM)
        await reached(
            lambda: any("Status" in request.parameters for request in under_way.network.carrier.requests)
        )
        await asyncio.to_thread(threading.Event().wait, 2 * SAME_WISH_S)  # sooner it would be the same wish
        under_way.process.send_signal(signal.SIGTERM)
        ran = await asyncio.wait_for(asyncio.shield(under_way.end), LEAVES_WITHIN_S)
        assert ran.status == 31
        assert leaks_of(ran, home, secrets_told_to(under_way.network)) == []
