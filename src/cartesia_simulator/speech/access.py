"""Who may ask the speech service for what: keys, access tokens, API versions.

A token is what an account hands to a browser in the place of its key: a JSON Web Token, as Cartesia's are
(docs, "Authenticate your client applications"), signed with the key that it was made by, so that nothing has
to be remembered. What it grants and when it expires stands in it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator, Mapping

from aiohttp import web

from cartesia_call.ports import Clock
from cartesia_simulator.faults import FaultPlan
from cartesia_simulator.speech.catalogue import STRUCTURED_ERRORS_VERSION, VERSIONS
from cartesia_simulator.speech.generation import boolean
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
            if grant not in grants_of(offered, key=self._api_key, at_s=self._unix_s()):
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
        return {"token": issue(message, key=self._api_key, at_s=self._unix_s())}

    def _is_key(self, offered: str) -> bool:
        return is_same(offered, self._api_key)

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


LONGEST_S = 3600
"""The most that `expires_in` may be. Without it a token lives as long: no default is documented."""
GRANTS = frozenset({"tts", "stt", "agent"})

_HEADER = {"alg": "HS256", "typ": "JWT"}
_PARTS = 3


def issue(message: Mapping[str, object], *, key: str, at_s: float) -> str:
    """A token as the body of `POST /access-token` asks for it, at `at_s` seconds since 1970; Refusal."""
    unknown = message.keys() - {"grants", "expires_in"}
    if unknown:
        raise bad_request(f"no field is called {', '.join(sorted(unknown))}")
    claims = {
        "grants": _grants(message.get("grants")),
        "jti": uuid.uuid4().hex,
        "iat": int(at_s),
        "iss": "cartesia-call simulator",
        "exp": int(at_s) + _lifetime_s(message.get("expires_in")),
    }
    signed = f"{_encoded(_HEADER)}.{_encoded(claims)}"
    return f"{signed}.{_signature(signed, key)}"


def grants_of(token: str, *, key: str, at_s: float) -> frozenset[str]:
    """What a valid token grants; Refusal 401 for one that is not ours, or has expired."""
    signed, _, signature = token.rpartition(".")
    if len(token.split(".")) != _PARTS or not is_same(signature, _signature(signed, key)):
        raise bad_key()
    # The signature is ours, and so are the claims.
    payload = signed.partition(".")[2]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    if at_s >= claims["exp"]:
        raise bad_key()
    return frozenset(claims["grants"])


def is_same(offered: str, secret: str) -> bool:
    """Compared in a time that tells nothing; what was offered may be any bytes of a header."""
    return hmac.compare_digest(offered.encode(errors="surrogateescape"), secret.encode())


def _grants(value: object) -> dict[str, bool]:
    if value is None:
        return {}
    if not isinstance(value, dict) or value.keys() - GRANTS:
        raise bad_request(f"grants holds {', '.join(sorted(GRANTS))}, nothing else")
    return {name: True for name, given in value.items() if given is not None and boolean(name, given)}


def _lifetime_s(value: object) -> int:
    if value is None:
        return LONGEST_S
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST_S:
        raise bad_request(f"expires_in is a whole number of seconds from 1 to {LONGEST_S}")
    return value


def _encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).decode().rstrip("=")


def _signature(signed: str, key: str) -> str:
    digest = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
