"""The answers themselves: the websocket's opening, or a status without a reason."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request
from websockets.server import ServerProtocol

from cartesia_call.vendors.bridge_answers import bare, opening

UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "bm90LWEtcmVhbC1rZXktMQ==",
    "Sec-WebSocket-Version": "13",
}


@pytest.mark.parametrize("status", [HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN, HTTPStatus.NO_CONTENT])
def test_an_answer_says_its_status_alone(status: HTTPStatus) -> None:
    """Neither software nor clock nor reason; one without content by definition has no length either."""
    answer = bare(ServerProtocol(), status)
    length = [] if status is HTTPStatus.NO_CONTENT else [("Content-Length", "0")]
    assert (answer.status_code, answer.body) == (status, b"")
    assert list(answer.headers.raw_items()) == [("Connection", "close"), *length]


def test_a_handshake_is_opened() -> None:
    answer = opening(ServerProtocol(), Request("/", Headers(UPGRADE)))
    assert answer is not None
    assert answer.status_code == 101


@pytest.mark.parametrize("name", UPGRADE)
@pytest.mark.parametrize("value", [None, "x", "\udc80"])
def test_what_is_no_handshake_is_not_explained(name: str, value: str | None) -> None:
    """Whatever stands in a header: other bytes than letters come from some releases as lone surrogates."""
    headers = UPGRADE | ({} if value is None else {name: value})
    if value is None:
        del headers[name]
    assert opening(ServerProtocol(), Request("/", Headers(headers))) is None
