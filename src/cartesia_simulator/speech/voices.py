"""`GET /voices` and `GET /voices/{id}` of the built-in speech service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cartesia_simulator.speech.catalogue import LANGUAGES, PLAIN_VOICE_VERSION
from cartesia_simulator.speech.refusals import bad_request, unknown_voice
from cartesia_simulator.speech.voice_catalogue import CatalogueVoice

_DEFAULT_LIMIT = 10
_HIGHEST_LIMIT = 100
_GENDERS = frozenset({"masculine", "feminine", "gender_neutral"})
_EXPANSION = "preview_file_url"
_PARAMETERS = frozenset(
    {
        "limit",
        "starting_after",
        "ending_before",
        "q",
        "is_owner",
        "gender",
        "language",
        "include_archived",
        "expand[]",
        "cartesia_version",
    }
)


def list_voices(
    voices: Iterable[CatalogueVoice], query: Iterable[tuple[str, str]], version: str
) -> dict[str, object]:
    """One page of the `voices` that fit `query`; Refusal for what the API does not have."""
    asked, is_expanded = _read(query)
    fitting = list(_fitting(voices, asked))
    limit = _limit(asked.get("limit"))
    if "ending_before" in asked:
        end = _position(fitting, asked["ending_before"])
        page = fitting[max(end - limit, 0) : end]
        has_more = end > limit
        next_page = page[0].id if has_more else None
    else:
        start = _position(fitting, asked["starting_after"]) + 1 if "starting_after" in asked else 0
        page = fitting[start : start + limit]
        has_more = len(fitting) > start + limit
        next_page = page[-1].id if has_more else None
    # This service speaks no previews: the documented value for a voice without one.
    preview = {_EXPANSION: None} if is_expanded else {}
    return {
        "data": [_resource(voice, version) | preview for voice in page],
        "has_more": has_more,
        "next_page": next_page,
    }


def _read(query: Iterable[tuple[str, str]]) -> tuple[dict[str, str], bool]:
    """The parameters, each given once, and whether previews are asked for."""
    asked: dict[str, str] = {}
    is_expanded = False
    for name, value in query:
        if name not in _PARAMETERS:
            raise bad_request(f"no parameter is called {name}")
        if name == "expand[]":
            if value != _EXPANSION:
                raise bad_request(f"expand[] knows only {_EXPANSION}")
            is_expanded = True
        elif name in asked:
            raise bad_request(f"{name} is given twice")
        else:
            asked[name] = value
    if "starting_after" in asked and "ending_before" in asked:
        raise bad_request("starting_after and ending_before exclude each other")
    for name in ("is_owner", "include_archived"):
        if asked.get(name, "true") not in ("true", "false"):
            raise bad_request(f"{name} is true or false")
    return asked, is_expanded


def get_voice(voices: Iterable[CatalogueVoice], voice_id: str, version: str) -> dict[str, object]:
    """One voice; Refusal 404 if there is none of this id."""
    for voice in voices:
        if voice.id == voice_id:
            return _resource(voice, version)
    raise unknown_voice(voice_id)


def _fitting(voices: Iterable[CatalogueVoice], asked: Mapping[str, str]) -> Iterator[CatalogueVoice]:
    gender = asked.get("gender")
    if gender is not None and gender not in _GENDERS:
        raise bad_request(f"gender is one of {', '.join(sorted(_GENDERS))}")
    words = asked.get("q", "").lower()
    language = asked.get("language", "").replace("_", "-").lower()
    if "language" in asked and language.split("-")[0] not in LANGUAGES:
        raise bad_request(f"no language is called {asked['language']}")
    for voice in voices:
        if (
            (gender is None or voice.gender == gender)
            and language in ("", voice.language, voice.locale.lower())
            and any(words in text.lower() for text in (voice.name, voice.description, voice.id))
            and asked.get("is_owner") in (None, "true" if voice.is_owner else "false")
        ):
            yield voice


def _limit(text: str | None) -> int:
    if text is None:
        return _DEFAULT_LIMIT
    if not text.isdecimal() or not 1 <= int(text) <= _HIGHEST_LIMIT:
        raise bad_request(f"limit is a whole number from 1 to {_HIGHEST_LIMIT}")
    return int(text)


def _position(voices: list[CatalogueVoice], voice_id: str) -> int:
    for position, voice in enumerate(voices):
        if voice.id == voice_id:
            return position
    raise bad_request(f"there is no voice {voice_id!r} in this list")


def _resource(voice: CatalogueVoice, version: str) -> dict[str, object]:
    resource: dict[str, object] = {
        "id": voice.id,
        "name": voice.name,
        "tagline": voice.tagline,
        "description": voice.description,
        "language": voice.language,
        "locales": [{"locale": voice.locale, "is_native": True}],
        "accents": [],
        "gender": voice.gender,
        "country": voice.country,
        "is_owner": voice.is_owner,
        "created_at": "2026-01-01T00:00:00Z",
    }
    if version >= PLAIN_VOICE_VERSION:
        access = ("private", "owner") if voice.is_owner else ("public", "all")
        return resource | dict(zip(("access", "visibility"), access, strict=True))
    return resource | {"is_public": not voice.is_owner}
