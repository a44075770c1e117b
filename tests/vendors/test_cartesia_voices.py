"""Cartesia's voices: searched page by page, and found by name or id."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from cartesia_call.errors import InputError, SpeechRefused, SpeechUnavailable, Unauthorized
from cartesia_call.speech_ports import FoundVoice
from cartesia_call.vendors.cartesia_http import CartesiaApi
from cartesia_call.vendors.cartesia_voices import CartesiaVoices
from tests.simulator.speech.client import API_KEY, KATIE
from tests.simulator.speech.client import serving as simulated
from tests.vendors.access import access_to
from tests.vendors.http_peers import Behaviour, Peer, answering, read_request, serving


@contextlib.asynccontextmanager
async def voices_at(
    base_url: str, *, key: str = API_KEY, version: str = "2026-03-01"
) -> AsyncIterator[CartesiaVoices]:
    async with CartesiaApi(access_to(base_url, key=key, version=version)) as api:
        yield CartesiaVoices(api)


@contextlib.asynccontextmanager
async def catalogue() -> AsyncIterator[CartesiaVoices]:
    """The built-in service's."""
    async with simulated() as (_, url), voices_at(url) as voices:
        yield voices


async def search(
    base_url: str, query: str, *, version: str = "2026-03-01", language: str | None = None
) -> list[FoundVoice]:
    async with voices_at(base_url, version=version) as voices:
        return await voices.search(query, language=language)


async def find(base_url: str, name_or_id: str) -> FoundVoice:
    async with voices_at(base_url) as voices:
        return await voices.find(name_or_id)


def entry(number: int, name: str = "Voice", **fields: object) -> dict[str, object]:
    return {"id": f"id-{number}", "name": f"{name} {number}", **fields}


def in_turn(*pages: object) -> Behaviour:
    """Each request gets the next page, the last one again and again."""

    async def behave(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer.requests.append(await read_request(reader))
        body = json.dumps(pages[min(len(peer.requests), len(pages)) - 1]).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    return behave


@pytest.mark.parametrize("version", ["2025-04-16", "2026-03-01", "2026-08-14"])
async def test_every_page_is_read(version: str) -> None:
    """The built-in catalogue is longer than the longest page; each of its voices comes once."""
    async with simulated() as (_, url):
        found = await search(url, "", version=version)
    assert len({voice.id for voice in found}) == len(found) > 100
    assert found[0] == FoundVoice(
        id=KATIE,
        name="Katie",
        description="Katie: Stable, for voice agents.",
        language="en",
        locales=("en-US",),
        gender="feminine",
        country="US",
    )


async def test_filters() -> None:
    """Words, language and gender narrow the list together; nothing is found without complaint."""
    async with catalogue() as voices:
        (french,) = await voices.search("rehearsal", language="fr", gender="masculine")
        assert french.name == "Rehearsal Tenor fr-FR"
        (british,) = await voices.search("", language="en-GB")
        assert british.name == "British Reading Lady"
        assert await voices.search("nobody at all") == []


@pytest.mark.parametrize("limit", [1, 100, 101])
async def test_limit(limit: int) -> None:
    """Exactly so many, however many pages that takes."""
    async with catalogue() as voices:
        found = await voices.search("", limit=limit)
    assert len({voice.id for voice in found}) == len(found) == limit


async def test_cursors() -> None:
    """The next page begins where the answer says, or after the last voice where it says nothing."""
    pages = [
        {"data": [entry(1), entry(2)], "has_more": True, "next_page": "id-2b"},
        {"data": [entry(3)], "has_more": True},
        {"data": [entry(4)], "has_more": False, "next_page": "id-4"},
    ]
    async with serving(in_turn(*pages)) as peer:
        found = await search(peer.url, "a b", language="en")
        queries = [request.query for request in peer.requests]
    assert [voice.id for voice in found] == ["id-1", "id-2", "id-3", "id-4"]
    assert [query.pop("starting_after", None) for query in queries] == [None, ["id-2b"], ["id-3"]]
    assert queries == [{"q": ["a b"], "language": ["en"], "limit": ["100"]}] * 3


@pytest.mark.parametrize("data", [[entry(1)], []])
async def test_pages_that_bring_nothing_new_end_the_list(data: list[object]) -> None:
    """Whatever `has_more` says."""
    async with asyncio.timeout(10), serving(in_turn({"data": data, "has_more": True})) as peer:
        assert len(await search(peer.url, "")) == len(data)
        assert len(peer.requests) <= 2


async def test_a_bare_list() -> None:
    """Before 2026 there were no pages, and fewer fields."""
    entries = [entry(1), "nonsense", {"id": "id-2"}, {"name": "Nobody"}]
    async with serving(in_turn(entries)) as peer:
        assert await search(peer.url, "") == [FoundVoice(id="id-1", name="Voice 1")]


async def test_fields_of_all_versions() -> None:
    """Accents and locales by themselves or as objects, one accent or many; wrong types count as missing."""
    rich = [
        entry(1, locales=["en-GB"], accents=[{"id": "scottish", "name": "Scottish"}, {"id": "x"}, 7]),
        entry(2, locales=[{"locale": "fr-FR"}, {"other": 1}, None], accent="parisian", tagline="Short"),
        entry(3, language=5, gender=None, country=[], locales="fr", accents={}, description={}),
    ]
    async with serving(in_turn(rich)) as peer:
        first, second, third = await search(peer.url, "")
    assert (first.locales, first.accents) == (("en-GB",), ("Scottish", "x"))
    assert (second.locales, second.accents, second.description) == (("fr-FR",), ("parisian",), "Short")
    assert third == FoundVoice(id="id-3", name="Voice 3")


@pytest.mark.parametrize("body", [None, "voices", 7, {"voices": []}, {"data": {}}])
async def test_answers_that_are_no_list(body: object) -> None:
    async with serving(answering(200, json.dumps(body))) as peer:
        with pytest.raises(SpeechUnavailable, match="cannot be understood"):
            await search(peer.url, "")


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (KATIE, "Katie"),
        (KATIE.upper(), "Katie"),
        ("kAtIe", "Katie"),
        ("british", "British Reading Lady"),
        ("reading lady", "British Reading Lady"),
        ("Alto ja", "Rehearsal Alto ja-JP"),
    ],
)
async def test_find(wanted: str, name: str) -> None:
    """By id, whole name, beginning, or any part of a name, whatever the case."""
    async with catalogue() as voices:
        assert (await voices.find(wanted)).name == name


async def test_a_whole_name_goes_before_its_beginnings() -> None:
    """A voice whose name begins like another one's can be named too."""
    entries = [{"id": "1", "name": "Anna Maria"}, {"id": "2", "name": "anna"}, {"id": "3", "name": "Joanna"}]
    async with serving(in_turn(entries)) as peer:
        assert (await find(peer.url, "Anna")).id == "2"
        assert (await find(peer.url, "anna m")).id == "1"


async def test_several_voices_fit() -> None:
    """The error names some of them with their ids, and nothing is chosen."""
    async with catalogue() as voices:
        with pytest.raises(InputError) as failure:
            await voices.find("Rehearsal Alto")
    told = str(failure.value)
    assert told.startswith("44 voices fit the name 'Rehearsal Alto': Rehearsal Alto en-US (00000000-")
    assert told.endswith(", and 39 more")
    assert "cartesia-call voices" in (failure.value.hint or "")


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("Nobody", "Cartesia has no voice that is called 'Nobody'"),
        (
            "narration",
            "no voice has the name 'narration'; in their descriptions fit: British Reading Lady (7",
        ),
        ("99999999-0000-4000-8000-000000000000", "no voice with the id 99999999-"),
    ],
)
async def test_no_voice_fits(wanted: str, told: str) -> None:
    """A description alone chooses no voice."""
    async with catalogue() as voices:
        with pytest.raises(InputError) as failure:
            await voices.find(wanted)
    assert told in str(failure.value)


async def test_what_a_service_says_is_made_fit_for_a_terminal() -> None:
    entries = [{"id": "a\x1b[2J", "name": "Twin\x1b[31m\n" + "x" * 1000}, {"id": "b", "name": "Twin"}] * 2
    async with serving(
        in_turn([dict(entry, id=f"{entry['id']}{n}") for n, entry in enumerate(entries)])
    ) as peer:
        with pytest.raises(InputError) as failure:
            await find(peer.url, "twin")
    assert str(failure.value).isprintable()


async def test_wrong_key() -> None:
    async with simulated() as (_, url), voices_at(url, key="sk_car_another") as voices:
        with pytest.raises(Unauthorized):
            await voices.search("")


@pytest.mark.parametrize("wanted", ["Nobody", KATIE])
async def test_unknown_api_version(wanted: str) -> None:
    """It is a 404 too, and no word about a voice."""
    async with simulated() as (_, url), voices_at(url, version="2020-01-01") as voices:
        with pytest.raises(SpeechRefused) as failure:
            await voices.find(wanted)
    assert failure.value.http_status == 404
    assert "CARTESIA_VERSION" in (failure.value.hint or "")


async def test_one_voice_that_is_none() -> None:
    body: Any = {"name": "Without an id"}
    async with serving(answering(200, body)) as peer:
        with pytest.raises(SpeechUnavailable, match="cannot be understood"):
            await find(peer.url, KATIE)
