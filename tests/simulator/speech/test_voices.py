"""Listing voices."""

from __future__ import annotations

from typing import Any

import pytest

from cartesia_simulator.speech.catalogue import LANGUAGES
from cartesia_simulator.speech.refusals import Refusal
from cartesia_simulator.speech.voices import VOICES, get_voice, list_voices, own_voice, with_own_voices

ALL = (*VOICES, own_voice("11111111-2222-4333-8444-555555555555"))


def page(version: str = "2026-03-01", **query: str) -> dict[str, Any]:
    return list_voices(ALL, list(query.items()), version)


def ids(**query: str) -> list[str]:
    return [voice["id"] for voice in page(**query)["data"]]


def test_pages_join() -> None:
    """Following `next_page` shows every voice once, in order."""
    seen: list[str] = []
    query = {"limit": "40"}
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
        {"limit": "9" * 5000},
        {"limit": "\N{ARABIC-INDIC DIGIT THREE}"},
        {"gender": "female"},
        {"starting_after": "x"},
        {"ending_before": "x"},
        {"starting_after": VOICES[0].id, "ending_before": VOICES[5].id},
        {"is_owner": "yes"},
        {"language": "xx"},
        {"language": "english"},
        {"expand[]": "price"},
        {"s": "x"},
    ],
)
def test_wrong_parameters(query: dict[str, str]) -> None:
    """What the API does not have is refused."""
    with pytest.raises(Refusal):
        page(**query)


def test_a_parameter_twice() -> None:
    """Which one should hold is nobody's guess; only `expand[]` may be there more than once."""
    with pytest.raises(Refusal, match="twice"):
        list_voices(ALL, [("q", "a"), ("q", "b")], "2026-03-01")
    expanded = list_voices(ALL, [("expand[]", "preview_file_url")] * 2 + [("q", "katie")], "2026-03-01")
    assert expanded["data"] == [{**page(q="katie")["data"][0], "preview_file_url": None}]


def test_the_catalogue() -> None:
    """Every documented language has voices, ids and names are unique, and one page does not hold them all."""
    assert {voice.language for voice in VOICES} == LANGUAGES
    assert len({voice.id for voice in VOICES}) == len({voice.name for voice in VOICES}) == len(VOICES)
    assert len(page(limit="100")["data"]) == 100 < len(VOICES)


def test_own_voices() -> None:
    """What the catalogue has is not the account's own: no voice is listed twice."""
    assert with_own_voices([VOICES[0].id, ALL[-1].id]) == ALL


def test_shape_follows_the_version() -> None:
    """`is_public` became `access` and `visibility`."""
    assert get_voice(ALL, VOICES[0].id, "2026-03-01")["is_public"] is True
    assert get_voice(ALL, VOICES[0].id, "2026-08-14")["access"] == "public"


def test_unknown_voice() -> None:
    """404 with its code."""
    with pytest.raises(Refusal) as caught:
        get_voice(ALL, "x", "2026-03-01")
    assert (caught.value.status_code, caught.value.error_code) == (404, "voice_not_found")
