#!/usr/bin/env bash
# aiohttp keeps connections by the machine's clock, whatever time the event loop has.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check aiohttp==3.14.5
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import sys

import aiohttp

KEEPALIVE_S = 15
connections = []


class LoopOfItsOwnTime(asyncio.SelectorEventLoop):
    """A loop whose time can be moved on, as loops for tests and simulations do."""

    ahead_s = 0.0

    def time(self) -> float:
        return super().time() + self.ahead_s


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    connections.append(writer)
    while await reader.readline():
        while (await reader.readline()).strip():
            pass
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    writer.close()


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    connector = aiohttp.TCPConnector(keepalive_timeout=KEEPALIVE_S)
    async with aiohttp.ClientSession(connector=connector) as session:
        for _ in range(3):
            async with session.get(url) as answer:
                await answer.read()
            loop.ahead_s += 3600
            await asyncio.sleep(0.05)
    server.close()


loop = LoopOfItsOwnTime()
loop.run_until_complete(main())
print(f"aiohttp {aiohttp.__version__}; keepalive_timeout {KEEPALIVE_S} s, three requests, an hour of the loop's time between")
print("one would guess: three connections, for time-outs are counted in loop.time()")
print("what happens: the age of a kept connection is counted in time.monotonic(), so it never gets too old")
print(f"seen: {len(connections)} connection(s)")
if len(connections) != 1:
    sys.exit("the behaviour has changed")
PYTHON
