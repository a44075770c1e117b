"""Which voices may speak a message, in the order in which they are tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartesia_call.errors import InputError
from cartesia_call.settings.model import CartesiaSettings, Settings
from cartesia_call.speech_ports import SpeechService
from cartesia_call.wiring.limits import real_limits

if TYPE_CHECKING:
    from cartesia_call.vendors.network import NetworkRules


def check_fallback(settings: Settings) -> tuple[str, ...]:
    """Warnings about a fallback that is not there; InputError if it was the only one."""
    from cartesia_call.vendors.local_voice import HOW_TO_INSTALL, is_installed

    if "local" not in settings.fallback or is_installed():
        return ()
    if settings.fallback == ("local",):
        raise InputError("--fallback local: the local voice is not installed", hint=HOW_TO_INSTALL)
    return (
        f"the local voice of --fallback is not installed, the carrier's takes its place: {HOW_TO_INSTALL}",
    )


def build_voices(
    settings: Settings, cartesia: CartesiaSettings, network: NetworkRules
) -> tuple[SpeechService, ...]:
    """Cartesia, then the local voice if it is asked for and installed."""
    from cartesia_call.vendors.cartesia import CartesiaSpeech
    from cartesia_call.vendors.local_voice import LocalVoice, is_installed

    limits = real_limits(settings)
    speech = CartesiaSpeech(
        api_key=cartesia.api_key,
        base_url=cartesia.base_url,
        version=cartesia.version,
        connect_timeout_s=limits.connect_timeout_s,
        speech_timeout_s=limits.speech_timeout_s,
        network=network,
    )
    if "local" not in settings.fallback or not is_installed():
        return (speech,)
    return (speech, LocalVoice(step_timeout_s=limits.speech_timeout_s))
