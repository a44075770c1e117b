"""`--voice` means one voice, known before anything is dialled, and mostly without asking anybody."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from cartesia_call.clock import SystemClock
from cartesia_call.errors import InputError, SettingsError, SpeechUnavailable, Unauthorized
from cartesia_call.settings.model import Settings
from cartesia_call.settings.resolve import resolve
from cartesia_call.settings.speaking import CartesiaSettings
from cartesia_call.store.directories import directories
from cartesia_call.wiring.services import Services, open_services
from cartesia_call.wiring.voice_choice import DOCUMENTED_VOICES, choose_voice, open_catalogue, with_voice
from cartesia_simulator.speech.voices import VOICES
from tests.settings.machine import command_line
from tests.simulator.speech.client import API_KEY
from tests.simulator.speech.client import serving as simulated
from tests.vendors.http_peers import unused_port

NAME = "British Reading Lady"
ID = "71a7ad14-091c-4e8e-a314-022ece01c121"


def settings(voice: str, *, fallback: str = "none") -> Settings:
    return resolve(
        command_line(rehearse=True, voice_id=voice, fallback=fallback, connect_timeout="5s"),
        {},
        working_directory=Path.cwd(),
        needs=frozenset(),
    )


def cartesia(base_url: str, *, key: str = API_KEY) -> CartesiaSettings:
    return CartesiaSettings(api_key=key, version="2026-03-01", base_url=base_url)


async def chosen(voice: str, base_url: str, *, key: str = API_KEY, fallback: str = "none") -> str:
    return await choose_voice(settings(voice, fallback=fallback), cartesia(base_url, key=key))


async def nobody() -> str:
    """Where no request is answered."""
    return f"http://127.0.0.1:{await unused_port()}"


@pytest.mark.parametrize(
    ("voice", "voice_id"),
    [(ID, ID), (ID.upper(), ID), *((name.title(), voice_id) for name, voice_id in DOCUMENTED_VOICES.items())],
)
async def test_what_needs_no_request(voice: str, voice_id: str) -> None:
    """An id, and the names that Cartesia's own documentation uses. Nothing is written either."""
    assert await chosen(voice, await nobody()) == voice_id
    assert not directories(rehearsal=False).cache.exists()


def test_documented_names_are_right() -> None:
    """They mean what the built-in service means by them."""
    known = {voice.name.lower(): voice.id for voice in VOICES}
    assert DOCUMENTED_VOICES.items() <= known.items()


async def test_a_name_is_asked_for_once() -> None:
    """The second time no connection is opened: nobody is there any more."""
    async with simulated() as (_, url):
        assert await chosen(NAME, url) == ID
    assert await chosen(NAME.upper(), url) == ID


async def test_a_name_belongs_to_a_service_and_an_account() -> None:
    """Elsewhere it may mean another voice, or none."""
    async with simulated() as (_, url):
        await chosen(NAME, url)
        with pytest.raises(Unauthorized):
            await chosen(NAME, url, key="sk_car_another")
    with pytest.raises(SpeechUnavailable):
        await chosen(NAME, await nobody())


async def test_the_settings_get_the_id() -> None:
    """In a live call. A rehearsal has whichever voice is asked for, and asks nobody."""
    async with simulated() as (_, url):
        live = dataclasses.replace(settings(NAME), cartesia=cartesia(url), rehearse=False)
        assert (await with_voice(Services(settings=live))).voice_id == ID
        without = dataclasses.replace(live, cartesia=None)
        assert await with_voice(Services(settings=without)) == without
    async with open_services(settings("Nobody"), SystemClock()) as services:
        assert (await with_voice(services)).voice_id == "Nobody"
        assert services.network is not None
        assert services.network.speech.knows_voice("Nobody")


@pytest.mark.parametrize("fallback", ["none", "say"])
@pytest.mark.parametrize("voice", ["Nobody", "Rehearsal"])
async def test_a_wrong_name_stops_everything(voice: str, fallback: str) -> None:
    """None or several of that name: a mistake of the user's, which no fallback mends."""
    async with simulated() as (_, url):
        with pytest.raises(InputError):
            await chosen(voice, url, fallback=fallback)


@pytest.mark.parametrize("key", [API_KEY, "sk_car_another"])
async def test_with_a_fallback_the_call_goes_on(key: str) -> None:
    """Whatever keeps Cartesia from answering meets the speech as well, and the fallback is for that."""
    assert await chosen(NAME, await nobody(), key=key, fallback="say") == NAME
    async with simulated("speech-401") as (_, url):
        assert await chosen(NAME, url, fallback="say") == NAME
        with pytest.raises(Unauthorized):
            await chosen(NAME, url)


# --- the catalogue behind `voices` ---


async def test_a_rehearsal_has_its_own_voices() -> None:
    """They come over HTTP, from servers that are gone afterwards."""
    rehearsal = resolve(command_line(rehearse=True), {}, working_directory=Path.cwd(), needs=frozenset())
    async with open_catalogue(rehearsal) as catalogue:
        (katie,) = await catalogue.search("katie")
        assert katie.id == rehearsal.voice_id
        assert len(await catalogue.search("")) > 100


async def test_without_cartesia() -> None:
    """Settings that were resolved without it list nothing."""
    nothing = resolve({}, {}, working_directory=Path.cwd(), needs=frozenset())
    with pytest.raises(SettingsError):
        async with open_catalogue(nothing):
            pass
