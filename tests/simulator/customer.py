"""The customer's side for tests of the carrier: a server that takes callbacks and one media stream.

Made of aiohttp's server and plain JSON, so nothing of the product's own Media Streams code takes part.
"""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
from aiohttp import web
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.clock import SystemClock
from cartesia_simulator.callee import parse_callee
from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.service import SimulatedCarrier
from cartesia_simulator.faults import FaultPlan, parse_faults
from cartesia_simulator.tones import ToneVoice

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "not-a-real-token"  # evidently fake
API_KEY_SID, API_KEY_SECRET = "SK" + "0" * 32, "not-a-real-secret"
REGIONAL_TOKENS = {"ie1": "not-a-real-token-ie1", "au1": "not-a-real-token-au1"}
CALLER_ID, TO = "+12025550100", "+12025550143"
VERIFIED_NUMBER = "+12025550177"
SAY_AND_HANG_UP = "<Response><Say>Hello</Say><Hangup/></Response>"

PATIENCE_S = 1000
"""After which a test gives up waiting for an event; more than any telephone rings or speaks in a test."""

T = TypeVar("T")


class StoppedClock(SystemClock):
    """Moves only when `moment_s` is set, so that a busy machine changes nothing; sleeps take their time."""

    def __init__(self) -> None:
        super().__init__()
        self.moment_s = 0.0

    def now_s(self) -> float:
        return self.moment_s


@contextmanager
def closed_port() -> Iterator[int]:
    """A loopback port that is ours and that nobody listens on."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


@dataclass(frozen=True)
class Callback:
    """One request that reached the customer: `url` as it was asked for, byte for byte."""

    method: str
    url: str
    form: dict[str, str]
    query: dict[str, str]
    headers: dict[str, str]

    @property
    def parameters(self) -> dict[str, str]:
        return self.form or self.query


class StreamPeer:
    """The customer's end of one media stream."""

    def __init__(self, connection: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = connection
        self.headers = dict(request.headers)
        self.path = request.raw_path
        self.received: list[dict[str, Any]] = []
        self.closed = asyncio.Event()
        self.close_code: int | None = None
        self.pongs: list[bytes] = []
        self._changed = asyncio.Event()

    @property
    def stream_sid(self) -> str:
        return str(self.events("start")[0]["streamSid"])

    def events(self, name: str) -> list[dict[str, Any]]:
        return [message for message in self.received if message["event"] == name]

    async def until(self, name: str, count: int = 1) -> dict[str, Any]:
        """Wait for the `count`-th message of this event."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.events(name)) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.events(name)[count - 1]

    async def send(self, message: dict[str, Any]) -> None:
        await self.socket.send_str(json.dumps(message))

    async def play(self, audio: bytes) -> None:
        payload = base64.b64encode(audio).decode()
        await self.send({"event": "media", "streamSid": self.stream_sid, "media": {"payload": payload}})

    async def mark(self, name: str) -> None:
        await self.send({"event": "mark", "streamSid": self.stream_sid, "mark": {"name": name}})

    async def clear(self) -> None:
        await self.send({"event": "clear", "streamSid": self.stream_sid})

    async def read_all(self) -> None:
        """Take in messages until the carrier has closed or the connection is lost."""
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self.received.append(json.loads(message.data))
                self._changed.set()
            elif message.type is aiohttp.WSMsgType.PONG:
                self.pongs.append(message.data)
        self.close_code = self.socket.close_code
        self.closed.set()


class Customer:
    """Server, client and carrier of one test."""

    def __init__(self, carrier: SimulatedCarrier, carrier_url: str, own_url: str) -> None:
        self.carrier = carrier
        self.carrier_url = carrier_url
        self.own_url = own_url
        self.callbacks: list[Callback] = []
        self.callback_status = 204
        self.stream_status = 101
        self.document = SAY_AND_HANG_UP
        self.peers: asyncio.Queue[StreamPeer] = asyncio.Queue()

    @property
    def call(self) -> SimulatedCall:
        """The first call."""
        return next(iter(self.carrier.calls.values()))

    def stream_url(self, path: str = "/media/secret") -> str:
        return self.own_url.replace("http://", "ws://") + path

    def connect(self, then: str = "<Hangup/>", inside: str = "") -> str:
        """TwiML that connects the media stream to this server."""
        url = self.stream_url()
        return f'<Response><Connect><Stream url="{url}">{inside}</Stream></Connect>{then}</Response>'

    async def ask(
        self,
        what: Callable[[Client], T],
        *,
        username: str = ACCOUNT_SID,
        password: str = AUTH_TOKEN,
        region: str = "us1",
    ) -> T:
        """Let the real library ask the carrier's host of a region, from a thread."""
        http_client = TwilioHttpClient(timeout=5)
        client = Client(username, password, ACCOUNT_SID, http_client=http_client)
        client.api.base_url = self.carrier.urls[region]
        try:
            return await in_daemon_thread(lambda: what(client))
        finally:
            if http_client.session is not None:
                http_client.session.close()

    async def place(self, **parameters: Any) -> CallInstance:
        """Create a call through the real library."""
        asked = {"to": TO, "from_": CALLER_ID, "twiml": SAY_AND_HANG_UP} | parameters
        return await self.ask(lambda client: client.calls.create(**asked))

    async def update(self, **parameters: Any) -> CallInstance:
        """Change the first call through the real library."""
        return await self.ask(lambda client: client.calls(self.call.sid).update(**parameters))

    async def peer(self) -> StreamPeer:
        """The next media stream, once its `start` has come."""
        async with asyncio.timeout(PATIENCE_S):
            peer = await self.peers.get()
        await peer.until("start")
        return peer

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something that this server or the carrier records is so."""
        async with asyncio.timeout(PATIENCE_S):
            # What is waited for are plain records, of several kinds; nothing announces their change.
            while not holds():
                await asyncio.sleep(0.002)

    async def until_queued(self, audio_ms: float) -> None:
        """Wait until the carrier has taken in that much audio; for a clock that stands still."""
        await self.until(lambda: self.call.max_queued_ms >= audio_ms)

    async def until_over(self) -> None:
        await self.until(lambda: self.call.is_over)

    async def take_callback(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        url = self.own_url + request.raw_path
        self.callbacks.append(Callback(request.method, url, form, dict(request.query), dict(request.headers)))
        return web.Response(status=self.callback_status)

    async def give_document(self, request: web.Request) -> web.Response:
        await self.take_callback(request)
        return web.Response(text=self.document, content_type="text/xml")

    async def take_stream(self, request: web.Request) -> web.StreamResponse:
        if self.stream_status != 101:
            return web.Response(status=self.stream_status)
        connection = web.WebSocketResponse(max_msg_size=0, autoping=False)
        await connection.prepare(request)
        peer = StreamPeer(connection, request)
        self.peers.put_nowait(peer)
        await peer.read_all()
        return connection


@asynccontextmanager
async def customer_of(
    callee: str = "answers,ring:0s", *faults: str, clock: SystemClock | None = None
) -> AsyncIterator[Customer]:
    """A carrier with this callee and these faults, and a customer who uses it."""
    carrier = SimulatedCarrier(
        clock or SystemClock(),
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        owned_numbers=frozenset({CALLER_ID}),
        callee=parse_callee(callee),
        faults=FaultPlan(parse_faults(faults)),
        voice=ToneVoice(),
        verified_numbers=frozenset({VERIFIED_NUMBER}),
        api_keys={API_KEY_SID: API_KEY_SECRET},
        regional_tokens=REGIONAL_TOKENS,
    )
    application = web.Application()
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    customer = Customer(carrier, await carrier.start(), "")
    application.add_routes(
        [
            web.route("*", "/callbacks/{secret}", customer.take_callback),
            web.route("*", "/document", customer.give_document),
            web.get("/media/{secret}", customer.take_stream),
        ]
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    customer.own_url = f"http://{host}:{port}"
    try:
        yield customer
    finally:
        await carrier.stop()
        await runner.cleanup()


def codes(customer: Customer) -> list[int]:
    """Of what the carrier noted about the one call."""
    return [entry.code for entry in customer.call.warnings]


async def until_closed(peer: StreamPeer) -> None:
    """Until the carrier has closed its stream."""
    async with asyncio.timeout(PATIENCE_S):
        await peer.closed.wait()
