"""The catalogue behind `voices`."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartesia_call.errors import SettingsError
from cartesia_call.settings.resolve import resolve
from cartesia_call.wiring.voice_listing import open_catalogue
from tests.settings.machine import command_line


async def test_a_rehearsal_has_its_own_voices() -> None:
    """They come over HTTP, from servers that are gone afterwards."""
    settings = resolve(command_line(rehearse=True), {}, working_directory=Path.cwd(), needs=frozenset())
    async with open_catalogue(settings) as catalogue:
        (katie,) = await catalogue.search("katie")
        assert katie.id == settings.voice_id
        assert len(await catalogue.search("")) > 100


async def test_without_cartesia() -> None:
    """Settings that were resolved without it list nothing."""
    settings = resolve({}, {}, working_directory=Path.cwd(), needs=frozenset())
    with pytest.raises(SettingsError):
        async with open_catalogue(settings):
            pass
