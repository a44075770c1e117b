"""Requests to the bridge as an attacker would write them, for hypothesis, and what must become of them."""

from __future__ import annotations

from hypothesis import strategies as st
from websockets.http11 import Request
from websockets.server import ServerProtocol

from cartesia_call.vendors.bridge_answers import opening
from cartesia_call.vendors.bridge_requests import Answer, Doorkeeper, Probe, Stream
from cartesia_call.vendors.twilio_signature import SignatureVerifier
from cartesia_call.vendors.websocket_client import SILENT_LOGGER
from tests.hostile_json import mostly
from tests.vendors.bridge_callers import AUTH_TOKEN, MEDIA, PUBLIC_URL, STATUS, RecordingReception, sign

_PROBE_SECRET = "probe-secret-" + "p" * 30
_WSS_URL = PUBLIC_URL.replace("https", "wss")
_SIGNED_STREAM_URLS = [f"{_WSS_URL}{port}{MEDIA}{slash}" for port in ("", ":443") for slash in ("", "/")]
_SIGNED_STATUS_URLS = [f"{PUBLIC_URL}{port}{STATUS}" for port in ("", ":443")]

_targets = mostly(
    st.sampled_from([MEDIA, f"{MEDIA}/", STATUS]),
    st.sampled_from(
        [
            *(f"{STATUS}/", f"/probe/{_PROBE_SECRET}", "/", "*", "", f"//x{MEDIA}", f"{MEDIA}%00"),
            *(PUBLIC_URL + MEDIA, MEDIA.replace("media", "status"), STATUS.replace("status", "media")),
        ]
    ),
)
_queries = st.one_of(
    st.just(""),
    st.sampled_from(["?", "?CallSid=CA1", "?CallSid=CA1&CallStatus=ringing", "?a=%ff&b=%u12&=&&;", "?a+=%"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20).map("?{}".format),
)
_our_urls = st.sampled_from([*_SIGNED_STREAM_URLS, *_SIGNED_STATUS_URLS])
_other_urls = st.builds("{}{}".format, _our_urls, _queries) | st.just(f"https://evil.example.com{STATUS}")
_bad_signatures = st.one_of(
    _other_urls.map(sign),
    _our_urls.map(lambda url: sign(url, "another-token")),
    st.sampled_from(["", " ", "x", "="]),
)


@st.composite
def _requests(draw: st.DrawFn) -> bytes:
    target, query = draw(_targets), draw(_queries)
    signatures = draw(st.lists(_bad_signatures | _our_urls.map(lambda url: sign(url + query)), max_size=2))
    headers = [f"X-Twilio-Signature: {signature}" for signature in signatures]
    if draw(st.booleans()):
        headers += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        headers += [f"Sec-WebSocket-Key: {draw(st.sampled_from(['bm90LWEtcmVhbC1rZXktMQ==', 'x', '']))}"]
    headers += draw(st.lists(st.sampled_from(["Host: x", "Content-Length: 0", "Upgrade: h2c", "Origin: x"])))
    method = draw(mostly(st.just("GET"), st.sampled_from(["POST", "get", "HEAD"])))
    version = draw(mostly(st.just("HTTP/1.1"), st.just("HTTP/1.0")))
    line = f"{method} {target}{query} {version}"
    return "\r\n".join([line, *headers, "", ""]).encode()


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    request = draw(_requests())
    start = draw(st.integers(0, len(request)))
    end = min(len(request), start + draw(st.integers(0, 3)))
    put_in = draw(
        st.binary(max_size=8) | st.sampled_from([b"\r\n", b"\n", b"\0", b" ", b":", b"\r\n folded"])
    )
    return request[:start] + put_in + request[end:] + draw(st.just(b"") | st.binary(max_size=40))


request_bytes = mostly(_damaged(), st.binary(max_size=200))
signed_requests = _requests()


def judge_request(raw: bytes) -> str:
    """What the bridge makes of these bytes; only the right path with a signature of its own URL passes."""
    protocol = ServerProtocol(logger=SILENT_LOGGER)
    protocol.receive_data(raw)
    request = next(iter(protocol.events_received()), None)
    if not isinstance(request, Request):
        return "no request"
    reception = RecordingReception()
    doorkeeper = Doorkeeper(verifier=SignatureVerifier((AUTH_TOKEN,)), probe_secret=_PROBE_SECRET)
    doorkeeper.attach(PUBLIC_URL, reception)
    signatures = request.headers.get_all("X-Twilio-Signature")
    signature = signatures[0] if len(signatures) == 1 else None
    method = getattr(request, "method", "GET")  # as before websockets 17 every request has that came this far
    verdict = doorkeeper.judge(method, request.path, signature)
    path, mark, query = request.path.partition("?")
    if isinstance(verdict, Stream):
        assert path in {MEDIA, f"{MEDIA}/"}
        assert signature in {sign(f"{url}{mark}{query}") for url in _SIGNED_STREAM_URLS}
    assert isinstance(verdict, Probe) == (path == f"/probe/{_PROBE_SECRET}" and method == "GET")
    if reception.statuses:
        assert path == STATUS
        assert signature in {sign(f"{url}{mark}{query}") for url in _SIGNED_STATUS_URLS}
    if isinstance(verdict, Answer):
        assert (verdict.status == 204) == bool(reception.statuses)
        assert verdict.status in {204, 403, 404}
        answer = opening(protocol, request)
        assert answer is None or answer.status_code == 101
        return str(int(verdict.status))
    return type(verdict).__name__
