"""The local websocket server that the carrier reaches through the public path."""

from __future__ import annotations

import asyncio
import secrets as random_words
import socket
from collections.abc import Sequence

from websockets.frames import CloseCode
from websockets.http11 import Request

from cartesia_call.addresses import NetworkRules
from cartesia_call.loggers import logger_of
from cartesia_call.ports import CallSecrets, MediaListener, Reception
from cartesia_call.trace_ports import Tracer
from cartesia_call.vendors import probe
from cartesia_call.vendors.bridge_connections import (
    HANDSHAKE_TIMEOUT_S,
    BridgeConnection,
)
from cartesia_call.vendors.bridge_house import MOST_STRANGERS, MOST_UNPROVEN_STREAMS, Crowd, Door
from cartesia_call.vendors.bridge_requests import (
    NOT_FOUND,
    Admission,
    Doorkeeper,
    Stream,
    probe_url,
    status_url,
    stream_url,
)
from cartesia_call.vendors.bridge_trace import TracedConnection, note_visitor
from cartesia_call.vendors.listening import WAITING_TO_BE_ACCEPTED, listen
from cartesia_call.vendors.twilio_signature import SIGNATURE_SETTINGS_HEADER, SignatureVerifier

_LOGGER = logger_of(__name__)

_ACCEPTED_AT_ONCE = MOST_STRANGERS // 8
"""Connections taken on in one turn of the event loop (asyncio's own number is 100). A request is judged a few
turns after its connection was taken on: in a burst as well, before as many others push it out."""

_TURNS_TO_ARRIVE = 3
"""Of the event loop, until a connection that asyncio has accepted is known here: one for the task that it
makes, one for its transport, one to spare. A server that is closed before leaves the connection open, and
nobody knows of it (github.com/python/cpython/issues/79033)."""

_STOP_PATIENCE_S = 0.5
"""How long `stop` waits for closing handshakes before it cuts the rest."""
_LAST_PATIENCE_S = 0.2


class MediaBridge:
    """Implements `ports.Bridge`.

    `bind_port` 0 takes any free port. `verifier` None lets the secrets decide alone. Strangers get 404
    or 403 and no reason. Without `start` it serves what `serve` brings; `prefix` stands in front of every
    secret in its addresses.
    """

    def __init__(
        self,
        *,
        bind_host: str,
        bind_port: int,
        verifier: SignatureVerifier | None,
        network: NetworkRules,
        no_probe: bool = False,
        tracer: Tracer | None = None,
        prefix: str = "",
    ) -> None:
        self._tracer = tracer
        self._bind_host = bind_host
        self._bind_port = bind_port
        self._network = network
        self._no_probe = no_probe
        self._probe_secret = random_words.token_urlsafe(32)
        self._probe_nonce = random_words.token_urlsafe(32)
        self._prefix = prefix
        self._doorkeeper = Doorkeeper(verifier=verifier, probe_secret=self._probe_secret, prefix=prefix)
        self._door: Door[BridgeConnection] = Door(
            arrived=self._arrived,
            judge=self._judge,
            refused=self._refused,
            let_in=self._let_in,
            left=self._left,
        )
        self._strangers = Crowd(MOST_STRANGERS)
        self._streams: dict[CallSecrets, Crowd] = {}
        self._connections: set[BridgeConnection] = set()
        self._arriving: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._is_stopped = False

    async def start(self, *, within_s: float) -> int:
        """Listen; the local port. Another call may hold it: tried again for `within_s` seconds."""
        listening = await listen(self._bind_host, self._bind_port, within_s=within_s)
        self._server = await asyncio.get_running_loop().create_server(
            self._new_connection, sock=listening, backlog=_ACCEPTED_AT_ONCE
        )
        # asyncio has one number for both; the system's queue may be set again.
        listening.listen(WAITING_TO_BE_ACCEPTED)
        port: int = listening.getsockname()[1]
        return port

    def serve(self, accepted: socket.socket) -> None:
        """Serve a connection that was accepted elsewhere, nothing read of it, as one of our own listening
        socket's. It is ours from now on."""
        task = asyncio.create_task(self._take_on(accepted), name="taking on a connection")
        self._arriving.add(task)
        task.add_done_callback(self._arriving.discard)

    async def _take_on(self, accepted: socket.socket) -> None:
        try:
            accepted.setblocking(False)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().connect_accepted_socket(self._new_connection, accepted)
        except OSError as error:  # whoever connected is gone
            accepted.close()
            _LOGGER.debug("a connection was lost before it was served: %s", error)

    async def prove(self, public_url: str, *, within_s: float) -> float | None:
        """Open a websocket through `public_url` back to this bridge; round trip in milliseconds.

        Tried again for `within_s` seconds, then TunnelError. None with `no_probe`: nothing is tried.
        """
        if self._no_probe:
            return None
        return await probe.prove(
            probe_url(public_url, self._prefix + self._probe_secret),
            nonce=self._probe_nonce,
            network=self._network,
            timeout_s=within_s,
            tracer=self._tracer,
        )

    def stream_url(self, public_url: str, secrets: CallSecrets) -> str:
        """`wss://HOST/media/SECRET`, or ws:// where the public URL is http:// to loopback."""
        return stream_url(public_url, secrets, self._prefix)

    def status_url(self, public_url: str, secrets: CallSecrets) -> str:
        """`https://HOST/status/SECRET`."""
        return status_url(public_url, secrets, self._prefix)

    def attach(self, public_url: str, reception: Reception) -> None:
        """From now on route this call's secrets to `reception`."""
        self._doorkeeper.attach(public_url, reception)
        self._streams.setdefault(reception.secrets, Crowd(MOST_UNPROVEN_STREAMS))

    def detach(self, reception: Reception) -> None:
        """Forget the call of `reception`, and close its streams: within a second, without waiting for it."""
        self._doorkeeper.detach(reception)
        for connection in self._streams.pop(reception.secrets, ()):
            connection.begin_close()

    async def stop(self) -> None:
        """Close every connection and stop listening, within a second. Safe before `start` and repeatedly."""
        self._is_stopped = True
        for listening in () if self._server is None else self._server.sockets:
            asyncio.get_running_loop().remove_reader(listening.fileno())
        for _ in range(_TURNS_TO_ARRIVE):
            await asyncio.sleep(0)
        if self._server is not None:
            self._server.close()
        self._door.gathering.stop()
        self._strangers.abort_all()
        for connection in tuple(self._connections):
            connection.begin_close(CloseCode.GOING_AWAY)
        if await self._is_empty(_STOP_PATIENCE_S):
            return
        for connection in tuple(self._connections):
            connection.abort()
        await self._is_empty(_LAST_PATIENCE_S)

    async def _is_empty(self, patience_s: float) -> bool:
        left = {*self._arriving, *(connection.lost for connection in self._connections)}
        return not left or not (await asyncio.wait(left, timeout=patience_s))[1]

    # --- at the door

    def _arrived(self, connection: BridgeConnection) -> None:
        self._connections.add(connection)
        self._strangers.add(connection)
        if self._is_stopped:  # it was taken on just before
            connection.abort()

    def _left(self, connection: BridgeConnection) -> None:
        connection.leave_crowd()
        self._connections.discard(connection)

    def _judge(self, request: Request) -> Admission:
        signatures = request.headers.get_all("X-Twilio-Signature")
        signed_how = request.headers.get_all(SIGNATURE_SETTINGS_HEADER)
        is_plain = len(signatures) == 1 and len(signed_how) <= 1
        try:
            admission = self._doorkeeper.judge(
                request.method,
                request.path,
                signatures[0] if is_plain else None,
                signed_how[0] if is_plain and signed_how else None,
            )
        except Exception:  # a stranger learns nothing of it
            _LOGGER.exception("a fault of ours in taking a request")
            return NOT_FOUND
        if self._tracer is not None:
            note_visitor(self._tracer, request, admission, self._doorkeeper)
        return admission

    def _refused(self, verdict: Admission) -> None:
        if isinstance(verdict, Stream):
            verdict.reception.stream_refused(
                "it was not a websocket handshake; a proxy in between may have changed it"
            )

    def _let_in(self, connection: BridgeConnection, verdict: Admission) -> MediaListener | None:
        if not isinstance(verdict, Stream):
            connection.be_gone_within(HANDSHAKE_TIMEOUT_S)
            return _ProbeAnswer(connection, self._probe_nonce)
        streams = self._streams.get(verdict.reception.secrets)
        if streams is None:  # its call was forgotten as it was judged
            return None
        # One that has started is among them, but then no more are let in that could push it out.
        streams.add(connection)
        if isinstance(connection, TracedConnection):
            connection.begin_trace()
        return verdict.reception.take_stream(connection)

    def _new_connection(self) -> BridgeConnection:
        if self._tracer is None:
            return BridgeConnection(self._door)
        return TracedConnection(self._door, self._tracer, self._doorkeeper)


class _ProbeAnswer:
    """Implements `ports.MediaListener` for the probe of our own public path."""

    def __init__(self, connection: BridgeConnection, nonce: str) -> None:
        self._connection = connection
        self._nonce = nonce

    def receive(self, texts: Sequence[str]) -> None:
        if texts[0] == probe.QUESTION:
            self._connection.send_texts([self._nonce])
        self._connection.begin_close()

    def heard(self) -> None:
        """It reads everything."""

    def writable(self) -> None:
        """It says one thing."""

    def ended(self) -> None:
        """It expects nothing more."""
