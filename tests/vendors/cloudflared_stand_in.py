"""A stand-in for cloudflared's quick tunnels, and the factory that writes one where a test wants it.

`write_stand_in_cloudflared(folder)` writes `folder/cloudflared`, executable, which runs this file, with what
it does wrong beside it. It needs the standard library only. What the real one does it does: options, log
lines on standard error, the address in a frame before the connection is registered, traffic of requests and
websockets. Its public address is `http://127.0.0.1:PORT`, served by the process itself, and gone with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import TypedDict, Unpack
from urllib.parse import urlsplit

from tests.vendors.stand_in_program import write_program


class Behaviour(TypedDict, total=False):
    """What this agent does wrong. Without any of it, it works."""

    fails: str
    """Says this and ends, as one that is given no tunnel."""
    never_connects: str
    """Has an address, logs this as an error, and is never connected."""
    is_old: bool
    """Says that it is connected as agents did until 2022."""
    silent: bool
    """Says nothing that is no chatter."""


def write_stand_in_cloudflared(directory: Path, **behaviour: Unpack[Behaviour]) -> Path:
    """Write an executable agent into `directory`, which may be new; its path."""
    directory.mkdir(parents=True, exist_ok=True)
    agent = directory / "cloudflared"
    write_program(agent, __name__, version="cloudflared version 2026.1.0 (a stand-in)")
    agent.with_suffix(".json").write_text(json.dumps(behaviour), encoding="utf-8")
    return agent


async def _run(behaviour: Behaviour, host: str, port: int) -> int:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    _log("ERR", "Configuration file /dev/null was empty")
    _log("INF", "Requesting new quick Tunnel on trycloudflare.com...")
    if failure := behaviour.get("fails"):
        print(failure, file=sys.stderr)
        return 1
    if not behaviour.get("silent"):
        server = await asyncio.start_server(
            lambda reader, writer: _forward(reader, writer, host, port), "127.0.0.1", 0
        )
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        _log("INF", f"+{'-' * 94}+")
        _log("INF", "|  Your quick Tunnel has been created! Visit it at (it may take some time):  |")
        _log("INF", f"|  {url:<90}  |")
        _log("INF", f"+{'-' * 94}+")
        if complaint := behaviour.get("never_connects"):
            _log("ERR", complaint)
        elif behaviour.get("is_old"):
            _log("INF", "Connection 513d3a2a-1b41-4dad-8a4a-1435a87b1800 registered connIndex=0 location=FRA")
        else:
            _log("INF", "Registered tunnel connection connIndex=0 location=fra08 protocol=quic")
    await ended.wait()
    return 0


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
    with contextlib.suppress(OSError):
        upstream_reader, upstream_writer = await asyncio.open_connection(host, port)
        await asyncio.gather(_pipe(reader, upstream_writer), _pipe(upstream_reader, writer))
        upstream_writer.close()
    writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while received := await reader.read(65536):
            writer.write(received)
            await writer.drain()
        writer.write_eof()


def _log(level: str, words: str) -> None:
    print(f"2026-11-02T10:00:00Z {level} {words}", file=sys.stderr, flush=True)


def main() -> None:
    """The one command of the real agent that a quick tunnel needs."""
    agent = Path(sys.argv[0]).absolute()
    behaviour: Behaviour = json.loads(agent.with_suffix(".json").read_text(encoding="utf-8"))
    if sys.argv[1:4] != ["tunnel", "--config", "/dev/null"] or "--no-autoupdate" not in sys.argv:
        sys.exit(f"unknown command {sys.argv[1:]}")
    target = urlsplit(sys.argv[sys.argv.index("--url") + 1])
    os._exit(asyncio.run(_run(behaviour, str(target.hostname), target.port or 80)))
