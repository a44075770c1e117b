"""Which voices may speak a message, in the order in which they are tried."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from cartesia_call.errors import InputError
from cartesia_call.settings.model import Settings
from cartesia_call.settings.speaking import CartesiaSettings

if TYPE_CHECKING:
    from cartesia_call.speech_ports import AudioCache, ContextSlots, SpeechService
    from cartesia_call.trace_ports import Tracer
    from cartesia_simulator.network import BuiltInNetwork


def check_fallback(settings: Settings) -> tuple[str, ...]:
    """Warnings about a fallback that is not there; InputError if it was the only one."""
    if "local" not in settings.fallback:
        return ()
    from cartesia_call.vendors.local_voice import HOW_TO_INSTALL, is_installed

    if is_installed():
        return ()
    if settings.fallback == ("local",):
        raise InputError("--fallback local: the local voice is not installed", hint=HOW_TO_INSTALL)
    return (
        f"the local voice of --fallback is not installed, the carrier's takes its place: {HOW_TO_INSTALL}",
    )


def open_cache(
    settings: Settings, cartesia: CartesiaSettings, network: BuiltInNetwork | None
) -> AudioCache | None:
    """The audio that is kept of live calls or of rehearsals; None where nothing is to be kept or used.

    In a rehearsal whose speech is to break, kept audio would hide that. Whose audio it is counts, so that
    nobody hears the voice of a simulator in the place of Cartesia's.
    """
    from cartesia_call.clock import SystemClock
    from cartesia_call.store.audio_cache import AudioCache as StoredAudio
    from cartesia_call.store.audio_cache import speech_folder

    breaks = settings.rehearse and any(fault.startswith("speech-") for fault in settings.faults)
    if breaks or not settings.speech.uses_cache:
        return None
    return StoredAudio(
        speech_folder(rehearsal=settings.rehearse),
        source=audio_source(cartesia, network),
        limit_bytes=settings.speech.cache_limit_bytes,
        max_age_s=settings.speech.cache_max_age_s,
        clock=SystemClock(),
    )


def audio_source(cartesia: CartesiaSettings | None, network: BuiltInNetwork | None) -> str:
    """Whose audio it is that is kept."""
    if network is not None:
        return f"rehearsal {network.voice.name}"
    return "" if cartesia is None else f"{cartesia.base_url} {cartesia.version}"


@contextlib.asynccontextmanager
async def open_voices(
    settings: Settings,
    cartesia: CartesiaSettings,
    tracer: Tracer | None = None,
    slots: ContextSlots | None = None,
) -> AsyncIterator[tuple[SpeechService, ...]]:
    """Cartesia, then the local voice if it is asked for and installed. Without `slots` the contexts of this
    user's processes are counted."""
    from cartesia_call.store.context_slots import ContextSlots as SlotFiles
    from cartesia_call.store.directories import directories
    from cartesia_call.vendors.cartesia import CartesiaSpeech
    from cartesia_call.vendors.local_voice import LocalVoice, is_installed
    from cartesia_call.wiring.services import cartesia_access

    limits = settings.limits
    speech = CartesiaSpeech(
        cartesia_access(cartesia, settings, tracer),
        speech_timeout_s=limits.speech_timeout_s,
        slots=slots
        or SlotFiles(
            directories(rehearsal=settings.rehearse).state / "contexts",
            count=settings.speech.max_contexts,
        ),
    )
    has_local = "local" in settings.fallback and is_installed()
    local = (LocalVoice(step_timeout_s=limits.speech_timeout_s),) if has_local else ()
    try:
        yield (speech, *local)
    finally:
        await speech.close()
