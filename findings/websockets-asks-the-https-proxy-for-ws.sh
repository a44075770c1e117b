#!/usr/bin/env bash
# websockets sends plain ws://, to this very machine as well, through HTTPS_PROXY.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check websockets==15.0.1
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import importlib.metadata
import os
import sys

import websockets
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[name]
asked = []


async def recording_proxy(name: str) -> int:
    """The port of a proxy that notes who asks, and refuses."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((name, (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].decode()))
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    return server.sockets[0].getsockname()[1]


async def main() -> int:
    os.environ["HTTP_PROXY"] = f"http://127.0.0.1:{await recording_proxy('HTTP_PROXY')}"
    os.environ["HTTPS_PROXY"] = f"http://127.0.0.1:{await recording_proxy('HTTPS_PROXY')}"

    async def greet(socket) -> None:
        await socket.send("hello")

    async with serve(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        try:
            async with connect(f"ws://127.0.0.1:{port}/"):
                pass
        except websockets.InvalidProxyStatus:
            pass
    return port


port = asyncio.run(main())
print(f"websockets {importlib.metadata.version('websockets')}; connect('ws://127.0.0.1:PORT') with HTTP_PROXY and HTTPS_PROXY set")
print("one would guess: loopback needs no proxy; if any, then HTTP_PROXY, for nothing is encrypted")
print("what happens: HTTPS_PROXY is asked for a tunnel to the loopback address")
print(f"seen: {asked}".replace(str(port), "PORT"))
if asked != [("HTTPS_PROXY", f"CONNECT 127.0.0.1:{port} HTTP/1.1")]:
    sys.exit("the behaviour has changed")
PYTHON
