"""The local websocket server that the carrier reaches through the public path."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import secrets as random_words
from functools import partial
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from cartesia_call.errors import TunnelError
from cartesia_call.ports import CallSecrets, Reception
from cartesia_call.vendors import probe
from cartesia_call.vendors.bridge_connections import (
    MOST_STRANGERS,
    MOST_UNPROVEN_STREAMS,
    BridgeConnection,
    BridgeSocket,
    Crowd,
)
from cartesia_call.vendors.bridge_requests import (
    Answer,
    Doorkeeper,
    Stream,
    probe_url,
    status_url,
    stream_url,
)
from cartesia_call.vendors.network import NetworkRules
from cartesia_call.vendors.twilio_signature import SignatureVerifier
from cartesia_call.vendors.websocket_client import CLOSE_TIMEOUT_S, SILENT_LOGGER

_LOGGER = logging.getLogger(__name__)

_LARGEST_MESSAGE_BYTES = 64 * 1024
"""Twilio's media messages have about 400 bytes."""

_HANDSHAKE_TIMEOUT_S = 3.0
"""For the whole request to arrive, on a connection that a local agent or proxy opened for it."""

_PING_INTERVAL_S = 20.0
"""Keeps idle timers between the carrier and us from running out (ngrok's are 5 minutes). An unanswered ping
ends nothing: whether Twilio answers them is not documented, and a dead stream shows in its missing media."""

_ACCEPTED_AT_ONCE = MOST_STRANGERS // 8
"""Connections taken on in one turn of the event loop (asyncio's own number is 100). A request is read and
judged six turns after its connection was taken on: in a burst as well, before as many others push it out."""

_WAITING_TO_BE_ACCEPTED = 1024
"""In the system's queue. A full one drops the carrier's connection too, which tries again only after 1 s."""

_STOP_PATIENCE_S = 0.5
"""How long `stop` waits for closing handshakes before it cuts the rest."""
_LAST_PATIENCE_S = 0.2

_TAKEN_PORT_PAUSE_S = 0.25
"""Between two tries to listen on a port that somebody else holds."""


class MediaBridge:
    """Implements `ports.Bridge`.

    `bind_port` 0 takes any free port. `verifier` None lets the secrets decide alone. Strangers get 404
    or 403 and no reason.
    """

    def __init__(
        self,
        *,
        bind_host: str,
        bind_port: int,
        verifier: SignatureVerifier | None,
        network: NetworkRules,
    ) -> None:
        self._bind_host = bind_host
        self._bind_port = bind_port
        self._network = network
        self._probe_secret = random_words.token_urlsafe(32)
        self._probe_nonce = random_words.token_urlsafe(32)
        self._doorkeeper = Doorkeeper(verifier=verifier, probe_secret=self._probe_secret)
        self._strangers = Crowd(MOST_STRANGERS)
        self._unproven: dict[Reception, Crowd] = {}
        self._serving: set[asyncio.Task[Any]] = set()
        self._server: Server | None = None

    async def start(self, *, within_s: float) -> int:
        """Listen; the local port. Another call may hold it: tried again for `within_s` real seconds."""
        deadline_s = asyncio.get_running_loop().time() + within_s
        while self._server is None:
            try:
                self._server = await self._listen()
            except OSError as failure:
                left_s = deadline_s - asyncio.get_running_loop().time()
                if failure.errno != errno.EADDRINUSE or left_s <= 0:
                    where = f"{self._bind_host}:{self._bind_port}"
                    raise TunnelError(
                        f"cannot listen on {where}: {failure.strerror or failure}",
                        hint="choose another address with --bind, or leave it out",
                    ) from failure
                await asyncio.sleep(min(_TAKEN_PORT_PAUSE_S, left_s))
        port: int = next(iter(self._server.sockets)).getsockname()[1]
        return port

    async def _listen(self) -> Server:
        server = await serve(
            self._serve,
            self._bind_host,
            self._bind_port,
            process_request=self._process_request,
            process_response=self._process_response,
            # The library documents a wrapper as possible here, its type does not.
            create_connection=partial(BridgeConnection, self._strangers),  # type: ignore[arg-type]
            compression=None,
            server_header=None,
            open_timeout=_HANDSHAKE_TIMEOUT_S,
            ping_interval=_PING_INTERVAL_S,
            ping_timeout=None,
            close_timeout=CLOSE_TIMEOUT_S,
            max_size=_LARGEST_MESSAGE_BYTES,
            backlog=_ACCEPTED_AT_ONCE,
            logger=SILENT_LOGGER,
        )
        for listening in server.sockets:
            # asyncio has one number for both; the system's queue may be set again.
            with listening.dup() as same:
                same.listen(_WAITING_TO_BE_ACCEPTED)
        return server

    async def prove(self, public_url: str, *, within_s: float) -> float:
        """Open a websocket through `public_url` back to this bridge; round trip in real milliseconds.

        Tried again for `within_s` real seconds, then TunnelError.
        """
        return await probe.prove(
            probe_url(public_url, self._probe_secret),
            nonce=self._probe_nonce,
            network=self._network,
            timeout_s=within_s,
        )

    def stream_url(self, public_url: str, secrets: CallSecrets) -> str:
        """`wss://HOST/media/SECRET`, or ws:// where the public URL is http:// to loopback."""
        return stream_url(public_url, secrets)

    def status_url(self, public_url: str, secrets: CallSecrets) -> str:
        """`https://HOST/status/SECRET`."""
        return status_url(public_url, secrets)

    def attach(self, public_url: str, reception: Reception) -> None:
        """From now on route this call's secrets to `reception`."""
        self._doorkeeper.attach(public_url, reception)

    async def stop(self) -> None:
        """Close every connection and stop listening, within a second. Safe before `start` and repeatedly."""
        if self._server is None:
            return
        self._server.close()
        self._strangers.abort_all()
        if await self._has_closed(_STOP_PATIENCE_S):
            return
        self._strangers.abort_all()
        for task in self._serving:
            task.cancel()
        for connection in self._server.connections:
            connection.transport.abort()
        await self._has_closed(_LAST_PATIENCE_S)

    async def _has_closed(self, patience_s: float) -> bool:
        assert self._server is not None  # noqa: S101  # only `stop` asks
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._server.wait_closed()
                return True
        return False

    def _process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        assert isinstance(connection, BridgeConnection)  # noqa: S101  # made by our own factory
        signatures = request.headers.get_all("X-Twilio-Signature")
        connection.verdict = self._doorkeeper.judge(
            getattr(request, "method", "GET"),  # before websockets 17 no other method comes this far
            request.path,
            signatures[0] if len(signatures) == 1 else None,
        )
        if isinstance(connection.verdict, Answer):
            return _bare(connection, connection.verdict.status)
        return None

    def _process_response(
        self, connection: ServerConnection, request: Request, response: Response
    ) -> Response | None:
        assert isinstance(connection, BridgeConnection)  # noqa: S101  # made by our own factory
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS or isinstance(connection.verdict, Answer):
            return None
        if isinstance(connection.verdict, Stream):
            connection.verdict.reception.stream_refused(
                "it was not a websocket handshake; a proxy in between may have changed it"
            )
        return _bare(connection, HTTPStatus.NOT_FOUND)

    async def _serve(self, connection: ServerConnection) -> None:
        assert isinstance(connection, BridgeConnection)  # noqa: S101  # made by our own factory
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # coroutines of the library run in tasks
        self._serving.add(task)
        try:
            if isinstance(connection.verdict, Stream):
                await self._serve_stream(connection, connection.verdict.reception)
            else:
                connection.let_in()
                await self._answer_probe(connection)
        finally:
            self._serving.discard(task)

    async def _serve_stream(self, connection: BridgeConnection, reception: Reception) -> None:
        if not reception.wants_stream():  # another one has started since this one was judged
            return
        self._strangers.remove(connection)
        # One that has started is among them, but then no more are let in that could push it out.
        unproven = self._unproven.setdefault(reception, Crowd(MOST_UNPROVEN_STREAMS))
        unproven.add(connection)
        connection.let_in()
        socket = BridgeSocket(connection)
        try:
            await reception.take_stream(socket)
        except Exception:
            # Whoever placed the call learns of it by the end of the stream; nobody awaits this task.
            _LOGGER.exception("a fault of ours in the handler of a media stream")
        finally:
            unproven.remove(connection)
            await socket.close()

    async def _answer_probe(self, connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed, TimeoutError):
            async with asyncio.timeout(_HANDSHAKE_TIMEOUT_S):
                if await connection.recv() == probe.QUESTION:
                    await connection.send(self._probe_nonce)


def _bare(connection: ServerConnection, status: HTTPStatus) -> Response:
    """An answer that says nothing but its status."""
    response = connection.respond(status, "")
    del response.headers["Content-Type"]
    del response.headers["Date"]
    if status is HTTPStatus.NO_CONTENT:  # which has no length by definition
        del response.headers["Content-Length"]
    return response
