"""Who may ask the speech service for what: keys, access tokens, API versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aiohttp import web

from cartesia_call.ports import Clock
from cartesia_simulator.faults import FaultPlan
from cartesia_simulator.speech import tokens
from cartesia_simulator.speech.catalogue import STRUCTURED_ERRORS_VERSION, VERSIONS
from cartesia_simulator.speech.refusals import bad_key, bad_request, not_granted, unknown_version

SECRET_HEADERS = frozenset({"authorization", "x-api-key"})

_BEARER = "Bearer "


class Access:
    """The account's API key, and the tokens that were made with it.

    A key opens everything: in a header, or in the query of a websocket, where a browser can set no header. A
    token opens what it grants, as a bearer's or, for a websocket, in the query. Of several credentials the
    first counts, headers before the query: their order is documented nowhere.
    """

    def __init__(self, clock: Clock, *, api_key: str, faults: FaultPlan) -> None:
        self._clock = clock
        self._api_key = api_key
        self._faults = faults

    def check(self, request: web.Request, *, grant: str | None = None, is_socket: bool = False) -> None:
        """Refusal unless the request brings a right credential and a version that there is.

        `grant` is what a token has to grant; None: no token will do.
        """
        if self._faults.has("speech-401"):
            raise bad_key()
        kind, offered = next(_offered(request, is_socket=is_socket), ("key", ""))
        if kind == "token" or (kind == "bearer" and not self._is_key(offered)):
            if grant not in tokens.grants_of(offered, key=self._api_key, at_s=self._unix_s()):
                raise not_granted()
        elif not self._is_key(offered):
            raise bad_key()
        version = version_of(request)
        if version is None:
            raise bad_request("the header Cartesia-Version is required")
        if version not in VERSIONS:
            raise unknown_version()

    def issue_token(self, message: Mapping[str, object]) -> Mapping[str, object]:
        """The answer to `POST /access-token`; Refusal if the body is not valid."""
        return {"token": tokens.issue(message, key=self._api_key, at_s=self._unix_s())}

    def _is_key(self, offered: str) -> bool:
        return tokens.is_same(offered, self._api_key)

    def _unix_s(self) -> float:
        return self._clock.utc_now().timestamp()


def version_of(request: web.Request) -> str | None:
    """The API version asked for; the query wins where both name one."""
    return request.query.get("cartesia_version") or request.headers.get("Cartesia-Version")


def schema_version(request: web.Request) -> str:
    """In whose shape to answer: an unknown version has none of its own."""
    version = version_of(request)
    return version if version in VERSIONS else STRUCTURED_ERRORS_VERSION


def _offered(request: web.Request, *, is_socket: bool) -> Iterator[tuple[str, str]]:
    """What a request brings: of which kind, and the credential."""
    if key := request.headers.get("X-API-Key"):
        yield "key", key
    authorization = request.headers.get("Authorization", "")
    if authorization.startswith(_BEARER):
        yield "bearer", authorization.removeprefix(_BEARER)
    if is_socket:
        for name, kind in (("access_token", "token"), ("api_key", "key")):
            if credential := request.query.get(name):
                yield kind, credential
