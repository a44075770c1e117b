"""Who gets in at the bridge and who does not, over real sockets."""

from __future__ import annotations

import pytest
from websockets.exceptions import InvalidStatus

from tests.vendors.bridge_callers import (
    MEDIA,
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
