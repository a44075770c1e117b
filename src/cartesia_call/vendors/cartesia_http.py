"""Cartesia's REST API: one request, one parsed answer or one of our own errors."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from requests import Request

from cartesia_call import __version__
from cartesia_call.blocking import in_daemon_thread
from cartesia_call.errors import (
    CartesiaCallError,
    ChangeUnknown,
    ServiceRefused,
    SpeechUnavailable,
    Unauthorized,
)
from cartesia_call.speech.messages import ServiceError, parse_http_error
from cartesia_call.vendors.cartesia_access import access_headers, require_safe_address
from cartesia_call.vendors.cartesia_errors import translate
from cartesia_call.vendors.departure import Departure
from cartesia_call.vendors.http_transport import EXCHANGE_FAILURES, NotConnected, open_session, why_no_answer
from cartesia_call.vendors.network import NetworkRules

_LARGEST_ANSWER_BYTES = 4 * 1024 * 1024
"""A page of 100 voices is some 60 kB; no size is documented."""

_PIECE_BYTES = 64 * 1024
_TOO_MANY_REQUESTS = 429
_BACK_OFF_S = 0.5
"""Before the second attempt, as long as Cartesia's own SDK waits."""


@dataclass(frozen=True)
class CartesiaAnswer:
    """A 2xx answer: its HTTP status, and its parsed JSON, None if the body was empty."""

    status: int
    body: object


@dataclass(frozen=True)
class _Received:
    status: int
    text: str
    request_id: str | None


class _Unreadable(Exception):
    """An answer came, and cannot be used. `why` ends a sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class CartesiaApi:
    """Sends each request in a daemon thread and over a connection of its own.

    `base_url` is https://, or http:// to a loopback address. `connect_timeout_s` limits a request as a whole,
    its second attempt included, in real seconds. The key travels in a header and is never quoted.
    """

    def __init__(
        self, *, api_key: str, base_url: str, version: str, connect_timeout_s: float, network: NetworkRules
    ) -> None:
        require_safe_address(base_url)
        self._api_key = api_key
        self._base_url = base_url.rstrip("/")
        self._host = urlsplit(base_url).netloc
        self._version = version
        self._timeout_s = connect_timeout_s
        self._network = network

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        secrets: Iterable[str] = (),
    ) -> CartesiaAnswer:
        """The answer to one request. Redirects are not followed.

        `path` begins with a slash, and whatever was put into it is quoted already. `secrets` are values in
        `body` that no error may repeat. A GET is tried a second time where that may help; nothing else is.

        Unauthorized for a refused key; ServiceRefused for what would be refused again; SpeechUnavailable
        where it is certain that nothing was changed and trying later may help; ChangeUnknown for any other
        method than GET that left and was not answered as documented.
        """
        headers = access_headers(self._api_key, self._version)
        headers |= {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"cartesia-call/{__version__}",
        }
        request = Request(method, self._base_url + path, params=query, json=body, headers=headers)
        hidden = (self._api_key, *secrets)
        now_s = asyncio.get_running_loop().time
        deadline_s = now_s() + self._timeout_s
        try:
            return await self._attempt(request, hidden, deadline_s)
        except SpeechUnavailable:
            if method != "GET" or now_s() + _BACK_OFF_S >= deadline_s:
                raise
        await asyncio.sleep(_BACK_OFF_S)
        return await self._attempt(request, hidden, deadline_s)

    async def _attempt(self, request: Request, secrets: tuple[str, ...], deadline_s: float) -> CartesiaAnswer:
        departure = Departure()
        given_up = threading.Event()

        def work() -> _Received:
            with departure.of_this_thread():
                return self._exchange(request, given_up)

        is_change = request.method != "GET"
        failure: CartesiaCallError
        try:
            async with asyncio.timeout_at(deadline_s) as limit:
                return _answer(await in_daemon_thread(work), is_change=is_change, secrets=secrets)
        except TimeoutError:
            if not limit.expired():
                raise
            if departure.call_off():
                failure = self._unanswered(f"it did not answer within {self._timeout_s:g} s", is_change)
            else:
                failure = self._unreachable(f"no connection within {self._timeout_s:g} s")
        except NotConnected as error:
            failure = self._unreachable(error.why, error.hint)
        except EXCHANGE_FAILURES as error:
            if departure.left:
                failure = self._unanswered(why_no_answer(error), is_change)
            else:
                failure = self._unreachable(type(error).__name__)
        except _Unreadable as error:
            failure = self._unanswered(error.why, is_change)
        finally:
            departure.call_off()
            given_up.set()
        # Not from within the handlers: a traceback would quote a proxy's address, or the answer as it came.
        raise failure

    def _exchange(self, request: Request, given_up: threading.Event) -> _Received:
        """In a thread: send `request` and read its answer, for as long as anybody waits for it."""
        proxy = self._network.proxy_for(request.url)
        with open_session(self._network) as session:
            answer = session.send(
                session.prepare_request(request),
                timeout=self._timeout_s,
                allow_redirects=False,
                proxies={"https": proxy} if proxy else {},
                verify=True,
                stream=True,
            )
            with answer:
                received = bytearray()
                # As the bytes come: a server that trickles would keep a larger read waiting for ever.
                while piece := answer.raw.read1(_PIECE_BYTES, decode_content=True):
                    received += piece
                    if len(received) > _LARGEST_ANSWER_BYTES:
                        raise _Unreadable(f"its answer is longer than {_LARGEST_ANSWER_BYTES} bytes")
                    if given_up.is_set():
                        break
            return _Received(
                answer.status_code,
                received.decode("utf-8", "replace"),
                answer.headers.get("x-request-id"),
            )

    def _unreachable(self, why: str, hint: str | None = None) -> SpeechUnavailable:
        return SpeechUnavailable(f"no connection to Cartesia at {self._host}: {why}", hint=hint)

    def _unanswered(self, why: str, is_change: bool) -> SpeechUnavailable | ChangeUnknown:
        if is_change:
            return ChangeUnknown(f"Cartesia was asked to change something, but {why}; it may have done so")
        return SpeechUnavailable(f"Cartesia at {self._host} was asked, but {why}")


def _answer(received: _Received, *, is_change: bool, secrets: tuple[str, ...]) -> CartesiaAnswer:
    """What a 2xx says; any other status raises."""
    try:
        body = json.loads(received.text) if received.text.strip() else None
        readable = True
    except (ValueError, RecursionError):  # the latter for thousands of brackets
        body, readable = None, False
    if not 200 <= received.status < 300:
        error = parse_http_error(
            received.status, received.text, request_id=received.request_id, secrets=secrets
        )
        raise _refusal(error, body, is_change=is_change)
    if not readable:
        raise _Unreadable("its answer is not JSON")
    return CartesiaAnswer(received.status, body)


def _refusal(error: ServiceError, body: object, *, is_change: bool) -> CartesiaCallError:
    meaning = translate(error)
    if isinstance(meaning, Unauthorized):
        return meaning
    # What a status alone suggests is about speech.
    hint = meaning.hint if error.code is not None else None
    if error.is_final:
        return ServiceRefused(
            f"Cartesia refused: {error}",
            http_status=error.status or 0,
            code=error.code,
            title=error.title,
            detail=error.message,
            request_id=error.request_id,
            body=body,
            hint=hint,
        )
    if is_change and error.status != _TOO_MANY_REQUESTS:
        return ChangeUnknown(
            f"Cartesia was asked to change something and failed: {error}; it may have done so"
        )
    return SpeechUnavailable(
        f"Cartesia could not answer: {error}", code=error.code, http_status=error.status, hint=hint
    )
