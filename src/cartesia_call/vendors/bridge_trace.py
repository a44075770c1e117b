"""What the bridge tells of its visitors to a tracer: who asked, how it was signed, what they got."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from websockets.frames import CloseCode
from websockets.http11 import Request

from cartesia_call.ports import MediaListener
from cartesia_call.trace_ports import Tracer
from cartesia_call.tracing.messages import Kind, Message, Peer
from cartesia_call.vendors.bridge_connections import BridgeConnection
from cartesia_call.vendors.bridge_house import Door
from cartesia_call.vendors.bridge_requests import Admission, Answer, Doorkeeper, Probe
from cartesia_call.vendors.twilio_signature import SIGNATURE_SETTINGS_HEADER

_MOST_BYTES = 16 * 1024
"""Of a request that is kept until its connection is gone."""


class TracedConnection(BridgeConnection):
    """Tells of every text that is read and sent, and of who closed, from `begin_trace` on; and of a request
    by another method than GET, of which the library makes nothing."""

    def __init__(self, door: Door[BridgeConnection], tracer: Tracer, doorkeeper: Doorkeeper) -> None:
        super().__init__(door)
        self._tracer = tracer
        self._doorkeeper = doorkeeper
        self._received: bytearray | None = bytearray()
        self._link: int | None = None
        self._is_over = False

    def begin_trace(self) -> None:
        """It is the carrier's stream."""
        self._link = self._tracer.new_link()

    def take(self, data: bytes) -> None:
        if self._received is not None:
            self._received += data
            if self._received[:4] == b"GET " or len(self._received) > _MOST_BYTES:
                self._received = None
        super().take(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._received:
            _note_other_method(self._tracer, bytes(self._received), self._doorkeeper)
            self._received = None
        super().connection_lost(exc)

    def leave_unread(self, opening: str) -> None:
        """Everything is told."""

    def _hand_over(self, listener: MediaListener, texts: Sequence[str]) -> None:
        for text in texts:
            self._note(Kind.TEXT, sent=False, text=text)
        super()._hand_over(listener, texts)

    def _end_listening(self) -> None:
        self._end(sent=False)
        super()._end_listening()

    def send_texts(self, texts: Sequence[str]) -> None:
        for text in texts:
            self._note(Kind.TEXT, sent=True, text=text)
        super().send_texts(texts)

    def begin_close(self, code: CloseCode = CloseCode.NORMAL_CLOSURE) -> None:
        if self._is_open:
            self._end(sent=True)
        super().begin_close(code)

    def _end(self, *, sent: bool) -> None:
        if not self._is_over:
            self._is_over = True
            self._note(Kind.CLOSE, sent=sent)

    def _note(self, kind: Kind, *, sent: bool, text: str | None = None) -> None:
        if self._link is not None:
            self._tracer.note(Message(peer=Peer.TWILIO, kind=kind, sent=sent, link=self._link, text=text))


def _note_other_method(tracer: Tracer, received: bytes, doorkeeper: Doorkeeper) -> None:
    """A request that is none of ours to answer: of the carrier's its parameters are kept, if they came."""
    head, _, body = received.partition(b"\r\n\r\n")
    method, _, rest = head.decode("latin-1").partition("\r\n")[0].partition(" ")
    target = rest.partition(" ")[0]
    is_known = target.isascii() and doorkeeper.written_url(target) is not None
    tracer.note(
        Message(
            peer=Peer.TWILIO if is_known else Peer.STRANGER,
            kind=Kind.REQUEST,
            sent=False,
            link=tracer.new_link(),
            method=method,
            url=target if is_known else None,
            text=body.decode("utf-8", "replace") if is_known and body else None,
            facts={"door": _door(target), "signed": "unchecked"},
        )
    )


def note_visitor(tracer: Tracer, request: Request, admission: Admission, doorkeeper: Doorkeeper) -> None:
    """A GET and its answer. Of a stranger's nothing is kept but the method, the door and whether it was
    signed: strangers write what they like."""
    if getattr(request, "method", "GET") != "GET":  # told of once its connection is gone
        return
    peer = _peer(request, admission, doorkeeper)
    is_known, link = peer is not Peer.STRANGER, tracer.new_link()
    status = admission.status if isinstance(admission, Answer) else HTTPStatus.SWITCHING_PROTOCOLS
    tracer.note(
        Message(
            peer=peer,
            kind=Kind.HANDSHAKE if "Upgrade" in request.headers else Kind.REQUEST,
            sent=False,
            link=link,
            method="GET",
            url=request.path if is_known else None,
            headers=tuple(request.headers.raw_items()) if is_known else (),
            facts={
                "door": _door(request.path),
                "signed": _signed(request, doorkeeper),
                "key": "SharedKey" if SIGNATURE_SETTINGS_HEADER in request.headers else "auth token",
            },
        )
    )
    tracer.note(Message(peer=peer, kind=Kind.ANSWER, sent=True, link=link, status=int(status)))


def _peer(request: Request, admission: Admission, doorkeeper: Doorkeeper) -> Peer:
    if isinstance(admission, Probe):
        return Peer.OURSELVES
    return Peer.TWILIO if doorkeeper.written_url(request.path) is not None else Peer.STRANGER


def _door(target: str) -> str:
    first = target.split("/")[1:2]
    return first[0] if first and first[0] in {"media", "status", "probe"} else "other"


def _signed(request: Request, doorkeeper: Doorkeeper) -> str:
    """Over which address: as `SignatureVerifier.variant` says; `unchecked` where there is no key."""
    signatures = request.headers.get_all("X-Twilio-Signature")
    if len(signatures) != 1:
        return f"{len(signatures) or 'no'} signatures"
    url, verifier = doorkeeper.written_url(request.path), doorkeeper.verifier
    if url is None or verifier is None:
        return "unchecked"
    settings = request.headers.get_all(SIGNATURE_SETTINGS_HEADER)
    return verifier.variant(url, signatures[0], settings[0] if len(settings) == 1 else None)
