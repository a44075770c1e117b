"""The floor: a bare asyncio server that plays prepared frames to so many calls, and does nothing else.

Started by `benchmarks.peers.live_calls` and `benchmarks.peers.one_call`. No websocket library, no checks, no
ledger, no signatures, no time-outs: nobody could call with it. Of the callee's frames it reads the bytes, and
looks into them once a mark is due.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import sys
import time
from typing import ClassVar, cast
from urllib.parse import urlencode, urlsplit

from benchmarks.peers.light_stream import STREAM_SID, accept_value

BYTES_PER_S = 8000
CHUNK_S = 0.2
LEAD_S = 30.0
TOP_UP_S = 5.0
ACCOUNT, TOKEN = os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"]
CARRIER = os.environ["TWILIO_BASE_URL"]


def framed(text: str) -> bytes:
    size = len(text)
    return b"\x81" + (bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2)) + text.encode()


def prepared(audio_s: float) -> list[bytes]:
    """All media messages, for the one stream's id that the carrier uses."""
    payload = base64.b64encode(bytes(range(100, 200)) * int(BYTES_PER_S * CHUNK_S / 100)).decode()
    text = json.dumps({"event": "media", "streamSid": STREAM_SID, "media": {"payload": payload}})
    return [framed(text)] * round(audio_s / CHUNK_S)


class Server(asyncio.Protocol):
    """One connection: a callback that is answered, or a call."""

    frames: list[bytes]
    live: ClassVar[dict[Server, None]] = {}
    tasks: ClassVar[set[asyncio.Task[None]]] = set()
    ended = 0
    has_ended: ClassVar[asyncio.Event]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.sent = 0
        self.call_sid = ""
        self.is_open = False
        self.received = 0

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        if self.call_sid and self.sent < len(self.frames):
            return
        if not self.is_open:
            self.open(data)
        elif not self.call_sid:
            self.start(data)
        elif self.is_mark(data):
            Server.tasks.add(asyncio.create_task(self.hang_up()))

    def open(self, data: bytes) -> None:
        key = next(
            (line.split()[1] for line in data.decode().split("\r\n") if "Sec-WebSocket-Key" in line), None
        )
        if key is None:
            self.transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            self.transport.close()
            return
        self.is_open = True
        answer = (
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept_value(key)}\r\n\r\n"
        )
        self.transport.write(b"HTTP/1.1 101 Switching Protocols\r\n" + answer.encode())

    def start(self, data: bytes) -> None:
        for text in texts(data):
            if '"start"' in text:
                self.call_sid = json.loads(text)["start"]["callSid"]
                self.began_s = asyncio.get_running_loop().time()
                Server.live[self] = None
                self.top_up()

    def top_up(self) -> None:
        ahead_s = asyncio.get_running_loop().time() - self.began_s + LEAD_S
        until = min(len(self.frames), round(ahead_s / CHUNK_S))
        self.transport.writelines(self.frames[self.sent : until])
        self.sent = until
        if until == len(self.frames):
            mark = {"event": "mark", "streamSid": STREAM_SID, "mark": {"name": "end"}}
            self.transport.write(framed(json.dumps(mark)))
            Server.live.pop(self, None)

    def is_mark(self, data: bytes) -> bool:
        return any(text.startswith('{"event":"mark"') for text in texts(data))

    async def hang_up(self) -> None:
        await request(f"/Calls/{self.call_sid}.json", {"Status": "completed"})
        Server.ended += 1
        Server.has_ended.set()


def texts(data: bytes) -> list[str]:
    found, at = [], 0
    while at + 8 <= len(data):
        size, begin = data[at + 1] & 127, at + 6
        if size == 126:
            size, begin = int.from_bytes(data[at + 2 : at + 4]), at + 8
        mask = (data[begin - 4 : begin] * (size // 4 + 1))[:size]
        hidden = data[begin : begin + size]
        if data[at] == 0x81 and len(hidden) == size:
            found.append((int.from_bytes(hidden) ^ int.from_bytes(mask)).to_bytes(size).decode())
        at = begin + size
    return found


async def request(path: str, form: dict[str, str]) -> None:
    """One request on a connection of its own."""
    parts, body = urlsplit(CARRIER), urlencode(form)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    head = (
        f"POST /2010-04-01/Accounts/{ACCOUNT}{path} HTTP/1.1\r\n"
        f"Host: x\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write((head + body).encode())
    await reader.readuntil(b"}")
    writer.close()


async def top_up_all() -> None:
    while True:
        await asyncio.sleep(TOP_UP_S / 10)
        now_s = asyncio.get_running_loop().time()
        for call in tuple(Server.live):
            if now_s - call.began_s + LEAD_S >= call.sent * CHUNK_S + TOP_UP_S:
                call.top_up()


async def main(calls: int, cps: float, audio_s: float) -> None:
    Server.frames = prepared(audio_s)
    Server.has_ended = asyncio.Event()
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    topping = asyncio.create_task(top_up_all())
    print(json.dumps({"ready": True}), flush=True)
    began_s = time.process_time()
    for number in range(calls):
        twiml = f'<Response><Connect><Stream url="ws://127.0.0.1:{port}/"/></Connect></Response>'
        form = {"To": f"sip:row{number}@example.com", "Twiml": twiml}
        Server.tasks.add(asyncio.create_task(request("/Calls.json", form)))
        if number + 1 < calls:
            await asyncio.sleep(1 / cps)
    while Server.ended < calls:
        Server.has_ended.clear()
        await Server.has_ended.wait()
    topping.cancel()
    print(json.dumps({"processor_s": time.process_time() - began_s, "calls": Server.ended}), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--cps", type=float, required=True)
    parser.add_argument("--audio-s", type=float, required=True)
    arguments = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    asyncio.run(main(arguments.calls, arguments.cps, arguments.audio_s))
