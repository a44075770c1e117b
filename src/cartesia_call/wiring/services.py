"""Which services a command talks to: the vendors' own, or the built-in ones of a rehearsal.

The only difference between a live call and a rehearsal is made here: other addresses and credentials.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from cartesia_call.errors import InputError
from cartesia_call.loggers import logger_of
from cartesia_call.ports import Clock
from cartesia_call.records import dataclass
from cartesia_call.settings.credentials import TwilioSettings
from cartesia_call.settings.model import Settings
from cartesia_call.settings.parsers import REGION_EDGES
from cartesia_call.settings.speaking import CartesiaSettings
from cartesia_call.trace_ports import Tracer
from cartesia_call.wiring.tracing import open_trace

if TYPE_CHECKING:
    from cartesia_call.vendors.cartesia_access import CartesiaAccess
    from cartesia_simulator.faults import FaultPlan
    from cartesia_simulator.network import BuiltInNetwork

logger = logger_of(__name__)


@dataclass(frozen=True, kw_only=True)
class Services:
    """`settings` name the accounts at these services. `network` is the built-in one, and `faults` what it
    breaks; both None in a live call. `tracer` is told of all messages; None where nobody wants to know.
    """

    settings: Settings
    network: BuiltInNetwork | None = None
    faults: FaultPlan | None = None
    tracer: Tracer | None = None


@contextlib.asynccontextmanager
async def open_services(
    settings: Settings,
    clock: Clock,
    *,
    recordings_kept: int | None = None,
    warn: Callable[[str], None] = logger.warning,
) -> AsyncIterator[Services]:
    """What a rehearsal starts is stopped on leaving. `recordings_kept`: of how many of its newest calls and
    texts the audio can be had when they are over; None: of all. The others are forgotten. `warn` is told of
    a trace that fails."""
    async with open_trace(settings, clock, warn) as tracer:
        if not settings.rehearse:
            yield Services(settings=settings, tracer=tracer)
            return
        async with _rehearsed(settings, clock, recordings_kept) as services:
            yield dataclasses.replace(services, tracer=tracer)


@contextlib.asynccontextmanager
async def _rehearsed(
    settings: Settings, clock: Clock, recordings_kept: int | None
) -> AsyncIterator[Services]:
    from cartesia_simulator.faults import FaultPlan, parse_faults

    faults = FaultPlan(parse_faults(settings.faults))
    network = await _start_network(settings, clock, faults, recordings_kept)
    try:
        rehearsed = dataclasses.replace(
            settings,
            twilio=_twilio(network, settings.region),
            cartesia=_cartesia(network),
            caller_id=settings.caller_id or network.environment()["TWILIO_FROM_NUMBER"],
        )
        yield Services(settings=rehearsed, network=network, faults=faults)
    finally:
        await network.stop()


async def _start_network(
    settings: Settings, clock: Clock, faults: FaultPlan, recordings_kept: int | None
) -> BuiltInNetwork:
    from cartesia_simulator.callee import parse_callees
    from cartesia_simulator.carrier.service import SimulatedCarrier
    from cartesia_simulator.network import LEAST_CONTEXTS, BuiltInNetwork
    from cartesia_simulator.recordings import FORGOTTEN_AFTER_S

    carrier: Callable[..., SimulatedCarrier] = SimulatedCarrier
    if settings.replayed is not None:
        from cartesia_simulator.replaying.carrier import RecordedCarrier
        from cartesia_simulator.replaying.script import script_of

        carrier = functools.partial(RecordedCarrier, script_of(settings.replayed))
    network = BuiltInNetwork(
        clock,
        callee=parse_callees(settings.callee),
        faults=faults,
        caller_ids=frozenset({settings.caller_id} if settings.caller_id else ()),
        voice_ids=frozenset({settings.voice_id}),
        audio_kept=recordings_kept,
        forgets_after_s=None if recordings_kept is None else FORGOTTEN_AFTER_S,
        context_limit=max(settings.speech.max_contexts, LEAST_CONTEXTS),
        carrier_made_by=carrier,
    )
    try:
        await network.start()
    except OSError as error:
        raise InputError(
            f"the built-in network cannot listen: {error.strerror}",
            hint="a rehearsal needs this machine's loopback, 127.0.0.1, and some thirty open files",
        ) from error
    return network


def _twilio(network: BuiltInNetwork, region: str) -> TwilioSettings:
    from cartesia_simulator.network import AUTH_TOKENS

    auth_token = AUTH_TOKENS[region]
    return TwilioSettings(
        account_sid=network.environment()["TWILIO_ACCOUNT_SID"],
        auth_token=auth_token,
        region=region,
        edge=REGION_EDGES[region],
        base_url=network.carrier_urls[region],
        all_auth_tokens=(auth_token,),
    )


def _cartesia(network: BuiltInNetwork) -> CartesiaSettings:
    return CartesiaSettings(
        api_key=network.environment()["CARTESIA_API_KEY"],
        version="2026-03-01",
        base_url=network.speech_url,
    )


def cartesia_access(
    cartesia: CartesiaSettings, settings: Settings, tracer: Tracer | None = None
) -> CartesiaAccess:
    """How Cartesia is reached with these credentials. SettingsError for an address that no key may go to."""
    from cartesia_call.vendors.cartesia_access import CartesiaAccess

    return CartesiaAccess(
        api_key=cartesia.api_key,
        base_url=cartesia.base_url,
        version=cartesia.version,
        connect_timeout_s=settings.limits.connect_timeout_s,
        network=settings.network,
        tracer=tracer,
    )
