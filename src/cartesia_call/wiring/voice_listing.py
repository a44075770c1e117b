"""The catalogue of voices for whoever wants to read it: the account's, or that of a rehearsal."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from cartesia_call.clock import SystemClock
from cartesia_call.errors import SettingsError
from cartesia_call.settings.model import Settings
from cartesia_call.speech_ports import VoiceCatalogue
from cartesia_call.wiring import voice_choice
from cartesia_call.wiring.services import open_services


@contextlib.asynccontextmanager
async def open_catalogue(settings: Settings) -> AsyncIterator[VoiceCatalogue]:
    """What a rehearsal starts is stopped on leaving."""
    async with open_services(settings, SystemClock()) as services:
        cartesia = services.settings.cartesia
        if cartesia is None:
            raise SettingsError(["listing voices needs Cartesia"])
        async with voice_choice.open_catalogue(settings, cartesia) as catalogue:
            yield catalogue
