"""`GET /voices` and `GET /voices/{id}` of the built-in speech service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cartesia_call.simulator.speech.catalogue import PLAIN_VOICE_VERSION, CatalogueVoice
from cartesia_call.simulator.speech.refusals import bad_request, unknown_voice

_DEFAULT_LIMIT = 10
_HIGHEST_LIMIT = 100
_GENDERS = frozenset({"masculine", "feminine", "gender_neutral"})
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
    voices: Iterable[CatalogueVoice], query: Mapping[str, str], version: str
) -> dict[str, object]:
    """One page of the `voices` that fit `query`; Refusal for a parameter that the API does not have."""
    unknown = query.keys() - _PARAMETERS
    if unknown:
        raise bad_request(f"no parameter is called {', '.join(sorted(unknown))}")
    fitting = list(_fitting(voices, query))
    limit = _limit(query.get("limit"))
    if "ending_before" in query:
        end = _position(fitting, query["ending_before"])
        page = fitting[max(end - limit, 0) : end]
        has_more = end > limit
        next_page = page[0].id if has_more else None
    else:
        start = _position(fitting, query["starting_after"]) + 1 if "starting_after" in query else 0
        page = fitting[start : start + limit]
        has_more = len(fitting) > start + limit
        next_page = page[-1].id if has_more else None
    return {
        "data": [_resource(voice, version) for voice in page],
        "has_more": has_more,
        "next_page": next_page,
    }


def get_voice(voices: Iterable[CatalogueVoice], voice_id: str, version: str) -> dict[str, object]:
    """One voice; Refusal 404 if there is none of this id."""
    for voice in voices:
        if voice.id == voice_id:
            return _resource(voice, version)
    raise unknown_voice(voice_id)


def _fitting(voices: Iterable[CatalogueVoice], query: Mapping[str, str]) -> Iterator[CatalogueVoice]:
    gender = query.get("gender")
    if gender is not None and gender not in _GENDERS:
        raise bad_request(f"gender is one of {', '.join(sorted(_GENDERS))}")
    words = query.get("q", "").lower()
    language = query.get("language", "").replace("_", "-").lower()
    for voice in voices:
        if (
            (gender is None or voice.gender == gender)
            and language in ("", voice.language, voice.locale.lower())
            and any(words in text.lower() for text in (voice.name, voice.description, voice.id))
            and query.get("is_owner") in (None, "true" if voice.is_owner else "false")
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
        "country": voice.locale.split("-")[1],
        "is_owner": voice.is_owner,
        "created_at": "2026-01-01T00:00:00Z",
    }
    if version >= PLAIN_VOICE_VERSION:
        access = ("private", "owner") if voice.is_owner else ("public", "all")
        return resource | dict(zip(("access", "visibility"), access, strict=True))
    return resource | {"is_public": not voice.is_owner}
