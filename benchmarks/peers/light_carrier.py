"""A telephone network that costs next to nothing, so that a thousand calls of a program can be measured.

It takes the requests that place and end calls, tells their progress, connects their media streams, signed,
and sends each callee's frames fifty times a second: prepared ones, of one silence, masked beforehand. What is
played it reckons, and does not decode. It is not strict: `cartesia-call simulator` is.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import json
import re
import secrets
from collections.abc import Callable, Mapping
from typing import cast
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree as ET

from benchmarks.peers.light_stream import Call, StreamEnd, prepared_frames, sign
from cartesia_call.audio.mulaw import FRAME_MS

RING_S = 0.5
SLOTS = 10
"""The calls' frames are spread over the 20 ms, in so many sendings."""


class LightCarrier:
    """`start` it; `calls` are all that were placed."""

    def __init__(self, *, account_sid: str, auth_token: str) -> None:
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.calls: dict[str, Call] = {}
        self.most_up = 0
        self.together: dict[int, int] = {}
        """How often so many frames of one call were sent at once: above one, this process was late."""
        self.changed: Callable[[], None] = lambda: None
        """Called whenever a stream began or ended."""
        self._slots: list[dict[StreamEnd, None]] = [{} for _ in range(SLOTS)]
        self._next_slot = itertools.cycle(range(SLOTS))
        self._frames = prepared_frames()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> str:
        """Where it listens."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Requests(self), "127.0.0.1", 0)
        self._turn(loop, loop.time(), 0)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    @property
    def streams_up(self) -> int:
        return sum(map(len, self._slots))

    def up(self, stream: StreamEnd) -> None:
        self._slots[next(self._next_slot)][stream] = None
        self.most_up = max(self.most_up, self.streams_up)
        self.changed()

    def down(self, stream: StreamEnd) -> None:
        for slot in self._slots:
            slot.pop(stream, None)
        self.changed()

    def at(self, moment_s: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._due, (moment_s, next(self._order), do))

    def _turn(self, loop: asyncio.AbstractEventLoop, at_s: float, slot: int) -> None:
        for stream in tuple(self._slots[slot]):
            due = stream.frames_due
            if due > stream.frames_sent:
                stream.send_until(self._frames, due)
        now_s = loop.time()
        while self._due and self._due[0][0] <= now_s:
            heapq.heappop(self._due)[2]()
        next_at_s = max(at_s + FRAME_MS / 1000 / SLOTS, now_s - 0.1)
        loop.call_at(next_at_s, self._turn, loop, next_at_s, (slot + 1) % SLOTS)

    def answer(self, method: str, path: str, form: Mapping[str, str]) -> tuple[int, object]:
        """Of the REST API."""
        if method == "POST" and path.endswith("/Calls.json"):
            call = Call("CA" + secrets.token_hex(16), form, placed_at_s=asyncio.get_running_loop().time())
            self.calls[call.sid] = call
            self._go(self._course(call))
            return 201, self._resource(call)
        found = re.search(r"/Calls/(CA[0-9a-f]{32})(\.json|/)", path)
        if found is None or found[1] not in self.calls:
            kind = {"type": "Full"} if path.endswith(f"{self.account_sid}.json") else None
            return (200, kind) if kind else (404, {"code": 20404, "message": "not found", "status": 404})
        call = self.calls[found[1]]
        if path.endswith("/Notifications.json"):
            return 200, {"notifications": [], "page": 0, "page_size": 50, "next_page_uri": None}
        if form.get("Status") == "completed" and call.status != "completed":
            if call.echoed_at_s is not None:
                call.heard.echo_to_hangup_s = asyncio.get_running_loop().time() - call.echoed_at_s
            self.complete(call)
        return 200, self._resource(call)

    def complete(self, call: Call) -> None:
        """The call is over."""
        call.status = "completed"
        call.ended_at_s = asyncio.get_running_loop().time()
        if call.stream is not None:
            call.stream.end()
        self._tell(call)

    def _resource(self, call: Call) -> dict[str, object]:
        return {
            **{"sid": call.sid, "account_sid": self.account_sid, "status": call.status},
            **{"to": call.form.get("To"), "from": call.form.get("From"), "api_version": "2010-04-01"},
            **{"direction": "outbound-api", "duration": None, "price": None, "queue_time": "0"},
        }

    async def _course(self, call: Call) -> None:
        for status in ("initiated", "ringing"):
            call.status = status
            self._tell(call)
        await asyncio.sleep(RING_S)
        call.status = "in-progress"
        self._tell(call)
        stream = ET.fromstring(call.form["Twiml"]).find(".//Stream")  # of the program measured
        assert stream is not None
        url = stream.attrib["url"]
        call.stream = StreamEnd(self, call, url)
        address = urlsplit(url)
        end = call.stream
        await asyncio.get_running_loop().create_connection(
            lambda: end, str(address.hostname), int(address.port or 80)
        )

    def _tell(self, call: Call) -> None:
        url = call.form.get("StatusCallback")
        if url is None:
            return
        sequence, call.told = call.told, call.told + 1
        told = {"CallSid": call.sid, "AccountSid": self.account_sid, "CallStatus": call.status}
        address = f"{url}?{urlencode(told | {'SequenceNumber': str(sequence)})}"
        self._go(self._get(address))

    async def _get(self, url: str) -> None:
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        request = (
            f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n"
            f"X-Twilio-Signature: {sign(self.auth_token, url)}\r\n\r\n"
        )
        writer.write(request.encode())
        await reader.read(1000)
        writer.close()

    def _go(self, work: object) -> None:
        task = asyncio.ensure_future(cast("asyncio.Future[None]", work))
        self._tasks.add(cast("asyncio.Task[None]", task))
        task.add_done_callback(lambda done: self._tasks.discard(cast("asyncio.Task[None]", done)))


class _Requests(asyncio.Protocol):
    """One connection of the REST API's, kept alive."""

    def __init__(self, carrier: LightCarrier) -> None:
        self._carrier = carrier
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        size = int(length[1]) if length else 0
        if not found or len(body) < size:
            return
        self._received = body[size:]
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        form = dict(parse_qsl(body[:size].decode(), keep_blank_values=True))
        status, answer = self._carrier.answer(method, urlsplit(target).path, form)
        text = json.dumps(answer).encode()
        self._transport.write(
            f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(text)}\r\n\r\n".encode()
            + text
        )
