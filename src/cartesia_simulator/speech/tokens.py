"""Access tokens: what an account hands to a browser in the place of its key.

JSON Web Tokens, as Cartesia's are (docs, "Authenticate your client applications"), signed with the key that
they were made by, so that nothing has to be remembered. What they grant and when they expire stands in them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping

from cartesia_simulator.speech.generation import boolean
from cartesia_simulator.speech.refusals import bad_key, bad_request

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
