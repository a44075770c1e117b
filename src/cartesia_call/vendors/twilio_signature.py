"""Twilio's signature over the URLs that it requests: status callbacks and the media stream's upgrade."""

from __future__ import annotations

import hmac
import re
from itertools import product

from twilio.request_validator import RequestValidator

_URL = re.compile(
    r"(?P<scheme>https?|wss?)://(?P<host>\[[^\]]*\]|[^/?#:]*)(?P<port>:\d+)?(?P<rest>.*)", re.DOTALL
)
_TLS_SCHEMES = frozenset({"https", "wss"})


class SignatureVerifier:
    """Checks `X-Twilio-Signature` with every auth token that is known.

    Several tokens are known while one is being rotated, or when a region has its own. Without any,
    `accepts` is always False: the caller decides whether signatures count at all.
    """

    def __init__(self, auth_tokens: tuple[str, ...]) -> None:
        self._validators = tuple(RequestValidator(token) for token in auth_tokens if token)

    def accepts(self, url: str, signature: str | None, *, trailing_slash: bool = False) -> bool:
        """Whether Twilio signed a GET of `url`: the address as it was written for Twilio, plus raw query.

        Twilio is not consistent about the port, so it is tried with and without (`:443` for TLS);
        `trailing_slash` also tries the path with a slash appended. All candidates are equally hard to
        forge. A missing or malformed signature is False; nothing raises.
        """
        if signature is None:
            return False
        received = signature.encode("utf-8", "replace")
        found = False
        for candidate, validator in product(_candidates(url, trailing_slash), self._validators):
            try:
                computed: str = validator.compute_signature(candidate, {})
            except UnicodeEncodeError:  # a lone surrogate: no URL that Twilio could have signed
                return False
            found |= hmac.compare_digest(computed.encode(), received)
        return found


def _candidates(url: str, trailing_slash: bool) -> list[str]:
    """What Twilio may have signed for `url`, byte for byte except for port and slash."""
    parts = _URL.fullmatch(url)
    if parts is None:
        return []
    ports = {parts["port"] or "", ""}
    if parts["scheme"] in _TLS_SCHEMES and parts["port"] is None:
        ports.add(":443")
    rests = {parts["rest"]}
    if trailing_slash:
        path, question_mark, query = parts["rest"].partition("?")
        rests.add(f"{path}/{question_mark}{query}")
    return [f"{parts['scheme']}://{parts['host']}{port}{rest}" for port, rest in product(ports, rests)]
