"""Cartesia's REST API: one request, one parsed answer or one of our own errors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Self
from urllib.parse import urlencode

from cartesia_call.clock import running_s
from cartesia_call.errors import (
    CartesiaCallError,
    ChangeUnknown,
    ServiceRefused,
    SpeechUnavailable,
    Unauthorized,
)
from cartesia_call.records import dataclass
from cartesia_call.speech.messages import ServiceError, parse_http_error
from cartesia_call.tracing.messages import Peer
from cartesia_call.vendors.cartesia_access import CartesiaAccess
from cartesia_call.vendors.cartesia_errors import translate
from cartesia_call.vendors.http_answer import HttpAnswer, NoAnswer, NotConnected
from cartesia_call.vendors.http_transport import HttpTransport

CHECK_THE_API = "check CARTESIA_VERSION and CARTESIA_BASE_URL"

_TOO_MANY_REQUESTS = 429
_BACK_OFF_S = 0.5
"""Before the second attempt, as long as Cartesia's own SDK waits."""


@dataclass(frozen=True)
class CartesiaAnswer:
    """A 2xx answer: its HTTP status, and its parsed JSON, None if the body was empty."""

    status: int
    body: object


@dataclass(frozen=True)
class _Request:
    """`secrets` are what no error about it may repeat."""

    method: str
    url: str
    headers: dict[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


class CartesiaApi:
    """To be closed, or used as a context manager that does it.

    The time-out of `access` holds for a request with its second attempt.
    """

    def __init__(self, access: CartesiaAccess) -> None:
        self._access = access
        self._transport = HttpTransport(
            network=access.network,
            timeout_s=access.connect_timeout_s,
            tracer=access.tracer,
            peer=Peer.CARTESIA,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._transport.close()

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
        request = _Request(
            method,
            self._access.base_url.rstrip("/") + path + (f"?{urlencode(query)}" if query else ""),
            self._access.headers() | {"Accept": "application/json"},
            None if body is None else json.dumps(body).encode(),
            (self._access.api_key, *secrets),
        )
        deadline_s = running_s() + self._access.connect_timeout_s
        try:
            return await self._attempt(request, deadline_s)
        except SpeechUnavailable:
            if method != "GET" or running_s() + _BACK_OFF_S >= deadline_s:
                raise
        await asyncio.sleep(_BACK_OFF_S)
        return await self._attempt(request, deadline_s)

    async def _attempt(self, request: _Request, deadline_s: float) -> CartesiaAnswer:
        is_change = request.method != "GET"
        headers = request.headers
        if request.body is not None:
            headers = headers | {"Content-Type": "application/json"}
        failure: CartesiaCallError
        try:
            received = await self._transport.exchange(
                request.method,
                request.url,
                headers=headers,
                body=request.body,
                afresh=is_change,
                deadline_s=deadline_s,
            )
            return _answer(received, is_change=is_change, secrets=request.secrets)
        except NotConnected as error:
            failure = self._unreachable(error.why, error.hint)
        except NoAnswer as error:
            failure = self._unanswered(error.why, is_change)
        # Not from within the handlers: a traceback would quote the answer as it came.
        raise failure

    def _unreachable(self, why: str, hint: str | None = None) -> SpeechUnavailable:
        return SpeechUnavailable(f"no connection to Cartesia at {self._access.host}: {why}", hint=hint)

    def _unanswered(self, why: str, is_change: bool) -> SpeechUnavailable | ChangeUnknown:
        if is_change:
            return ChangeUnknown(f"Cartesia was asked to change something, but {why}; it may have done so")
        return SpeechUnavailable(f"Cartesia at {self._access.host} was asked, but {why}")


def _answer(received: HttpAnswer, *, is_change: bool, secrets: tuple[str, ...]) -> CartesiaAnswer:
    """What a 2xx says; any other status raises."""
    try:
        body = json.loads(received.text) if received.text.strip() else None
        readable = True
    except (ValueError, RecursionError):  # the latter for thousands of brackets
        body, readable = None, False
    if not 200 <= received.status < 300:
        error = parse_http_error(
            received.status,
            received.text,
            request_id=received.headers.get("x-request-id"),
            secrets=secrets,
        )
        raise _refusal(error, body, is_change=is_change)
    if not readable:
        raise NoAnswer("its answer is not JSON")
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


def not_understood(about: str) -> SpeechUnavailable:
    """For an answer that is JSON, and not what was asked for."""
    return SpeechUnavailable(f"Cartesia's answer about {about} cannot be understood", hint=CHECK_THE_API)
