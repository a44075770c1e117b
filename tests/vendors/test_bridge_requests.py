"""Who gets in at the bridge and who does not, over real sockets."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from cartesia_call.vendors.bridge_requests import NOT_FOUND as NOT_FOUND_ANSWER
from cartesia_call.vendors.bridge_requests import Doorkeeper
from tests.vendors.bridge_callers import (
    MEDIA,
    NOT_FOUND,
    PUBLIC_URL,
    SECRETS,
    STATUS,
    RecordingReception,
    bridge,
    dial_in,
    get,
    send_raw,
    sign,
)


async def refused_status(port: int, path: str, signature: str | None = None) -> int:
    with pytest.raises(InvalidStatus) as refused:
        async with dial_in(port, path, signature):
            pass
    assert refused.value.response.body in (None, b"")
    return refused.value.response.status_code


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/media",
        "/media/",
        "/media//",
        MEDIA + "x",
        MEDIA[:-1],
        MEDIA + "//",
        "/x" + MEDIA,
        MEDIA.upper(),
        f"/media/{SECRETS.callbacks}",
        f"/probe/{SECRETS.stream}",
        STATUS + "/",
        f"/status/{SECRETS.stream}",
        "/probe/",
        "/healthz",
    ],
)
async def test_everybody_else_gets_404_and_no_reason(path: str) -> None:
    """Neither secret opens the other door."""
    async with bridge(reception := RecordingReception()) as (_, port):
        assert await refused_status(port, path) == 404
        assert await get(port, path) == (404, b"")
    assert (reception.streams_served, reception.statuses, reception.refusals) == (0, [], [])


async def test_a_used_up_secret_opens_nothing() -> None:
    async with bridge(reception := RecordingReception()) as (_, port), dial_in(port, MEDIA):
        reception.open = False
        assert await refused_status(port, MEDIA) == 404
    assert reception.refusals == []


@pytest.mark.parametrize(
    ("signed_url", "path"),
    [
        (f"wss://calls.example.com{MEDIA}", MEDIA),
        (f"wss://calls.example.com:443{MEDIA}", MEDIA),
        (f"wss://calls.example.com{MEDIA}/", MEDIA),
        (f"wss://calls.example.com{MEDIA}/", MEDIA + "/"),
        (f"wss://calls.example.com{MEDIA}?a=%20b", MEDIA + "?a=%20b"),
    ],
)
async def test_a_signed_stream_is_let_in(signed_url: str, path: str) -> None:
    """The signed URL is the one in the TwiML plus the raw query, with and without port and slash."""
    reception = RecordingReception()
    async with bridge(reception, signed=True) as (_, port), dial_in(port, path, sign(signed_url)) as carrier:
        await carrier.send("hello")
        assert await carrier.recv() == "hello"
    assert reception.refusals == []


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "garbage",
        sign(f"wss://calls.example.com{MEDIA}", "another-token"),
        sign(f"wss://evil.example.com{MEDIA}"),
        sign(f"https://calls.example.com{MEDIA}"),
        sign(f"wss://calls.example.com{MEDIA}?x=1"),
    ],
)
async def test_a_wrong_signature_on_the_right_path_is_forbidden_and_named(signature: str | None) -> None:
    """The result tells the user, the stranger learns nothing."""
    async with bridge(reception := RecordingReception(), signed=True) as (_, port):
        assert await refused_status(port, MEDIA, signature) == 403
    assert len(reception.refusals) == 1
    assert "X-Twilio-Signature" in reception.refusals[0]
    assert reception.streams_served == 0


async def test_two_signatures_are_none() -> None:
    async with bridge(reception := RecordingReception(), signed=True) as (_, port):
        good = f"X-Twilio-Signature: {sign(f'https://calls.example.com{STATUS}')}"
        assert await get(port, STATUS, good, "X-Twilio-Signature: x") == (403, b"")
        assert await get(port, STATUS, good) == (204, b"")
    assert reception.statuses == [{}]


async def test_a_signature_opens_nothing_without_the_secret() -> None:
    async with bridge(RecordingReception(), signed=True) as (_, port):
        assert await refused_status(port, "/media/x", sign("wss://calls.example.com/media/x")) == 404


async def test_a_request_that_is_no_websocket_is_named_on_the_right_path() -> None:
    """A proxy that strips the upgrade would otherwise leave no trace."""
    async with bridge(reception := RecordingReception()) as (_, port):
        assert await get(port, MEDIA) == (404, b"")
        assert await get(port, MEDIA, "Upgrade: websocket", "Connection: upgrade") == (404, b"")
    assert len(reception.refusals) == 2


async def test_a_callback_is_answered_204_and_its_parameters_decoded() -> None:
    """The signature covers the percent-encoding as it came."""
    query = "CallSid=CA1&To=%2B12025550143&StirVerstat=&Caller=a+b%20%C3%A9&Odd"
    url = f"https://calls.example.com{STATUS}?{query}"
    async with bridge(reception := RecordingReception(), signed=True) as (_, port):
        signature = f"X-Twilio-Signature: {sign(url)}"
        assert await get(port, f"{STATUS}?{query}", signature) == (204, b"")
        assert await get(port, f"{STATUS}?{query.replace('%2B', '+')}", signature) == (403, b"")
        assert await get(port, f"{STATUS}?{query}") == (403, b"")
    assert reception.statuses == [
        {"CallSid": "CA1", "To": "+12025550143", "StirVerstat": "", "Caller": "a b é", "Odd": ""}
    ]
    assert reception.refusals == []


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW"])
@pytest.mark.parametrize("target", [STATUS, MEDIA, "/"])
async def test_other_methods_get_no_reason(method: str, target: str) -> None:
    """404, or no answer at all from websockets before 17."""
    async with bridge(reception := RecordingReception()) as (_, port):
        answer = await send_raw(port, f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    assert not answer or (answer.startswith(b"HTTP/1.1 404 ") and answer.endswith(b"\r\n\r\n"))
    assert (reception.statuses, reception.refusals) == ([], [])


SECRET = SECRETS.stream
HOST = "Host: 127.0.0.1"


@pytest.mark.parametrize(
    ("head", "headers"),
    [
        (f"GET http://calls.example.com{MEDIA} HTTP/1.1", HOST),
        (f"GET /{MEDIA} HTTP/1.1", HOST),
        (f"GET /x/..{MEDIA} HTTP/1.1", HOST),
        (f"GET /media/./{SECRET} HTTP/1.1", HOST),
        (f"GET /media%2f{SECRET} HTTP/1.1", HOST),
        (f"GET /media/%73{SECRET[1:]} HTTP/1.1", HOST),
        (f"GET {MEDIA}\0 HTTP/1.1", HOST),
        (f"GET {MEDIA}%00 HTTP/1.1", HOST),
        (f"GET {MEDIA};x HTTP/1.1", HOST),
        (f"GET {MEDIA}#x HTTP/1.1", HOST),
        (f"GET /media?/{SECRET} HTTP/1.1", HOST),
        (f"GET {MEDIA} HTTP/1.1", f"{HOST}\r\nUpgrade: websocket\r\nConnection: Upgrade"),
        (f"GET {MEDIA} HTTP/1.1", f"{HOST}\r\nHost: another.example.com"),
        (f"GET {MEDIA} HTTP/1.1", f"{HOST}\r\nUpgrade: h2c\r\nConnection: Upgrade"),
        (f"GET {STATUS}/ HTTP/1.1", HOST),
        (f"GET {STATUS}%3FCallSid=CA1 HTTP/1.1", HOST),
        ("GET / HTTP/1.1", HOST),
    ],
)
async def test_every_refusal_is_the_same_bytes(head: str, headers: str) -> None:
    """Neither software nor clock nor reason; only the exact path opens a door."""
    async with bridge(reception := RecordingReception()) as (_, port):
        answer = await send_raw(port, f"{head}\r\n{headers}\r\n\r\n".encode())
    assert answer == NOT_FOUND
    assert (reception.streams_served, reception.statuses) == (0, [])


@pytest.mark.parametrize(
    "request_text",
    [
        f"GET {STATUS} HTTP/1.1\r\n{HOST}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        f"GET {STATUS} HTTP/1.1\r\n{HOST}\r\nContent-Length: 4\r\n\r\nbody",
        f"GET {STATUS} HTTP/1.1\r\n{HOST}\r\nContent-Length: 0\r\nContent-Length: 4\r\n\r\nbody",
        f"GET {STATUS} HTTP/1.1 \r\n{HOST}\r\n\r\n",
        f"GET  {STATUS} HTTP/1.1\r\n{HOST}\r\n\r\n",
        f"GET\t{STATUS}\tHTTP/1.1\r\n{HOST}\r\n\r\n",
        f" GET {STATUS} HTTP/1.1\r\n{HOST}\r\n\r\n",
        f"GET {STATUS}\u00e9 HTTP/1.1\r\n{HOST}\r\n\r\n",
        f"GET {STATUS}\r\n\r\n",
        f"GET {STATUS} HTTP/2.0\r\n{HOST}\r\n\r\n",
        f"GET {STATUS} HTTP/1.1\r\nHost : x\r\n\r\n",
        f"GET {STATUS} HTTP/1.1\r\n{HOST}\r\n folded\r\n\r\n",
        f"GET {MEDIA} HTTP/1.0\r\n{HOST}\r\n\r\n",
        f"POST {STATUS} HTTP/1.1\r\n{HOST}\r\nContent-Length: 0\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\n\r\n",
        "CONNECT calls.example.com:443 HTTP/1.1\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
async def test_a_request_that_can_be_read_in_two_ways_is_not_read(request_text: str) -> None:
    """Bodies, folded headers, loose spacing: no answer, or the one that everybody gets."""
    async with bridge(reception := RecordingReception()) as (_, port):
        assert await send_raw(port, request_text.encode()) in {b"", NOT_FOUND}
    assert reception.statuses == []


@pytest.mark.parametrize("target", ["/\udcff", f"{MEDIA}\udcff", f"{STATUS}?a=\udcff", f"{STATUS}?a=é"])
def test_an_address_has_ascii_letters_alone(target: str) -> None:
    """Whatever a library makes of other bytes."""
    reception = RecordingReception()
    doorkeeper = Doorkeeper(verifier=None, probe_secret="p" * 43)
    doorkeeper.attach(PUBLIC_URL, reception)
    assert doorkeeper.judge("GET", target, None, None) == NOT_FOUND_ANSWER
    assert reception.statuses == []


async def test_a_reception_that_fails_tells_the_stranger_nothing() -> None:
    class Failing(RecordingReception):
        def take_status(self, parameters: Mapping[str, str]) -> None:
            raise RuntimeError("a bug")

    async with bridge(Failing()) as (_, port):
        assert await send_raw(port, f"GET {STATUS} HTTP/1.1\r\n{HOST}\r\n\r\n".encode()) == NOT_FOUND


async def test_offered_compression_is_declined() -> None:
    """A compressed message may be a thousand times as long as it looks."""
    async with (
        bridge(RecordingReception()) as (_, port),
        connect(f"ws://127.0.0.1:{port}{MEDIA}", compression="deflate", proxy=None) as carrier,
    ):
        assert carrier.response is not None
        assert "Sec-WebSocket-Extensions" not in carrier.response.headers
