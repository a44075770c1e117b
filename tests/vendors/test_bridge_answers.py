"""The answers themselves: the websocket's opening, or a status without a reason."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from websockets.http11 import Request
from websockets.server import ServerProtocol

from cartesia_call.vendors.bridge_answers import bare, opening

UPGRADE = {
    "Upgrade": b"websocket",
    "Connection": b"Upgrade",
    "Sec-WebSocket-Key": b"bm90LWEtcmVhbC1rZXktMQ==",
    "Sec-WebSocket-Version": b"13",
}


@pytest.mark.parametrize("status", [HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN, HTTPStatus.NO_CONTENT])
def test_an_answer_says_its_status_alone(status: HTTPStatus) -> None:
    """Neither software nor clock nor reason; one without content by definition has no length either."""
    answer = bare(ServerProtocol(), status)
    length = [] if status is HTTPStatus.NO_CONTENT else [("Content-Length", "0")]
    assert (answer.status_code, answer.body) == (status, b"")
    assert list(answer.headers.raw_items()) == [("Connection", "close"), *length]


def read(headers: dict[str, bytes]) -> tuple[ServerProtocol, Request | None]:
    """What the library makes of a request with these headers, and whether it takes it for one at all."""
    protocol = ServerProtocol()
    lines = [b"GET / HTTP/1.1", *(b"%b: %b" % (name.encode(), value) for name, value in headers.items())]
    protocol.receive_data(b"\r\n".join([*lines, b"", b""]))
    events = [event for event in protocol.events_received() if isinstance(event, Request)]
    return protocol, events[0] if events else None


def test_a_handshake_is_opened() -> None:
    protocol, request = read(UPGRADE)
    assert request is not None
    answer = opening(protocol, request)
    assert answer is not None
    assert answer.status_code == 101


@pytest.mark.parametrize("name", UPGRADE)
@pytest.mark.parametrize("value", [None, b"x", b"\x80"])
def test_what_is_no_handshake_is_not_explained(name: str, value: bytes | None) -> None:
    """Whatever stands in a header: some releases hand on other bytes than letters as lone surrogates."""
    headers = {**UPGRADE, name: value or b""}
    if value is None:
        del headers[name]
    protocol, request = read(headers)
    if request is None:
        assert protocol.handshake_exc is not None
    else:
        assert opening(protocol, request) is None
