"""Which implementations stand behind the ports of a call. A live and a rehearsed one have the same."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cartesia_call.blocking import PatientLoop
from cartesia_call.clock import SystemClock
from cartesia_call.errors import SettingsError
from cartesia_call.ledger_ports import Ledger
from cartesia_call.loggers import logger_of
from cartesia_call.ports import Carrier, Clock, Observer, OptOuts, Ports
from cartesia_call.records import dataclass
from cartesia_call.settings.credentials import TwilioSettings
from cartesia_call.settings.model import Settings
from cartesia_call.skipping_loop import SkippingLoop
from cartesia_call.speech_ports import ContextSlots
from cartesia_call.store.directories import ledger_directory, next_best_directories
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.store.opt_outs import NoOptOuts, OptOutFile
from cartesia_call.store.tickets import FileTickets
from cartesia_call.trace_ports import Tracer
from cartesia_call.wiring.line_checks import verifies_signatures
from cartesia_call.wiring.services import open_services
from cartesia_call.wiring.tunnel import public_way
from cartesia_call.wiring.voice_choice import with_voice
from cartesia_call.wiring.voices import open_cache, open_voices

if TYPE_CHECKING:
    from cartesia_call.calls.outbound import OutboundCall
    from cartesia_call.vendors.twilio_client import TwilioCarrier
    from cartesia_call.vendors.twilio_signature import SignatureVerifier
    from cartesia_simulator.network import BuiltInNetwork

logger = logger_of(__name__)

NEXT_LEDGER_S = 3.0
"""So long may each next best place for the guard's count take: they are in memory, or nearly, and only a
machine that is very busy takes more than some milliseconds."""

T = TypeVar("T")
TwilioClient = TypeVar("TwilioClient", bound="TwilioCarrier")


@dataclass(frozen=True, kw_only=True)
class Line:
    """What one `dial` needs, opened: the ports, and who the account is.

    `proves_callbacks`: what claims to be the carrier's is let in by its signature only. `new_carrier`: for
    what is asked once the ports are closed.
    """

    ports: Ports
    account_sid: str
    region: str
    caller_id: str
    voice_id: str
    proves_callbacks: bool
    network: BuiltInNetwork | None
    new_carrier: Callable[[], Carrier]
    other_carrier: str | None = None

    def audio(self, call: OutboundCall) -> tuple[bytes, bytes]:
        """What the callee heard and said (rehearsal), or what was sent and recorded (live), as mu-law."""
        if self.network is None:
            return call.sent_audio, call.inbound_audio
        if call.call_sid is None:
            return b"", b""
        simulated = self.network.carrier.calls[call.call_sid]
        return bytes(simulated.heard), bytes(simulated.said)


def run(main: Coroutine[Any, Any, T], *, skips: bool = False) -> T:
    """Run a command's coroutine, in time that `skips` or in real time.

    No thread of a library that hangs delays the program's end. What was loaded until here is no garbage, and
    the collector is not to look at it again.
    """
    gc.freeze()
    with asyncio.Runner(loop_factory=SkippingLoop if skips else PatientLoop) as runner:
        return runner.run(main)


@contextlib.asynccontextmanager
async def open_line(
    settings: Settings,
    environment: Mapping[str, str],
    *,
    clock: Clock,
    observer: Observer,
    keeps_ledger_open: bool = False,
    recordings_kept: int | None = None,
    slots: ContextSlots | None = None,
    warn: Callable[[str], None] = logger.warning,
) -> AsyncIterator[Line]:
    """The live or the rehearsed line of one command. What was started for it is stopped on leaving.

    For many calls the ledger is kept open, and of a rehearsal only the `recordings_kept` newest recordings
    (None: all). `slots` count the contexts in use, if not the processes of this user alone do. `warn` is told
    of what went wrong beside the calls.
    """
    async with contextlib.AsyncExitStack() as opened:
        services = await opened.enter_async_context(
            open_services(settings, clock, recordings_kept=recordings_kept, warn=warn)
        )
        twilio, cartesia = services.settings.twilio, services.settings.cartesia
        caller_id = services.settings.caller_id
        if twilio is None or cartesia is None or caller_id is None:
            raise SettingsError(["a live call needs Twilio, Cartesia and a caller ID"])
        voice_id = (await with_voice(services)).voice_id
        ledger = ledger_of(settings)
        if keeps_ledger_open:
            await opened.enter_async_context(ledger.kept_open())
        verifier = _verifier(settings, twilio)
        bridge, path = public_way(
            settings, environment, verifier, clock=clock, faults=services.faults, tracer=services.tracer
        )
        async with open_voices(settings, cartesia, services.tracer, slots) as voices:
            yield Line(
                ports=Ports(
                    clock=clock,
                    carrier=build_carrier(twilio, settings, services.tracer),
                    voices=voices,
                    cache=open_cache(settings, cartesia, services.network),
                    ledger=ledger,
                    next_ledgers={} if settings.rehearse else next_ledgers_of(settings),
                    path=path,
                    bridge=bridge,
                    observer=observer,
                    opt_outs=_opt_outs(settings, clock),
                    tickets=None if settings.rehearse else _tickets(settings, clock),
                    secrets=settings.secrets,
                ),
                account_sid=twilio.account_sid,
                region=twilio.region,
                caller_id=caller_id,
                voice_id=voice_id,
                proves_callbacks=verifier is not None,
                network=services.network,
                new_carrier=lambda: build_carrier(twilio, settings, services.tracer),
                other_carrier=settings.other_carrier,
            )


def build_carrier(twilio: TwilioSettings, settings: Settings, tracer: Tracer | None = None) -> Carrier:
    """Twilio's REST API with the settings' credentials."""
    from cartesia_call.vendors.twilio_client import TwilioCarrier

    return build_client(TwilioCarrier, twilio, settings, tracer)


def build_client(
    kind: type[TwilioClient], twilio: TwilioSettings, settings: Settings, tracer: Tracer | None = None
) -> TwilioClient:
    """A client of Twilio's REST API, of whichever kind."""
    return kind(
        account_sid=twilio.account_sid,
        auth_token=twilio.auth_token,
        api_key_sid=twilio.api_key_sid,
        api_key_secret=twilio.api_key_secret,
        base_url=twilio.base_url,
        region=twilio.region,
        connect_timeout_s=settings.limits.connect_timeout_s,
        network=settings.network,
        tracer=tracer,
    )


def open_ledger(*, rehearsal: bool, other_carrier: bool = False, keeps_digits: bool = False) -> SqliteLedger:
    """The ledger of live calls, that of rehearsals, or that of another carrier than Twilio. Opens no file
    yet."""
    folder = ledger_directory(rehearsal=rehearsal, other_carrier=other_carrier)
    places = () if rehearsal else next_best_directories(other_carrier=other_carrier)
    return SqliteLedger(
        folder,
        clock=SystemClock(),
        keeps_digits=keeps_digits,
        also_counted=[_next_ledger(place) for place in places],
    )


def ledger_of(settings: Settings) -> SqliteLedger:
    """The ledger that a call with these settings is written to."""
    return open_ledger(
        rehearsal=settings.rehearse,
        other_carrier=settings.other_carrier is not None,
        keeps_digits=settings.answering.keeps_digits,
    )


def _tickets(settings: Settings, clock: Clock) -> FileTickets:
    """Where those who call one number take turns: beside the ledger, or where the guard counts instead."""
    other_carrier = settings.other_carrier is not None
    folders = (
        ledger_directory(rehearsal=False, other_carrier=other_carrier),
        *next_best_directories(other_carrier=other_carrier),
    )
    return FileTickets([folder / "numbers" for folder in folders], clock=clock)


def _opt_outs(settings: Settings, clock: Clock) -> OptOuts | None:
    path = settings.guard.opt_out_file
    if path is None:
        return None
    return NoOptOuts(path) if settings.rehearse else OptOutFile(path, clock=clock)


def next_ledgers_of(settings: Settings) -> dict[str, Ledger]:
    """Each counts what the others and the ledger itself hold, too."""
    other_carrier = settings.other_carrier is not None
    places = next_best_directories(other_carrier=other_carrier)
    first = SqliteLedger(ledger_directory(rehearsal=False, other_carrier=other_carrier), clock=SystemClock())
    return {
        str(place): _next_ledger(place, [first, *(_next_ledger(other) for other in places if other != place)])
        for place in places
    }


def _next_ledger(place: Path, also_counted: Sequence[SqliteLedger] = ()) -> SqliteLedger:
    return SqliteLedger(place, clock=SystemClock(), busy_timeout_s=NEXT_LEDGER_S, also_counted=also_counted)


def _verifier(settings: Settings, twilio: TwilioSettings) -> SignatureVerifier | None:
    """None: the secrets decide alone."""
    from cartesia_call.vendors.twilio_signature import SignatureVerifier

    if not verifies_signatures(settings, twilio):
        return None
    return SignatureVerifier(twilio.all_auth_tokens, twilio.shared_key)
