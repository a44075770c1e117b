"""Which implementations stand behind the ports of a call. A live and a rehearsed one have the same."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from cartesia_call.blocking import DaemonThreadLoop
from cartesia_call.clock import SystemClock
from cartesia_call.errors import SettingsError
from cartesia_call.ledger_ports import Ledger
from cartesia_call.ports import Bridge, Carrier, Clock, Observer, OptOuts, Ports
from cartesia_call.settings.credentials import TwilioSettings
from cartesia_call.settings.model import Settings
from cartesia_call.skipping_loop import SkippingLoop
from cartesia_call.store.directories import ledger_directory, next_best_directories
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.store.opt_outs import NoOptOuts, OptOutFile
from cartesia_call.store.tickets import FileTickets
from cartesia_call.wiring.line_checks import verifies_signatures
from cartesia_call.wiring.services import open_services
from cartesia_call.wiring.tunnel import public_path
from cartesia_call.wiring.voice_choice import with_voice
from cartesia_call.wiring.voices import open_cache, open_voices

if TYPE_CHECKING:
    from cartesia_call.calls.outbound import OutboundCall
    from cartesia_call.vendors.twilio_client import TwilioCarrier
    from cartesia_simulator.network import BuiltInNetwork

NEXT_LEDGER_S = 1.0
"""So long may each next best place for the guard's count take: they are in memory, or nearly."""

T = TypeVar("T")
TwilioClient = TypeVar("TwilioClient", bound="TwilioCarrier")


@dataclass(frozen=True, kw_only=True)
class Line:
    """What one `dial` needs, opened: the ports, and who the account is.

    `proves_callbacks`: what claims to be the carrier's is let in by its signature only.
    """

    ports: Ports
    account_sid: str
    region: str
    caller_id: str
    voice_id: str
    proves_callbacks: bool
    network: BuiltInNetwork | None
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

    No thread of a library that hangs delays the program's end.
    """
    with asyncio.Runner(loop_factory=SkippingLoop if skips else DaemonThreadLoop) as runner:
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
) -> AsyncIterator[Line]:
    """The live or the rehearsed line of one command. What was started for it is stopped on leaving.

    For many calls the ledger is kept open, and of a rehearsal only the `recordings_kept` newest recordings
    (None: all).
    """
    async with contextlib.AsyncExitStack() as opened:
        services = await opened.enter_async_context(
            open_services(settings, clock, recordings_kept=recordings_kept)
        )
        twilio, cartesia = services.settings.twilio, services.settings.cartesia
        caller_id = services.settings.caller_id
        if twilio is None or cartesia is None or caller_id is None:
            raise SettingsError(["a live call needs Twilio, Cartesia and a caller ID"])
        voice_id = (await with_voice(services)).voice_id
        ledger = ledger_of(settings)
        if keeps_ledger_open:
            await opened.enter_async_context(ledger.kept_open())
        async with open_voices(settings, cartesia) as voices:
            yield Line(
                ports=Ports(
                    clock=clock,
                    carrier=build_carrier(twilio, settings),
                    voices=voices,
                    cache=open_cache(settings, cartesia, services.network),
                    ledger=ledger,
                    next_ledgers={} if settings.rehearse else _next_ledgers(settings),
                    path=public_path(settings, environment, ledger, clock=clock, faults=services.faults),
                    bridge=_bridge(settings, twilio),
                    observer=observer,
                    opt_outs=_opt_outs(settings, clock),
                    tickets=None if settings.rehearse else _tickets(settings, clock),
                    secrets=settings.secrets,
                ),
                account_sid=twilio.account_sid,
                region=twilio.region,
                caller_id=caller_id,
                voice_id=voice_id,
                proves_callbacks=verifies_signatures(settings, twilio),
                network=services.network,
                other_carrier=settings.other_carrier,
            )


def build_carrier(twilio: TwilioSettings, settings: Settings) -> Carrier:
    """Twilio's REST API with the settings' credentials."""
    from cartesia_call.vendors.twilio_client import TwilioCarrier

    return build_client(TwilioCarrier, twilio, settings)


def build_client(kind: type[TwilioClient], twilio: TwilioSettings, settings: Settings) -> TwilioClient:
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
    )


def open_ledger(*, rehearsal: bool, other_carrier: bool = False, keeps_digits: bool = False) -> SqliteLedger:
    """The ledger of live calls, that of rehearsals, or that of another carrier than Twilio. Opens no file
    yet."""
    folder = ledger_directory(rehearsal=rehearsal, other_carrier=other_carrier)
    return SqliteLedger(folder, clock=SystemClock(), keeps_digits=keeps_digits)


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


def _next_ledgers(settings: Settings) -> dict[str, Ledger]:
    return {
        str(folder): SqliteLedger(folder, clock=SystemClock(), busy_timeout_s=NEXT_LEDGER_S)
        for folder in next_best_directories(other_carrier=settings.other_carrier is not None)
    }


def _bridge(settings: Settings, twilio: TwilioSettings) -> Bridge:
    from cartesia_call.vendors.bridge import MediaBridge
    from cartesia_call.vendors.twilio_signature import SignatureVerifier

    verifies = verifies_signatures(settings, twilio)
    return MediaBridge(
        bind_host=settings.path.bind_host,
        bind_port=settings.path.bind_port,
        verifier=SignatureVerifier(twilio.all_auth_tokens, twilio.shared_key) if verifies else None,
        network=settings.network,
    )
