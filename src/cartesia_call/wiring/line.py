"""Which implementations stand behind the ports: the real services, or the built-in ones of a rehearsal.

The only difference between a live call and a rehearsal is made here. The same `vendors/` code serves both;
a rehearsal merely hands it other addresses and credentials.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from cartesia_call.blocking import DaemonThreadLoop
from cartesia_call.clock import SystemClock
from cartesia_call.errors import InputError, SettingsError
from cartesia_call.ports import Carrier, Clock, Observer, Ports
from cartesia_call.settings.model import CartesiaSettings, NetworkSettings, Settings, TwilioSettings
from cartesia_call.store.directories import directories
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.wiring.limits import real_limits
from cartesia_call.wiring.tunnel import public_path, uses_built_in_tunnel
from cartesia_call.wiring.voices import build_voices

if TYPE_CHECKING:
    from cartesia_call.calls.outbound import OutboundCall
    from cartesia_call.simulator.faults import FaultPlan
    from cartesia_call.simulator.network import BuiltInNetwork
    from cartesia_call.vendors.network import NetworkRules
    from cartesia_call.vendors.twilio_client import TwilioCarrier

T = TypeVar("T")
TwilioClient = TypeVar("TwilioClient", bound="TwilioCarrier")


@dataclass(frozen=True, kw_only=True)
class Line:
    """What one `dial` needs, opened: the ports, and who the account is."""

    ports: Ports
    account_sid: str
    region: str
    caller_id: str
    network: BuiltInNetwork | None

    def audio(self, call: OutboundCall) -> tuple[bytes, bytes]:
        """What the callee heard and said (rehearsal), or what was sent and recorded (live), as mu-law."""
        if self.network is None:
            return call.sent_audio, call.inbound_audio
        if call.call_sid is None:
            return b"", b""
        simulated = self.network.carrier.calls[call.call_sid]
        return bytes(simulated.heard), bytes(simulated.said)


def check_rehearsal(settings: Settings) -> None:
    """InputError for a callee or a fault that is not known, or a fault of a tunnel that is not used."""
    from cartesia_call.simulator.callee import parse_callees
    from cartesia_call.simulator.faults import parse_faults
    from cartesia_call.simulator.tunnel import TUNNEL_FAULTS

    parse_callees(settings.callee)
    for fault in parse_faults(settings.faults):
        if fault.name in TUNNEL_FAULTS and not uses_built_in_tunnel(settings):
            raise InputError(
                f"--fault {fault.name} breaks the built-in tunnel, and this rehearsal uses another one",
                hint="leave out --tunnel ngrok and --public-url",
            )


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine. No thread of a library that hangs delays the program's end."""
    with asyncio.Runner(loop_factory=DaemonThreadLoop) as runner:
        return runner.run(main)


@contextlib.asynccontextmanager
async def open_line(
    settings: Settings,
    environment: Mapping[str, str],
    *,
    clock: Clock,
    observer: Observer,
) -> AsyncIterator[Line]:
    """The live or the rehearsed line of one command. What a rehearsal started is stopped on leaving."""
    build = functools.partial(
        _ports,
        settings=settings,
        environment=environment,
        clock=clock,
        observer=observer,
    )
    if not settings.rehearse:
        if settings.twilio is None or settings.cartesia is None or settings.caller_id is None:
            raise SettingsError(["a live call needs Twilio, Cartesia and a caller ID"])
        yield Line(
            ports=build(settings.twilio, settings.cartesia, faults=None),
            account_sid=settings.twilio.account_sid,
            region=settings.twilio.region,
            caller_id=settings.caller_id,
            network=None,
        )
        return
    faults = fault_plan(settings)
    network = await start_network(settings, clock, faults)
    try:
        twilio, cartesia = rehearsal_accounts(settings, network)
        yield Line(
            ports=build(twilio, cartesia, faults=faults),
            account_sid=twilio.account_sid,
            region=twilio.region,
            caller_id=settings.caller_id or network.environment()["TWILIO_FROM_NUMBER"],
            network=network,
        )
    finally:
        await network.stop()


def fault_plan(settings: Settings) -> FaultPlan:
    """What a rehearsal is to break."""
    from cartesia_call.simulator.faults import FaultPlan, parse_faults

    return FaultPlan(parse_faults(settings.faults))


async def start_network(settings: Settings, clock: Clock, faults: FaultPlan) -> BuiltInNetwork:
    """The telephone network and speech service of a rehearsal, listening."""
    from cartesia_call.simulator.callee import parse_callees
    from cartesia_call.simulator.network import BuiltInNetwork

    network = BuiltInNetwork(
        clock,
        callee=parse_callees(settings.callee),
        faults=faults,
        caller_ids=frozenset({settings.caller_id} if settings.caller_id else ()),
        voice_ids=frozenset({settings.voice_id}),
    )
    await network.start()
    return network


def rehearsal_accounts(
    settings: Settings, network: BuiltInNetwork
) -> tuple[TwilioSettings, CartesiaSettings]:
    """The accounts that it knows, in place of the user's."""
    known = network.environment()
    twilio = TwilioSettings(
        account_sid=known["TWILIO_ACCOUNT_SID"],
        auth_token=known["TWILIO_AUTH_TOKEN"],
        region="us1",
        edge="ashburn",
        base_url=network.carrier_url,
        all_auth_tokens=(known["TWILIO_AUTH_TOKEN"],),
    )
    cartesia = CartesiaSettings(
        api_key=known["CARTESIA_API_KEY"],
        voice_id=settings.voice_id,
        model_id=settings.model_id,
        version="2026-03-01",
        base_url=network.speech_url,
    )
    return twilio, cartesia


def network_rules(settings: NetworkSettings) -> NetworkRules:
    """The vendors' form of the network settings."""
    from cartesia_call.vendors.network import NetworkRules

    return NetworkRules(
        https_proxy=settings.https_proxy, no_proxy=settings.no_proxy, ca_file=settings.ca_file
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
        connect_timeout_s=real_limits(settings).connect_timeout_s,
        network=network_rules(settings.network),
    )


def open_ledger(*, rehearsal: bool) -> SqliteLedger:
    """The ledger of live calls or that of rehearsals. Opens no file yet."""
    return SqliteLedger(directories(rehearsal=rehearsal).state, clock=SystemClock())


def _ports(
    twilio: TwilioSettings,
    cartesia: CartesiaSettings,
    *,
    settings: Settings,
    environment: Mapping[str, str],
    clock: Clock,
    observer: Observer,
    faults: FaultPlan | None,
) -> Ports:
    from cartesia_call.vendors.bridge import MediaBridge
    from cartesia_call.vendors.twilio_signature import SignatureVerifier

    rules = network_rules(settings.network)
    verifies = settings.path.verify_signature and bool(twilio.all_auth_tokens)
    ledger = open_ledger(rehearsal=settings.rehearse)
    return Ports(
        clock=clock,
        carrier=build_carrier(twilio, settings),
        voices=build_voices(settings, cartesia, rules),
        path=public_path(settings, environment, ledger, clock=clock, faults=faults),
        bridge=MediaBridge(
            bind_host=settings.path.bind_host,
            bind_port=settings.path.bind_port,
            verifier=SignatureVerifier(twilio.all_auth_tokens) if verifies else None,
            network=rules,
        ),
        ledger=ledger,
        observer=observer,
    )
