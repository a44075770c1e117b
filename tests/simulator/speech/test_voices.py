"""Listing voices."""

from __future__ import annotations

from typing import Any

import pytest

from cartesia_call.simulator.speech.catalogue import VOICES, own_voice
from cartesia_call.simulator.speech.refusals import Refusal
from cartesia_call.simulator.speech.voices import get_voice, list_voices

ALL = (*VOICES, own_voice("11111111-2222-4333-8444-555555555555"))


def page(version: str = "2026-03-01", **query: str) -> dict[str, Any]:
    return list_voices(ALL, query, version)


def ids(**query: str) -> list[str]:
    return [voice["id"] for voice in page(**query)["data"]]


def test_pages_join() -> None:
    """Following `next_page` shows every voice once, in order."""
    seen: list[str] = []
    query = {"limit": "4"}
    while True:
        found = page(**query)
        seen += [voice["id"] for voice in found["data"]]
        if not found["has_more"]:
            break
        query["starting_after"] = found["next_page"]
    assert seen == [voice.id for voice in ALL]


def test_a_page_backwards() -> None:
    """`ending_before` gives what lies before, in the same order."""
    assert ids(ending_before=ALL[3].id, limit="2") == [ALL[1].id, ALL[2].id]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"q": "katie"}, "Katie"),
        ({"q": VOICES[1].id}, "Jameson"),
        ({"q": "NARRATION"}, "British Reading Lady"),
        ({"language": "en-GB"}, "British Reading Lady"),
        ({"language": "en_gb"}, "British Reading Lady"),
        ({"is_owner": "true"}, "Own voice"),
    ],
)
def test_filters(query: dict[str, str], name: str) -> None:
    """By name, id, description, language and owner."""
    assert [voice["name"] for voice in page(**query)["data"]] == [name]


def test_a_filter_that_fits_nothing() -> None:
    """No voice is a page too."""
    assert page(q="nobody") == {"data": [], "has_more": False, "next_page": None}


def test_gender() -> None:
    """Only voices of that gender."""
    assert {voice["gender"] for voice in page(gender="feminine")["data"]} == {"feminine"}


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "x"},
        {"gender": "female"},
        {"starting_after": "x"},
        {"s": "x"},
    ],
)
def test_wrong_parameters(query: dict[str, str]) -> None:
    """What the API does not have is refused."""
    with pytest.raises(Refusal):
        page(**query)


def test_shape_follows_the_version() -> None:
    """`is_public` became `access` and `visibility`."""
    assert get_voice(ALL, VOICES[0].id, "2026-03-01")["is_public"] is True
    assert get_voice(ALL, VOICES[0].id, "2026-08-14")["access"] == "public"


def test_unknown_voice() -> None:
    """404 with its code."""
    with pytest.raises(Refusal) as caught:
        get_voice(ALL, "x", "2026-03-01")
    assert (caught.value.status_code, caught.value.error_code) == (404, "voice_not_found")
