"""What settings say of a line before anything is opened, or loaded to open it."""

from __future__ import annotations

from cartesia_call.errors import InputError
from cartesia_call.settings.credentials import TwilioSettings
from cartesia_call.settings.model import Settings
from cartesia_call.settings.public_path import AGENTS


def uses_built_in_tunnel(settings: Settings) -> bool:
    """Whether the call goes through the tunnel that can be broken on purpose."""
    return settings.rehearse and settings.path.public_url is None and settings.path.tunnel not in AGENTS


def skips_time(settings: Settings) -> bool:
    """Whether all parties of the command live in this process, and nobody wants to watch."""
    return not settings.real_time and uses_built_in_tunnel(settings)


def check_rehearsal(settings: Settings) -> None:
    """InputError for a callee or a fault that is not known, or a fault of a tunnel that is not used."""
    from cartesia_simulator.callee import parse_callees
    from cartesia_simulator.faults import parse_faults
    from cartesia_simulator.tunnel import TUNNEL_FAULTS

    parse_callees(settings.callee)
    for fault in parse_faults(settings.faults):
        if fault.name in TUNNEL_FAULTS and not uses_built_in_tunnel(settings):
            tunnel = settings.path.tunnel
            other = f"--tunnel {tunnel}" if tunnel in AGENTS else "--public-url"
            raise InputError(
                f"--fault {fault.name} breaks the built-in tunnel, and this rehearsal uses another one",
                hint=f"leave out {other}",
            )


def verifies_signatures(settings: Settings, twilio: TwilioSettings) -> bool:
    """Whether there is an auth token or SharedKey to verify Twilio's requests with, and it is to be used."""
    return not settings.path.no_verify_signature and bool(twilio.all_auth_tokens or twilio.shared_key)


def unproven(settings: Settings) -> tuple[str, ...]:
    """A warning where a live call has no auth token, and nobody said that it needs none."""
    if settings.twilio is None or settings.path.no_verify_signature:
        return ()
    if verifies_signatures(settings, settings.twilio):
        return ()
    return (
        f"without the auth token of region {settings.region} nothing proves that a request is Twilio's: the "
        "secrets in its address decide alone; set TWILIO_AUTH_TOKEN beside the API key",
    )
