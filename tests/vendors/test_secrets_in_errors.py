"""No secret in anything that a vendor's error shows: sentence, hint, repr, traceback, what it came from."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import json
import os
import traceback
from collections.abc import Awaitable, Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Literal

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from cartesia_call.addresses import NetworkRules
from cartesia_call.errors import CartesiaCallError
from cartesia_call.speech.utterance import Utterance
from cartesia_call.telephony.instructions import CallInstructions
from cartesia_call.vendors.ngrok import NgrokTunnel
from cartesia_call.vendors.twilio_client import TwilioCarrier
from tests.vendors import carriers, http_peers, scripted_speech
from tests.vendors.http_peers import CERTIFICATE, Behaviour, Peer, serving
from tests.vendors.ngrok_stand_in import Behaviour as AgentBehaviour
from tests.vendors.ngrok_stand_in import write_stand_in_agent
from tests.vendors.scripted_speech import Conversation, service, speech_from, until_closed

STREAM_SECRET = "a-stream-secret-0123456789"
STATUS_SECRET = "a-status-secret-0123456789"
PROXY_PASSWORD = "not-a-real-proxy-password"
NGROK_TOKEN = "2fakeNgrokToken_0000000000000000"
CARTESIA_KEY = "not-a-real-cartesia-key-of-another-shape"
SECRETS = (
    *(STREAM_SECRET, STATUS_SECRET, PROXY_PASSWORD, NGROK_TOKEN, CARTESIA_KEY, scripted_speech.KEY),
    *(carriers.AUTH_TOKEN, carriers.API_KEY_SECRET),
    base64.b64encode(f"{carriers.ACCOUNT_SID}:{carriers.AUTH_TOKEN}".encode()).decode(),
    base64.b64encode(f"{carriers.API_KEY_SID}:{carriers.API_KEY_SECRET}".encode()).decode(),
)

INSTRUCTIONS = CallInstructions(
    stream_url=f"wss://calls.example.com/media/{STREAM_SECRET}", fallback_text="Hello."
)
REQUEST = dataclasses.replace(
    carriers.REQUEST,
    instructions=INSTRUCTIONS,
    status_callback_url=f"https://calls.example.com/status/{STATUS_SECRET}",
)
TRUSTING = dataclasses.replace(carriers.DIRECT, ca_file=str(CERTIFICATE))

Ask = Callable[[TwilioCarrier], Awaitable[object]]


def shown(error: BaseException) -> Iterator[str]:
    """Every text that a log, a terminal or a debugger prints of `error`, hidden causes included."""
    yield from traceback.format_exception(error)
    links, todo = set[int](), [error]
    while todo:
        link = todo.pop()
        if id(link) in links:
            continue
        links.add(id(link))
        yield from (str(link), repr(link), repr(link.args), *traceback.format_exception_only(link))
        yield from map(repr, getattr(link, "__notes__", []))
        if isinstance(link, CartesiaCallError):
            yield repr(vars(link))
        todo += [cause for cause in (link.__cause__, link.__context__) if cause is not None]


def assert_clean(error: CartesiaCallError) -> None:
    assert str(error).isprintable()
    everything = "\n".join(shown(error))
    assert [secret for secret in SECRETS if secret in everything] == []


async def failure(doing: Awaitable[object]) -> CartesiaCallError:
    with pytest.raises(CartesiaCallError) as raised:
        await doing
    return raised.value


def repeating(status: int, *, code: int = 99999, as_html: bool = False) -> Behaviour:
    """Answers with everything that the request held."""

    async def behave(_: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await http_peers.read_request(reader)
        encoded = request.headers["authorization"].removeprefix("Basic ")
        plain = base64.b64decode(encoded).decode()
        message = f"\x1b[31m{encoded} {plain}\x1b[0m\n{request.form} {request.path}"
        body = json.dumps({"code": code, "message": message, "more_info": f"https://x.example/{plain}"})
        if as_html:
            body = f"<html>{message}</html>"
        length = len(body.encode())
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n{body}".encode())
        await writer.drain()

    return behave


ASKS: tuple[Ask, ...] = (
    lambda carrier: carrier.place(REQUEST),
    lambda carrier: carrier.redirect(carriers.CALL_SID, INSTRUCTIONS),
    lambda carrier: carrier.notes(carriers.CALL_SID),
)


@pytest.mark.parametrize("api_key", [False, True])
@pytest.mark.parametrize(
    "behaviour",
    [
        *(repeating(status) for status in (200, 201, 302, 400, 401, 404, 408, 429, 500, 503)),
        *(repeating(400, code=code) for code in (20003, 20404, 20422, 21205, 21210, 21220, 32018)),
        *(repeating(status, as_html=True) for status in (201, 400, 429, 503)),
        http_peers.closing,
        http_peers.resetting,
        http_peers.breaking_off,
    ],
)
async def test_twilio_fails(behaviour: Behaviour, api_key: bool) -> None:
    """Neither credentials nor the Authorization header nor what the TwiML holds, even if Twilio says it."""
    async with serving(behaviour) as peer, carriers.carrier_at(peer.url, api_key=api_key) as carrier:
        for ask in ASKS:
            assert_clean(await failure(ask(carrier)))


@pytest.mark.parametrize("behaviour", [http_peers.silent, http_peers.deaf])
async def test_twilio_is_slow(behaviour: Behaviour) -> None:
    async with (
        serving(behaviour) as peer,
        carriers.carrier_at(peer.url, connect_timeout_s=0.1) as carrier,
    ):
        assert_clean(await failure(carrier.place(REQUEST)))


@pytest.mark.parametrize("behaviour", [http_peers.resetting_at_once, http_peers.without_tls])
async def test_twilio_cannot_be_reached(behaviour: Behaviour) -> None:
    async with serving(behaviour) as peer:
        url = f"https://127.0.0.1:{peer.port}"
        async with carriers.carrier_at(url, network=TRUSTING) as carrier:
            assert_clean(await failure(carrier.place(REQUEST)))
    async with carriers.carrier_at(peer.url) as carrier:  # nobody listens there any more
        assert_clean(await failure(carrier.place(REQUEST)))


def through_proxy(port: int, *, scheme: str = "http") -> NetworkRules:
    address = f"{scheme}://user:{PROXY_PASSWORD}@127.0.0.1:{port}"
    return dataclasses.replace(TRUSTING, https_proxy=address)


async def test_a_proxy_refuses() -> None:
    """The proxy's password neither."""
    refusal = http_peers.refusing_proxy(f"407 {PROXY_PASSWORD[:3]}")
    async with serving(refusal) as proxy:
        network = through_proxy(proxy.port)
        async with carriers.carrier_at("https://carrier.test", network=network) as carrier:
            assert_clean(await failure(carrier.place(REQUEST)))
        speech = speech_from("https://speech.test", network=network)
        assert_clean(await failure(speech.synthesise(scripted_speech.REQUEST, Utterance())))


async def test_a_proxys_address_is_malformed() -> None:
    """The library's own exception quotes it whole; no traceback prints that one."""
    speech = speech_from("https://speech.test", network=through_proxy(9, scheme="ftp"))
    error = await failure(speech.synthesise(scripted_speech.REQUEST, Utterance()))
    assert PROXY_PASSWORD not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("key", [CARTESIA_KEY, scripted_speech.KEY])
async def test_cartesia_refuses(status: int, key: str) -> None:
    """In the handshake as text and as JSON, in an event, in a close: the key is not repeated."""
    said = f"The key {key} is bad.\r\nAuthorization: Bearer {key} \x1b[31m"

    def refuse(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(HTTPStatus(status), said)

    def refuse_in_json(connection: ServerConnection, request: Request) -> Response:
        body = {"title": said, "message": said, "error_code": key, "request_id": key}
        return connection.respond(HTTPStatus(status), json.dumps(body))

    async def fail(conversation: Conversation) -> None:
        context_id = await conversation.read_request()
        fields = {"status_code": status, "title": said, "message": said, "error_code": key}
        await conversation.say(type="error", context_id=context_id, done=True, **fields)
        await until_closed(conversation)

    async def close(conversation: Conversation) -> None:
        await conversation.read_request()
        await conversation.connection.close(4000 + status, key)

    async def babble(conversation: Conversation) -> None:
        await conversation.read_request()
        await conversation.connection.send(said)
        await until_closed(conversation)

    limit_s = 0.3 if status == HTTPStatus.TOO_MANY_REQUESTS else 1  # it is asked again for so long
    for script, look in ((fail, refuse), (fail, refuse_in_json), (fail, None), (close, None), (babble, None)):
        async with service(script, process_request=look) as base_url:
            speech = speech_from(base_url, key=key, speech_timeout_s=limit_s)
            assert_clean(await failure(speech.synthesise(scripted_speech.REQUEST, Utterance())))


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("refuse_start", "ERR_NGROK_105"),
        ("refuse_start", "ERR_NGROK_107"),
        ("refuse_endpoint", "ERR_NGROK_334"),
        ("refuse_endpoint", "ERR_NGROK_107"),
    ],
)
async def test_ngrok_refuses(
    tmp_path: Path, when: Literal["refuse_start", "refuse_endpoint"], code: str
) -> None:
    """ngrok's own texts of 105 and 107 repeat the token."""
    behaviour: AgentBehaviour = {}
    behaviour[when] = code
    tunnel = NgrokTunnel(
        agent_path=str(write_stand_in_agent(tmp_path, **behaviour)),
        authtoken=NGROK_TOKEN,
        domain=None,
        tunnel_timeout_s=4.0,
        state_dir=tmp_path / "state",
        environment={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]},
    )
    error = await failure(tunnel.open(9))
    await tunnel.close()
    assert code in str(error)
    assert_clean(error)


def test_what_is_looked_through_holds_what_must_not_be_shown() -> None:
    """Else the tests above would prove nothing."""
    error = CartesiaCallError("quiet", hint=PROXY_PASSWORD)
    error.__context__ = ValueError(STREAM_SECRET)
    error.__suppress_context__ = True
    everything = "\n".join(shown(error))
    assert STREAM_SECRET in everything
    assert PROXY_PASSWORD in everything
