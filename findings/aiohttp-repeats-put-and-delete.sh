#!/usr/bin/env bash
# aiohttp asks a second time by itself, for PUT and DELETE as well.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check aiohttp==3.14.5
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import sys

import aiohttp


async def seen_by_a_server_that_hangs_up(method: str) -> int:
    """How often a request arrives that the caller made once, on a fresh connection."""
    seen = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        seen.append(method)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with aiohttp.ClientSession() as session:
        try:
            async with session.request(method, f"http://127.0.0.1:{port}/"):
                pass
        except aiohttp.ServerDisconnectedError:
            pass
    server.close()
    return len(seen)


async def main() -> dict[str, int]:
    methods = ("GET", "HEAD", "PUT", "DELETE", "POST", "PATCH")
    return {method: await seen_by_a_server_that_hangs_up(method) for method in methods}


counts = asyncio.run(main())
print(f"aiohttp {aiohttp.__version__}; a server reads each request and closes the connection without an answer")
print("one would guess: every request arrives once; at most one on a kept connection is repeated")
print("what happens: each idempotent method is sent again on another new connection, without a word")
print("seen:", ", ".join(f"{method} {count}x" for method, count in counts.items()))
if counts != {"GET": 2, "HEAD": 2, "PUT": 2, "DELETE": 2, "POST": 1, "PATCH": 1}:
    sys.exit("the behaviour has changed")
PYTHON
