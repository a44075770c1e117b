"""A stand-in for the ngrok agent, and the factory that writes one where a test wants it.

`write_stand_in_agent(folder)` writes `folder/ngrok`, executable, which runs this file; its behaviour stands
beside it as JSON. It needs the standard library only. As the real agent does it: the commands and options
that pyngrok uses, log lines, exit statuses, the local API in both versions, and forwarding of real traffic.
Its public address is `http://127.0.0.1:PORT`, served by the process itself, and gone with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TypedDict, Unpack
from urllib.parse import urlsplit

from tests.vendors.stand_in_program import write_program

_KEYS_BY_API = {
    "tunnels": {"name", "addr", "proto", "inspect", "domain", "schemes", "pooling_enabled", "metadata"},
    "endpoints": {"name", "upstream", "url", "inspect", "pooling_enabled", "metadata", "description"},
}
_REFUSALS = {
    "ERR_NGROK_105": "authentication failed: The authtoken you specified does not look like a proper ngrok "
    "authtoken.\nYour authtoken: {token}\nInstructions to install your authtoken are on your dashboard.",
    "ERR_NGROK_107": "authentication failed: The authtoken you specified is properly formed, but it is "
    "invalid.\nYour authtoken: {token}\nThis usually happens when the authtoken was reset.",
    "ERR_NGROK_108": "authentication failed: Your account is limited to 3 simultaneous ngrok agent sessions.",
    "ERR_NGROK_334": "failed to start tunnel: The endpoint 'https://fake-name.ngrok-free.dev' is already "
    "online. Either\n1. stop your existing endpoint first, or\n2. start both endpoints with pooling.",
    "ERR_NGROK_4018": "authentication failed: Usage of ngrok requires a verified account and authtoken.",
}
"""Texts as the real service words them, as far as they are known."""


class Behaviour(TypedDict, total=False):
    """What this agent does wrong. Without any of it, it works."""

    version: str
    """What it says of itself, if not that it is newer than any that anybody knows."""
    silent: bool
    """Runs, and neither logs nor serves anything."""
    complains: str
    """Logs this as an error, as one does that has no network, and then is silent."""
    deaf: bool
    """Ignores SIGTERM."""
    deregisters_s: float
    """Takes so long to end after SIGTERM."""
    slow_s: float
    """Waits this long before each of the three log lines of a start."""
    refuse_start: str
    """The ERR_NGROK code of a start that fails; any code, some with their real text."""
    refuse_endpoint: str
    """The ERR_NGROK code of a refused endpoint; the agent itself runs on."""
    refusals: int
    """How often it refuses before it works, counted over all starts; always, if left out."""
    exclusive: bool
    """Agents of this folder share one domain: the second to ask for it gets ERR_NGROK_334."""
    report_port: int
    """A loopback port that is told, as one JSON line, who was started with what; open until the end."""


def write_stand_in_agent(directory: Path, **behaviour: Unpack[Behaviour]) -> Path:
    """Write an executable agent into `directory`, which may be new; its path, for PYNGROK_NGROK_PATH. One
    agent per directory; writing it again starts the counts anew."""
    directory.mkdir(parents=True, exist_ok=True)
    agent = directory / "ngrok"
    write_program(agent, __name__, version=f"ngrok version {behaviour.get('version', '3.99.0')}")
    _behaviour_file(agent).write_text(json.dumps(behaviour), encoding="utf-8")
    shutil.rmtree(_refused_folder(agent), ignore_errors=True)
    return agent


def _behaviour_file(agent: Path) -> Path:
    return agent.with_name("ngrok.behaviour.json")


def _refused_folder(agent: Path) -> Path:
    return agent.with_name("ngrok.refused")


class StandInAgent:
    """The running agent: its local API and the public ports of its endpoints."""

    def __init__(self, agent: Path, behaviour: Behaviour, authtoken: str) -> None:
        self._agent = agent
        self._behaviour = behaviour
        self._authtoken = authtoken
        self._endpoints: dict[str, tuple[dict[str, object], asyncio.Server]] = {}
        self._domain = contextlib.ExitStack()

    async def run(self) -> int:
        """The exit status, once it is told to end."""
        ended = asyncio.Event()
        if not self._behaviour.get("deaf"):
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
        if complaint := self._behaviour.get("complains"):
            _log("eror", f'msg="failed to reconnect session" err={json.dumps(complaint)}')
        if self._behaviour.get("silent") or complaint:
            await ended.wait()
            return 0
        refused = self._behaviour.get("refuse_start")
        if refused and self._refuses():
            return self._fail(refused)
        if not self._authtoken:
            return self._fail("ERR_NGROK_4018")
        try:
            api = await asyncio.start_server(self._serve_api, "127.0.0.1", _web_port())
        except OSError as error:
            _log("crit", f'msg="command failed" err="{error.strerror}"')
            return 1
        host, port = api.sockets[0].getsockname()
        for line in (
            f'msg="starting web service" obj=web addr={host}:{port} allow_hosts=[]',
            'msg="client session established" obj=tunnels.session',
            'msg="tunnel session started" obj=tunnels.session',
        ):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), self._behaviour.get("slow_s", 0))
                return 0
            _log("info", line)
        await ended.wait()
        await asyncio.sleep(self._behaviour.get("deregisters_s", 0))
        _log("info", 'msg="received stop request" obj=app stopReq="{err:<nil> restart:false}"')
        return 0

    def _refuses(self) -> bool:
        """Whether this is still one of the `refusals`. A folder counts them over all starts."""
        if "refusals" not in self._behaviour:
            return True
        folder = _refused_folder(self._agent)
        folder.mkdir(exist_ok=True)
        refused = len(list(folder.iterdir()))
        if refused >= self._behaviour["refusals"]:
            return False
        (folder / str(refused)).touch()
        return True

    def _fail(self, code: str) -> int:
        text = self._text(code)
        error = json.dumps(f"{text}\r\n\r\n{code}\r\n")
        _log("eror", f'msg="session closing" obj=tunnels.session err={error}')
        _log("crit", f'msg="command failed" err={error}')
        for line in (*text.split("\n"), "", code, ""):
            print(f"ERROR:  {line}", file=sys.stderr, flush=True)
        return 1

    def _text(self, code: str) -> str:
        return _REFUSALS.get(code, "the service refused this").format(token=self._authtoken)

    # --- the local API -------------------------------------------------------------------------------

    async def _serve_api(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, path, _ = head.split(" ", 2)
            lengths = [line for line in head.split("\r\n") if line.lower().startswith("content-l")]
            length = int(lengths[0].split(":")[1]) if lengths else 0
            status, answer = await self._answer(method, path, await reader.readexactly(length))
            body = json.dumps(answer).encode() if answer is not None else b""
            writer.write(
                f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nConnection: close\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            await writer.drain()
        writer.close()

    async def _answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, object] | None]:
        parts = path.strip("/").split("/")
        if len(parts) < 2 or parts[0] != "api" or parts[1] not in _KEYS_BY_API:
            return 404, {"error_code": 100, "status_code": 404, "msg": "not found"}
        if len(parts) == 3:
            return self._answer_about(method, parts[2])
        if method == "GET":
            return 200, {parts[1]: [shown for shown, _ in self._endpoints.values()], "uri": path}
        return await self._create(parts[1], json.loads(body))

    def _answer_about(self, method: str, name: str) -> tuple[int, dict[str, object] | None]:
        if name not in self._endpoints:
            return 404, {"error_code": 100, "status_code": 404, "msg": "no such endpoint"}
        shown, server = self._endpoints[name]
        if method == "GET":
            return 200, shown
        server.close()
        del self._endpoints[name]
        self._domain.close()
        return 204, None

    async def _create(self, api: str, wanted: dict[str, object]) -> tuple[int, dict[str, object]]:
        unknown = sorted(wanted.keys() - _KEYS_BY_API[api])
        if unknown or "name" not in wanted or wanted["name"] in self._endpoints:
            return _bad_request(f"field {unknown} not found in type config, or its name is taken")
        upstream = wanted.get("upstream")
        address = str(upstream.get("url") if isinstance(upstream, dict) else wanted.get("addr"))
        if "://" not in address:
            if api == "endpoints":
                return _bad_request(f"{address} is no URL")
            address = f"http://{address if ':' in address else f'localhost:{address}'}"
        refused = self._behaviour.get("refuse_endpoint")
        if refused and self._refuses():
            return self._refused_endpoint(refused)
        if self._behaviour.get("exclusive") and not self._take_domain():
            return self._refused_endpoint("ERR_NGROK_334")
        target = urlsplit(address)
        server = await asyncio.start_server(
            lambda reader, writer: self._forward(reader, writer, str(target.hostname), target.port or 80),
            "127.0.0.1",
            0,
        )
        public_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        shown: dict[str, object] = {
            "name": wanted["name"],
            "uri": f"/api/{api}/{wanted['name']}",
            "metrics": {},
        }
        if api == "endpoints":
            shown.update(url=public_url, upstream={"url": address})
        else:
            shown.update(public_url=public_url, proto="https", config={"addr": address, "inspect": False})
        self._endpoints[str(wanted["name"])] = (shown, server)
        _log(
            "info", f'msg="started tunnel" obj=tunnels name={wanted["name"]} addr={address} url={public_url}'
        )
        return 201, shown

    def _refused_endpoint(self, code: str) -> tuple[int, dict[str, object]]:
        error, msg = f"{self._text(code)}\r\n\r\n{code}\r\n", "failed to start tunnel"
        _log("warn", f'msg="{msg}" pg=/api/tunnels err={json.dumps(error)}')
        return 502, {"error_code": 103, "status_code": 502, "msg": msg, "details": {"err": error}}

    def _take_domain(self) -> bool:
        file = self._domain.enter_context(self._agent.with_name("ngrok.domain").open("a"))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._domain.close()
            return False
        return True

    # --- traffic -------------------------------------------------------------------------------------

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int
    ) -> None:
        """One public connection: the first request gets ngrok's headers, the rest passes byte by byte."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            _log("info", 'msg="join connections" obj=join r=127.0.0.1')
            head = await reader.readuntil(b"\r\n\r\n")
            try:
                upstream_reader, upstream_writer = await asyncio.open_connection(host, port)
            except OSError:
                writer.write(
                    b"HTTP/1.1 502 Bad Gateway\r\nngrok-error-code: ERR_NGROK_8012\r\n"
                    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
                )
                await writer.drain()
            else:
                upstream_writer.write(_with_forwarding_headers(head))
                await asyncio.gather(_pipe(reader, upstream_writer), _pipe(upstream_reader, writer))
                upstream_writer.close()
        writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while received := await reader.read(65536):
            writer.write(received)
            await writer.drain()
        writer.write_eof()


def _with_forwarding_headers(head: bytes) -> bytes:
    lines = head.split(b"\r\n")
    host = next((line[5:].strip() for line in lines if line.lower().startswith(b"host:")), b"")
    added = [b"X-Forwarded-For: 127.0.0.1", b"X-Forwarded-Proto: https", b"X-Forwarded-Host: " + host]
    return b"\r\n".join([lines[0], *added, *lines[1:]])


def _bad_request(error: str) -> tuple[int, dict[str, object]]:
    return 400, {
        "error_code": 102,
        "status_code": 400,
        "msg": "invalid tunnel configuration",
        "details": {"err": f"yaml: unmarshal errors:\n  line 1: {error}"},
    }


def _log(level: str, rest: str) -> None:
    """One line of logfmt. Without a reader the agent ends, as a Go program does of SIGPIPE on its output."""
    try:
        print(f"t=2026-11-02T10:00:00+0000 lvl={level} {rest}", flush=True)
    except BrokenPipeError:
        os._exit(1)


async def _report_and_run(agent: Path, behaviour: Behaviour, authtoken: str) -> int:
    report = contextlib.ExitStack()
    if "report_port" in behaviour:
        _, writer = await asyncio.open_connection("127.0.0.1", behaviour["report_port"])
        report.callback(writer.close)
        about = {
            "pid": os.getpid(),
            "parent": os.getppid(),
            "arguments": sys.argv[1:],
            "environment": dict(os.environ),
        }
        writer.write(json.dumps(about).encode() + b"\n")
        await writer.drain()
    with report:
        return await StandInAgent(agent, behaviour, authtoken).run()


def _option(name: str) -> str:
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else ""


def _web_port() -> int:
    lines = Path(_option("--config")).read_text(encoding="utf-8").splitlines()
    return next((int(line.rpartition(":")[2]) for line in lines if line.startswith("web_addr:")), 0)


def main() -> None:
    """The commands of the real agent that pyngrok uses, but for `--version`."""
    agent = Path(sys.argv[0]).absolute()
    behaviour: Behaviour = json.loads(_behaviour_file(agent).read_text(encoding="utf-8"))
    if sys.argv[1:3] == ["config", "add-authtoken"]:
        print(f"Authtoken saved to configuration file: {_option('--config')}")
        return
    if sys.argv[1:5] != ["start", "--none", "--log", "stdout"]:
        sys.exit(f"ERROR:  unknown command {sys.argv[1:]}")
    if behaviour.get("deaf"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    authtoken = _option("--authtoken") or os.environ.get("NGROK_AUTHTOKEN", "")
    os._exit(asyncio.run(_report_and_run(agent, behaviour, authtoken)))
