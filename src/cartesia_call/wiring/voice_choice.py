"""Which voices there are, and which one `--voice` means, known before anything is dialled."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator

from cartesia_call.clock import SystemClock
from cartesia_call.errors import CarrierError, SettingsError, SpeechError
from cartesia_call.loggers import logger_of
from cartesia_call.patterns import regex
from cartesia_call.settings.model import Settings
from cartesia_call.settings.speaking import CartesiaSettings
from cartesia_call.speech_ports import VoiceCatalogue
from cartesia_call.trace_ports import Tracer
from cartesia_call.wiring.services import Services, cartesia_access, open_services

logger = logger_of(__name__)

DOCUMENTED_VOICES = {
    "katie": "f786b574-daa5-4673-aa0c-cbe3e8534c02",
    "jameson": "a5136bf9-224c-4d76-b823-52bd5efcffcc",
    "skylar": "db6b0ed5-d5d3-463d-ae85-518a07d3c2b4",
    "jacqueline": "9626c31c-bec5-4cca-baa8-f8ba9e84c8bc",
    "barbershop man": "a0e99841-438c-4a64-b679-ae501e7d6091",
}
"""Lower-case name: id. Voices that docs.cartesia.ai itself uses; nobody is asked which ones they are."""

_UUID = regex(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


async def with_voice(services: Services) -> Settings:
    """The settings of `services` with the voice by its id. A rehearsal has whichever is asked for."""
    settings, cartesia = services.settings, services.settings.cartesia
    if cartesia is None or services.network is not None:
        return settings
    voice_id = await choose_voice(settings, cartesia, services.tracer)
    return dataclasses.replace(settings, voice_id=voice_id)


async def choose_voice(settings: Settings, cartesia: CartesiaSettings, tracer: Tracer | None = None) -> str:
    """The id of the voice that `settings.voice_id` names.

    Cartesia is asked only about a name that is neither documented nor remembered. InputError for one that
    fits no voice, or several. If Cartesia cannot be asked and another voice may speak in its place, the name
    comes back as it is: speech then meets the same trouble, which the fallback is there for. Without a
    fallback that trouble is raised: Unauthorized, SpeechUnavailable or SpeechRefused.
    """
    wanted = settings.voice_id
    if _UUID.fullmatch(wanted):
        return wanted
    if documented := DOCUMENTED_VOICES.get(wanted.casefold()):
        return documented
    from cartesia_call.store.directories import directories
    from cartesia_call.store.voice_names import VoiceNames

    names = VoiceNames(
        directories(rehearsal=False).cache / "voice_names.json",
        source=f"{cartesia.base_url}\0{cartesia.api_key}",
        clock=SystemClock(),
    )
    if remembered := await names.find(wanted):
        return remembered
    try:
        async with _catalogue_of(cartesia, settings, tracer) as catalogue:
            found = await catalogue.find(wanted)
    except (SpeechError, CarrierError) as error:
        if not settings.fallback:
            raise
        logger.warning("the voice of --voice is not known by its name now: %s", error)
        return wanted
    await names.remember(wanted, found.id)
    return found.id


@contextlib.asynccontextmanager
async def open_catalogue(settings: Settings) -> AsyncIterator[VoiceCatalogue]:
    """The account's voices, or those of a rehearsal. What that starts is stopped on leaving."""
    async with open_services(settings, SystemClock()) as services:
        cartesia = services.settings.cartesia
        if cartesia is None:
            raise SettingsError(["listing voices needs Cartesia"])
        async with _catalogue_of(cartesia, settings) as catalogue:
            yield catalogue


@contextlib.asynccontextmanager
async def _catalogue_of(
    cartesia: CartesiaSettings, settings: Settings, tracer: Tracer | None = None
) -> AsyncIterator[VoiceCatalogue]:
    from cartesia_call.vendors.cartesia_http import CartesiaApi
    from cartesia_call.vendors.cartesia_voices import CartesiaVoices

    async with CartesiaApi(cartesia_access(cartesia, settings, tracer)) as api:
        yield CartesiaVoices(api)
