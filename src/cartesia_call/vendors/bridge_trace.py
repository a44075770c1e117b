"""What the bridge tells of its visitors to a tracer: who asked, how it was signed, what they got."""

from __future__ import annotations

from http import HTTPStatus

from websockets.frames import CloseCode
from websockets.http11 import Request

from cartesia_call.trace_ports import Tracer
from cartesia_call.tracing.messages import Kind, Message, Peer
from cartesia_call.vendors.bridge_connections import BridgeConnection, Door
from cartesia_call.vendors.bridge_requests import Admission, Answer, Doorkeeper, Probe
from cartesia_call.vendors.twilio_signature import SIGNATURE_SETTINGS_HEADER


class TracedConnection(BridgeConnection):
    """Tells of every text that is read and sent, and of who closed, from `begin_trace` on."""

    def __init__(self, door: Door, tracer: Tracer) -> None:
        super().__init__(door)
        self._tracer = tracer
        self._link: int | None = None
        self._is_over = False

    def begin_trace(self) -> None:
        """It is the carrier's stream."""
        self._link = self._tracer.new_link()

    async def receive(self) -> str | None:
        text = await super().receive()
        if text is None:
            self._end(sent=False)
        else:
            self._note(Kind.TEXT, sent=False, text=text)
        return text

    async def send_text(self, text: str) -> None:
        self._note(Kind.TEXT, sent=True, text=text)
        await super().send_text(text)

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


def note_visitor(tracer: Tracer, request: Request, admission: Admission, doorkeeper: Doorkeeper) -> None:
    """A request and its answer. Of a stranger's nothing is kept but the method, the door and whether it was
    signed: strangers write what they like."""
    peer = _peer(request, admission, doorkeeper)
    is_known, link = peer is not Peer.STRANGER, tracer.new_link()
    status = admission.status if isinstance(admission, Answer) else HTTPStatus.SWITCHING_PROTOCOLS
    tracer.note(
        Message(
            peer=peer,
            kind=Kind.HANDSHAKE if "Upgrade" in request.headers else Kind.REQUEST,
            sent=False,
            link=link,
            method=getattr(request, "method", "GET"),  # before websockets 17 no other comes this far
            url=request.path if is_known else None,
            headers=tuple(request.headers.raw_items()) if is_known else (),
            facts={"door": _door(request.path), "signed": _signed(request, doorkeeper)},
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
