#!/usr/bin/env bash
# Under looptime, every time-out is over while another thread still works on its answer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check looptime==0.9 aiohttp==3.14.5
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import importlib.metadata
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import aiohttp
import looptime


class Slow(BaseHTTPRequestHandler):
    """Works for a third of a second before it answers."""

    def do_GET(self) -> None:
        time.sleep(0.3)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            pass  # nobody waits any more

    def log_message(self, *_: object) -> None:
        pass


server = HTTPServer(("127.0.0.1", 0), Slow)
threading.Thread(target=server.serve_forever, daemon=True).start()


async def main() -> tuple[str, float]:
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    try:
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{server.server_port}/"):
            return "answered", loop.time() - began_s
    except TimeoutError:
        return "TimeoutError", loop.time() - began_s


plain = asyncio.run(main())[0]
loop = looptime.patch_event_loop(asyncio.new_event_loop())
loop.setup_looptime()
real_s = time.monotonic()
outcome, loop_s = loop.run_until_complete(main())
real_s = time.monotonic() - real_s
print(f"looptime {importlib.metadata.version('looptime')}, aiohttp {aiohttp.__version__}; a request to a thread that answers after 0.3 s")
print("one would guess: time jumps only while nothing is awaited from outside, and the answer comes in time")
print("what happens: waiting for a socket counts as nothing to do, so the next time-out is jumped to at once")
print(f"seen: without looptime {plain}; with it {outcome} after {loop_s:.0f} s of the loop's time, {real_s:.2f} s of ours")
if (plain, outcome, round(loop_s)) != ("answered", "TimeoutError", 300):
    sys.exit("the behaviour has changed")
PYTHON
