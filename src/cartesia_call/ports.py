"""What the edge implements and the flow relies on: clock, carrier, speech, public path, bridge, ledger.

`calls/` talks to the world through these protocols only. Live and rehearsed calls differ in which objects
`wiring.py` puts behind them, never in the code that uses them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Literal, Protocol

from cartesia_call.ledger_ports import Ledger
from cartesia_call.records import dataclass
from cartesia_call.speech_ports import AudioCache, SpeechService
from cartesia_call.telephony.call_states import CallSnapshot
from cartesia_call.telephony.instructions import CallInstructions, CallRequest, CarrierNote
from cartesia_call.ticket_ports import Tickets


class Clock(Protocol):
    """The one time of a call: that of the event loop, which in a rehearsal skips what nobody uses.

    Whatever waits may use asyncio's own timeouts and sleeps; they count the same seconds.
    """

    def now_s(self) -> float:
        """Monotonic seconds since an arbitrary moment."""

    def utc_now(self) -> datetime:
        """The wall clock; in time that skips it goes on with it."""

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""


# --- carrier ---------------------------------------------------------------------------------------


FOUND_AT_MOST = 100
"""Calls that `Carrier.find` names at most. In the seconds behind a leg's intent there are never more: an
account places one call a second by default."""


class Carrier(Protocol):
    """The telephone company's REST API. Every method ends within the connect time-out it was built with.

    All raise `Unauthorized` for refused credentials and `CarrierError` for what has no better class.
    """

    async def load(self) -> None:
        """Import and build the client, so that the first request does not pay for it. Sends nothing."""

    async def place(self, request: CallRequest) -> CallSnapshot:
        """One POST, never repeated.

        CallRefused, CarrierUnavailable (provably nothing placed), PlacementUnknown (anything unclear).
        """

    async def fetch(self, call_sid: str) -> CallSnapshot:
        """The call as the carrier shows it now; CallNotFound for a 404."""

    async def find(self, *, to: str, caller_id: str, created_since: datetime) -> list[CallSnapshot]:
        """Calls from `caller_id` to `to` that were created at or after `created_since`; the newest
        `FOUND_AT_MOST` if they are more."""

    async def end(self, call_sid: str) -> CallSnapshot:
        """Ask for `Status=completed`. CallNotFound for a 404 or for 21220 (not in progress)."""

    async def redirect(self, call_sid: str, instructions: CallInstructions) -> CallSnapshot:
        """Replace the running TwiML of an answered call: what plays is cut off, a media stream is closed.

        Without stream and text that is a bare hang-up. Errors as `end`.
        """

    async def notes(self, call_sid: str) -> list[CarrierNote]:
        """What the carrier noted about the call in its debugger, newest first. Errors as `fetch`.

        The list lags behind the call.
        """

    async def is_trial(self) -> bool:
        """Whether this is a trial account, whose calls get no media stream."""

    async def set_time_limit(self, call_sid: str, time_limit_s: int) -> None:
        """Raise the live call's `TimeLimit`."""

    async def close(self) -> None:
        """Release connections. Does not wait for a blocked request."""


# --- public path and bridge --------------------------------------------------------------------------


class PublicPath(Protocol):
    """A way from the internet to a local port."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Once it is open: what the user should read about it, as sentences."""

    async def open(self, local_port: int) -> str:
        """Make 127.0.0.1:`local_port` public and return its base URL, without a trailing slash. A path that
        listens by itself makes public where it does.

        `https://host[:port]`, or `http://127.0.0.1:port` for loopback. TunnelError within the tunnel
        time-out, Unauthorized for a refused ngrok token.
        """

    async def close(self) -> None:
        """Take the path down, and whatever process serves it. Safe to call at any moment, repeatedly."""


class MediaListener(Protocol):
    """Whoever is served by a `MediaSocket`. Called on the event loop's thread, and returns at once."""

    def receive(self, texts: Sequence[str]) -> None:
        """Texts that arrived together, in their order."""

    def heard(self) -> None:
        """Texts arrived that are left unread."""

    def writable(self) -> None:
        """The socket takes texts again."""

    def ended(self) -> None:
        """The peer has closed or the connection is lost. Nothing follows."""


class MediaSocket(Protocol):
    """One accepted websocket of the carrier, text messages only."""

    @property
    def is_writable(self) -> bool:
        """False while the peer has much to take yet: `MediaListener.writable` tells when it may have more."""

    def wait_for_more(self, longest_s: float) -> None:
        """From now on what comes may wait so long for what comes behind it, where many sockets are up."""

    def leave_unread(self, opening: str) -> None:
        """From now on nobody needs texts that begin with `opening`; they may be handed over all the same."""

    def send_texts(self, texts: Sequence[str]) -> None:
        """Hand messages to the connection, in this very turn. A closed connection swallows them."""

    async def close(self) -> bool:
        """Close from our side, within a second; whether the peer answered the closing handshake."""


@dataclass(frozen=True, kw_only=True)
class CallSecrets:
    """Two unguessable words of one call, each at least 128 bits, URL-safe. Neither opens the other door."""

    stream: str
    callbacks: str


class Reception(Protocol):
    """One call's side of the bridge. All methods are called on the event loop's thread.

    The secrets are the call's name: whatever else stands for the same call has the same.
    """

    @property
    def secrets(self) -> CallSecrets: ...

    def wants_stream(self) -> bool:
        """False once a stream has passed every check: the stream secret is then used up."""

    def take_stream(self, socket: MediaSocket) -> MediaListener:
        """Serve an authenticated websocket from now on until its end."""

    def take_status(self, parameters: Mapping[str, str]) -> None:
        """An authenticated status callback's parameters."""

    def stream_refused(self, reason: str) -> None:
        """Somebody knew the stream secret and was turned away, e.g. for a wrong signature."""


class Bridge(Protocol):
    """The local websocket server that the carrier reaches through the public path."""

    async def start(self, *, within_s: float) -> int:
        """Listen; the local port. A taken one is waited for, `within_s` seconds, then TunnelError.

        0: the path listens, and brings what comes.
        """

    async def prove(self, public_url: str, *, within_s: float) -> float | None:
        """Open a real websocket through `public_url` back to this bridge; round trip in milliseconds. None
        where no proof is wanted (`--no-probe`).

        TunnelError if it does not lead here within `within_s` seconds.
        """

    def stream_url(self, public_url: str, secrets: CallSecrets) -> str:
        """Where the carrier shall connect the media stream: `wss://HOST/media/SECRET`."""

    def status_url(self, public_url: str, secrets: CallSecrets) -> str:
        """Where the carrier shall send status callbacks: `https://HOST/status/SECRET`."""

    def attach(self, public_url: str, reception: Reception) -> None:
        """From now on route this call's secrets to `reception`."""

    def detach(self, reception: Reception) -> None:
        """Forget the call of `reception`: to its secrets whoever comes is a stranger, and its streams are
        closed, so that the carrier goes on behind them. Nothing happens if it is not attached.
        """

    async def stop(self) -> None:
        """Close every connection and stop listening, within a second."""


# --- who is never called again ---------------------------------------------------------------------------


class OptOuts(Protocol):
    """A list of whoever asked not to be called again."""

    async def add(self, callee: str) -> str:
        """Put `callee` (E.164, or a SIP address) there, durably, once; what was done, as half a sentence.

        OptOutNotKept if it cannot be written.
        """


# --- the person at the terminal ----------------------------------------------------------------------


PhaseKind = Literal["waiting", "held-by-guard", "connecting", "ringing", "answered", "speaking", "hanging-up"]


@dataclass(frozen=True, kw_only=True)
class CallStage:
    """What the call is doing since `since_s` of its clock.

    While speaking, `total_ms` is the message's length (None until all of it is synthesised), `played_ms`
    tells how much of it was played by now, and `awaits_key` whether a key of the callee's is waited for.
    """

    kind: PhaseKind
    since_s: float
    total_ms: int | None = None
    played_ms: Callable[[], int] | None = None
    awaits_key: Callable[[], bool] | None = None


class Observer(Protocol):
    """Whoever watches a call from outside."""

    def show(self, phase: CallStage) -> None:
        """The call entered `phase`. Returns at once."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Everything that one call needs of the world.

    `voices` are tried in this order, after what `cache` holds. `cache` and `ledger` are None where none is
    kept. `next_ledgers`, by their places, are where the guard counts while `ledger` cannot be written.
    `opt_outs` is None where nobody is offered to be called no more. `tickets` is None where no real telephone
    rings. `secrets` are what no sentence may quote.
    """

    clock: Clock
    carrier: Carrier
    voices: tuple[SpeechService, ...]
    cache: AudioCache | None = None
    path: PublicPath
    bridge: Bridge
    ledger: Ledger | None
    next_ledgers: Mapping[str, Ledger] = field(default_factory=dict)
    observer: Observer
    opt_outs: OptOuts | None = None
    tickets: Tickets | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)
