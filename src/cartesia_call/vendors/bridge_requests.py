"""Who may pass the bridge: each request is judged by its path, its secret and the carrier's signature."""

from __future__ import annotations

import hmac
import secrets as random_words
from http import HTTPStatus
from urllib.parse import parse_qsl

from cartesia_call.ports import CallSecrets, Reception
from cartesia_call.records import dataclass
from cartesia_call.vendors.twilio_signature import SignatureVerifier
from cartesia_call.vendors.websocket_client import websocket_url

_STREAM_DOOR = "/media/"
_STATUS_DOOR = "/status/"
_PROBE_DOOR = "/probe/"


@dataclass(frozen=True)
class Answer:
    """A plain HTTP answer without a body: strangers learn no reason."""

    status: HTTPStatus


@dataclass(frozen=True)
class Stream:
    """The carrier's media stream for this call."""

    reception: Reception


@dataclass(frozen=True)
class Probe:
    """Our own question whether the public path leads here."""


Admission = Answer | Stream | Probe

NOT_FOUND = Answer(HTTPStatus.NOT_FOUND)
"""What everybody gets who has no business here."""
_FORBIDDEN = Answer(HTTPStatus.FORBIDDEN)
_NOTED = Answer(HTTPStatus.NO_CONTENT)


@dataclass(frozen=True)
class _Attachment:
    public_url: str
    reception: Reception


class Doorkeeper:
    """Judges requests, and tells receptions about callbacks and refused streams. Touches no connection.

    `verifier` None means that no auth token is known: then the secrets decide alone. `prefix` stands in front
    of every secret in an address.
    """

    def __init__(self, *, verifier: SignatureVerifier | None, probe_secret: str, prefix: str = "") -> None:
        self._verifier = verifier
        self._probe_secret = probe_secret
        self._prefix = prefix
        self._key = random_words.token_bytes()
        self._attachments: dict[bytes, _Attachment] = {}
        """By `_name` of what opens their two doors."""

    def attach(self, public_url: str, reception: Reception) -> None:
        """Route this call's secrets to `reception`; its signed URLs start with `public_url`."""
        for path in self._paths(reception.secrets):
            self._attachments[self._name(path)] = _Attachment(public_url, reception)

    def detach(self, reception: Reception) -> None:
        """Its secrets are a stranger's from now on."""
        for path in self._paths(reception.secrets):
            self._attachments.pop(self._name(path), None)

    def judge(
        self, method: str, target: str, signature: str | None, signed_how: str | None = None
    ) -> Admission:
        """What to do about a request for `target`, the path and query exactly as they came.

        `signed_how` is the header that comes beside a SharedKey's signature.
        """
        path, mark, query = target.partition("?")
        raw_query = mark + query
        if method != "GET" or not target.isascii():  # secrets are ASCII, and nothing else can be compared
            return NOT_FOUND
        if path.startswith(_STREAM_DOOR):
            return self._judge_stream(path, raw_query, signature, signed_how)
        if path.startswith(_STATUS_DOOR):
            return self._judge_status(path, raw_query, signature, signed_how)
        if _same(path, _PROBE_DOOR + self._prefix + self._probe_secret):
            return Probe()
        return NOT_FOUND

    def _judge_stream(
        self, path: str, raw_query: str, signature: str | None, signed_how: str | None
    ) -> Admission:
        # Whether Twilio adds a slash is not documented; the secret is as good with one.
        # assumes: one-stream-a-call
        found = self._attachments.get(self._name(path.removesuffix("/")))
        if found is None or not found.reception.wants_stream():
            return NOT_FOUND
        # assumes: stream-is-signed
        url = stream_url(found.public_url, found.reception.secrets, self._prefix) + raw_query
        if self._verifier and not self._verifier.accepts(url, signature, signed_how, trailing_slash=True):
            found.reception.stream_refused(self._verifier.why_refused(signature, signed_how))
            return _FORBIDDEN
        return Stream(found.reception)

    def _judge_status(
        self, path: str, raw_query: str, signature: str | None, signed_how: str | None
    ) -> Admission:
        found = self._attachments.get(self._name(path))
        if found is None:
            return NOT_FOUND
        # assumes: callbacks-are-signed
        url = status_url(found.public_url, found.reception.secrets, self._prefix) + raw_query
        if self._verifier and not self._verifier.accepts(url, signature, signed_how):
            return _FORBIDDEN
        found.reception.take_status(dict(parse_qsl(raw_query.removeprefix("?"), keep_blank_values=True)))
        return _NOTED

    @property
    def verifier(self) -> SignatureVerifier | None:
        return self._verifier

    def written_url(self, target: str) -> str | None:
        """The address as it was written for the carrier, and the query of `target`; None for a stranger."""
        path, mark, query = target.partition("?")
        found = self._attachments.get(self._name(path.removesuffix("/")))
        if found is None:
            return None
        written = stream_url if path.startswith(_STREAM_DOOR) else status_url
        return written(found.public_url, found.reception.secrets, self._prefix) + mark + query

    def _paths(self, secrets: CallSecrets) -> tuple[str, str]:
        return _STREAM_DOOR + self._prefix + secrets.stream, _STATUS_DOOR + self._prefix + secrets.callbacks

    def _name(self, path: str) -> bytes:
        """`path` as nobody can guess it: how long it is looked for tells nothing of the secrets."""
        return hmac.digest(self._key, path.encode(), "sha256")


def stream_url(public_url: str, secrets: CallSecrets, prefix: str = "") -> str:
    return websocket_url(public_url, _STREAM_DOOR + prefix + secrets.stream)


def status_url(public_url: str, secrets: CallSecrets, prefix: str = "") -> str:
    return public_url.rstrip("/") + _STATUS_DOOR + prefix + secrets.callbacks


def probe_url(public_url: str, probe_secret: str) -> str:
    return websocket_url(public_url, _PROBE_DOOR + probe_secret)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
