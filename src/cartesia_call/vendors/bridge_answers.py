"""What the bridge answers to a request: the websocket's opening, or a status and nothing else."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from websockets.http11 import Request, Response
from websockets.server import ServerProtocol


def opening(protocol: ServerProtocol, request: Request) -> Response | None:
    """The answer that makes a websocket of the connection; None if `request` is not for one."""
    response = protocol.accept(request)
    return response if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS else None


def bare(protocol: ServerProtocol, status: HTTPStatus) -> Response:
    response = protocol.reject(status, "")
    del response.headers["Content-Type"]
    del response.headers["Date"]
    if status is HTTPStatus.NO_CONTENT:  # which has no length by definition
        del response.headers["Content-Length"]
    return response


def end_writing(transport: asyncio.Transport) -> None:
    """Say that nothing more follows. Where the peer has cut the connection, what it said before counts."""
    try:
        transport.write_eof()
    except OSError:
        transport.abort()
