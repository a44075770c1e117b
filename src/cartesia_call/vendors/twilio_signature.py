"""Twilio's signature over the URLs that it requests: status callbacks and the media stream's upgrade."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product

from twilio.request_validator import RequestValidator

from cartesia_call.patterns import regex

_URL = regex(r"(?P<scheme>https?|wss?)://(?P<host>\[[^\]]*\]|[^/?#:]*)(?P<port>:\d+)?(?P<rest>.*)", re.DOTALL)
_TLS_SCHEMES = frozenset({"https", "wss"})


SIGNATURE_SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"
"""`key=webhooks_sharedkey_...,algorithm=HMAC_SHA256`: beside a signature that a SharedKey made. Source: the
twilio package, 9.13."""

_HASHES = {"HMAC_SHA256": "sha256", "HMAC_SHA1": "sha1"}


class SignatureVerifier:
    """Checks `X-Twilio-Signature` with every auth token that is known, or with the SharedKey.

    Several tokens are known while one is being rotated, or when a region has its own. Without any,
    `accepts` is always False: the caller decides whether signatures count at all. What the request says of
    itself decides only which of our keys it has to fit.
    """

    def __init__(self, auth_tokens: tuple[str, ...], shared_key: str | None = None) -> None:
        self._validators = tuple(RequestValidator(token) for token in auth_tokens if token)
        self._shared_key = shared_key

    def accepts(
        self, url: str, signature: str | None, signed_how: str | None = None, *, trailing_slash: bool = False
    ) -> bool:
        """Whether Twilio signed a GET of `url`: the address as it was written for Twilio, plus raw query.

        Twilio is not consistent about the port, so it is tried with and without (`:443` for TLS);
        `trailing_slash` also tries the path with a slash appended. All candidates are equally hard to
        forge. `signed_how` is the header that comes beside a SharedKey's signature. A missing or malformed
        one is False; nothing raises.
        """
        if signature is None:
            return False
        received = signature.encode("utf-8", "replace")
        found = False
        for candidate, sign in product(_candidates(url, trailing_slash), self._signers(signed_how)):
            try:
                computed = sign(candidate)
            except UnicodeEncodeError:  # a lone surrogate: no URL that Twilio could have signed
                return False
            found |= hmac.compare_digest(computed.encode(), received)
        return found

    def why_refused(self, signature: str | None, signed_how: str | None) -> str:
        """For a result, of what `accepts` refused."""
        if not signature:
            return "it had no X-Twilio-Signature"
        if not signed_how:
            return "its X-Twilio-Signature fits no known auth token"
        if self._shared_key is None:
            return "a SharedKey of Twilio's signed it, and TWILIO_SHARED_KEY is not set"
        return "its X-Twilio-Signature does not fit TWILIO_SHARED_KEY"

    def variant(self, url: str, signature: str, signed_how: str | None = None) -> str:
        """Over which form of `url` it was made: `as written`, or how that differs (`with :443`); `none`.

        Looks farther than `accepts`, to say what is wrong. Not for letting anybody in.
        """
        for name, candidate in _variants(url):
            for sign in self._signers(signed_how):
                if hmac.compare_digest(sign(candidate).encode(), signature.encode("utf-8", "replace")):
                    return name
        return "none"

    # assumes: shared-key-signs-streams
    def _signers(self, signed_how: str | None) -> list[Callable[[str], str]]:
        if not signed_how:
            return [partial(_signed_with_token, validator) for validator in self._validators]
        algorithm = _HASHES.get(_algorithm_of(signed_how))
        if self._shared_key is None or algorithm is None:
            return []
        return [partial(_signed_with_shared_key, self._shared_key, algorithm)]


def _signed_with_token(validator: RequestValidator, url: str) -> str:
    signature: str = validator.compute_signature(url, {})
    return signature


def _signed_with_shared_key(key: str, algorithm: str, url: str) -> str:
    """As `RequestValidator` does since 9.13; earlier releases know no other hash than SHA-1."""
    digest = hmac.new(key.encode(), url.encode(), getattr(hashlib, algorithm)).digest()
    return base64.b64encode(digest).decode()


def _algorithm_of(signed_how: str) -> str:
    parts = (part.partition("=") for part in signed_how.split(","))
    return next((value.strip().upper() for name, _, value in parts if name.strip() == "algorithm"), "")


def _candidates(url: str, trailing_slash: bool) -> list[str]:
    """What Twilio may have signed for `url`, byte for byte except for port and slash."""
    parts = _URL.fullmatch(url)
    if parts is None:
        return []
    ports = {parts["port"] or "", ""}
    if parts["scheme"] in _TLS_SCHEMES and parts["port"] is None:
        ports.add(":443")  # assumes: port-and-slash-vary
    rests = {parts["rest"]}
    if trailing_slash:
        path, question_mark, query = parts["rest"].partition("?")
        rests.add(f"{path}/{question_mark}{query}")
    return [f"{parts['scheme']}://{parts['host']}{port}{rest}" for port, rest in product(ports, rests)]


_OTHER_SCHEMES = {"wss": "https", "ws": "http", "https": "http", "http": "https"}


def _variants(url: str) -> Iterator[tuple[str, str]]:
    """Forms of `url` that somebody may have signed, the likely ones first, each with what it is."""
    parts = _URL.fullmatch(url)
    if parts is None:
        return
    path, mark, query = parts["rest"].partition("?")
    ports = {"": parts["port"] or ""} | ({"without port": ""} if parts["port"] else {"with :443": ":443"})
    other = _OTHER_SCHEMES[parts["scheme"]]
    schemes = {"": parts["scheme"], f"with {other}": other}
    rests = {"": f"{path}{mark}{query}", "with a slash": f"{path}/{mark}{query}"}
    if mark:
        rests["without query"] = path
    for (scheme_name, scheme), (port_name, port), (rest_name, rest) in product(
        schemes.items(), ports.items(), rests.items()
    ):
        names = [name for name in (scheme_name, port_name, rest_name) if name]
        yield ", ".join(names) or "as written", f"{scheme}://{parts['host']}{port}{rest}"
