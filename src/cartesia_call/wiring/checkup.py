"""What `check` looks at: the real services, or those of a rehearsal, in the same places as for a call."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping

from cartesia_call.check_ports import CarrierAccount, TunnelAgent
from cartesia_call.checking.plan import AccountPlan, CheckPlan, CheckPorts
from cartesia_call.errors import InputError, TunnelError
from cartesia_call.policy.number_list import NumberLists
from cartesia_call.ports import Clock
from cartesia_call.settings.credentials import TwilioSettings
from cartesia_call.settings.model import Settings
from cartesia_call.settings.public_path import CLOUDFLARED
from cartesia_call.speech.message_text import Message
from cartesia_call.speech_ports import SpeechRequest, SpeechService
from cartesia_call.trace_ports import Tracer
from cartesia_call.wiring.line import (
    build_client,
    ledger_of,
)
from cartesia_call.wiring.line_checks import uses_built_in_tunnel
from cartesia_call.wiring.plan import voicing
from cartesia_call.wiring.services import Services, open_services
from cartesia_call.wiring.tunnel import public_way
from cartesia_call.wiring.voice_choice import with_voice
from cartesia_call.wiring.voices import check_fallback, open_voices
from cartesia_call.wiring.withholding import fenced_off

WORD = "OK."
"""Understood in every language, and three characters to pay for."""


@contextlib.asynccontextmanager
async def open_checkup(
    settings: Settings,
    environment: Mapping[str, str],
    *,
    to: str | None,
    lists: NumberLists,
    spends: bool,
    clock: Clock,
    download_failed: TunnelError | None,
    warn: Callable[[str], None],
) -> AsyncIterator[tuple[CheckPlan, CheckPorts]]:
    """Plan and ports of one `check`. What a rehearsal started is stopped on leaving.

    In place of what `settings` do not suffice for stands None. `warn` is told of a trace that is not whole.
    """
    async with open_services(settings, clock, warn=warn) as services:
        plan = _plan(
            await with_voice(services), to=to, lists=lists, spends=spends, download_failed=download_failed
        )
        async with contextlib.AsyncExitStack() as stack:
            speech = None
            if services.settings.cartesia is not None:
                voices = open_voices(settings, services.settings.cartesia, services.tracer)
                speech, *_ = await stack.enter_async_context(voices)
            yield plan, _ports(services, environment, clock, speech)


def _plan(
    settings: Settings,
    *,
    to: str | None,
    lists: NumberLists,
    spends: bool,
    download_failed: TunnelError | None,
) -> CheckPlan:
    return CheckPlan(
        account=_account_plan(settings.twilio, settings) if settings.twilio else None,
        caller_id=settings.caller_id,
        to=to,
        country=settings.country,
        word=SpeechRequest(Message.of(WORD), voicing(settings)),
        spends=spends,
        limits=settings.limits,
        fence=fenced_off(settings, lists),
        fallback_refused=_fallback_refused(settings),
        download_failed=download_failed,
    )


def _fallback_refused(settings: Settings) -> InputError | None:
    """What `dial` would say before anything else. Its warning is the line about the local voice."""
    try:
        check_fallback(settings)
    except InputError as error:
        return error
    return None


def _account_plan(twilio: TwilioSettings, settings: Settings) -> AccountPlan:
    by_api_key = bool(twilio.api_key_sid and twilio.api_key_secret)
    return AccountPlan(
        account_sid=twilio.account_sid,
        region=twilio.region,
        edge=twilio.edge,
        other_carrier=None if settings.rehearse else twilio.other_carrier,
        signed_with=f"the API key {twilio.api_key_sid}" if by_api_key else "the auth token",
        has_auth_token=bool(twilio.all_auth_tokens or twilio.shared_key),
        verifies_signatures=not settings.path.no_verify_signature,
    )


def _ports(
    services: Services, environment: Mapping[str, str], clock: Clock, speech: SpeechService | None
) -> CheckPorts:
    settings, faults = services.settings, services.faults
    has_path = (
        settings.rehearse
        or settings.path.public_url is not None
        or settings.path.ngrok_authtoken is not None
        or settings.path.tunnel == CLOUDFLARED
    )
    # Nobody is called, so only our own probe has an address that leads in.
    bridge, path = public_way(settings, environment, None, clock=clock, faults=faults, tracer=services.tracer)
    return CheckPorts(
        clock=clock,
        account=_account(settings.twilio, settings, services.tracer) if settings.twilio else None,
        speech=speech,
        local_voice=_local_voice(settings) if "local" in settings.fallback else None,
        path=path if has_path else None,
        agent=_agent(settings, environment),
        bridge=bridge,
        ledger=ledger_of(settings),
    )


def _account(twilio: TwilioSettings, settings: Settings, tracer: Tracer | None) -> CarrierAccount:
    from cartesia_call.vendors.twilio_account import TwilioAccount

    return build_client(TwilioAccount, twilio, settings, tracer)


def _local_voice(settings: Settings) -> SpeechService:
    from cartesia_call.vendors.local_voice import LocalVoice

    return LocalVoice(step_timeout_s=settings.limits.speech_timeout_s)


def _agent(settings: Settings, environment: Mapping[str, str]) -> TunnelAgent | None:
    """None for a public path that needs no agent of ngrok's."""
    path = settings.path
    if path.public_url is not None or path.tunnel == CLOUDFLARED or uses_built_in_tunnel(settings):
        return None
    from cartesia_call.vendors.ngrok_agent import NgrokAgent

    return NgrokAgent(settings.path.ngrok_path, environment)
