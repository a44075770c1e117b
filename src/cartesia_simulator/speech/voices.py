"""`GET /voices` and `GET /voices/{id}` of the built-in speech service: the documented ones, and some for
every language.

Which voice a request names changes nothing in how the built-in voice sounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cartesia_simulator.speech.catalogue import LANGUAGES, PLAIN_VOICE_VERSION
from cartesia_simulator.speech.paging import page_of
from cartesia_simulator.speech.refusals import bad_request, unknown_voice


@dataclass(frozen=True, kw_only=True)
class CatalogueVoice:
    """One voice of the catalogue. `locale` is its native one, `gender` in the API's words or None."""

    id: str
    name: str
    tagline: str
    locale: str = "en-US"
    gender: str | None = None
    is_owner: bool = False

    @property
    def language(self) -> str:
        return self.locale.split("-")[0]

    @property
    def country(self) -> str:
        return self.locale.split("-")[1]

    @property
    def description(self) -> str:
        return f"{self.name}: {self.tagline}."


_DOCUMENTED_VOICES = (
    CatalogueVoice(
        id="f786b574-daa5-4673-aa0c-cbe3e8534c02",
        name="Katie",
        tagline="Stable, for voice agents",
        gender="feminine",
    ),
    CatalogueVoice(
        id="a5136bf9-224c-4d76-b823-52bd5efcffcc",
        name="Jameson",
        tagline="Stable, for voice agents",
        gender="masculine",
    ),
    CatalogueVoice(
        id="db6b0ed5-d5d3-463d-ae85-518a07d3c2b4", name="Skylar", tagline="Friendly guide", gender="feminine"
    ),
    CatalogueVoice(
        id="9626c31c-bec5-4cca-baa8-f8ba9e84c8bc",
        name="Jacqueline",
        tagline="Reassuring agent",
        gender="feminine",
    ),
    CatalogueVoice(
        id="a0e99841-438c-4a64-b679-ae501e7d6091",
        name="Barbershop Man",
        tagline="Casual conversation",
        gender="masculine",
    ),
    CatalogueVoice(
        id="71a7ad14-091c-4e8e-a314-022ece01c121",
        name="British Reading Lady",
        tagline="Narration",
        locale="en-GB",
        gender="feminine",
    ),
    CatalogueVoice(
        id="694f9389-aac1-45b6-b726-9d9369183238", name="Sample Voice 1", tagline="From old API samples"
    ),
    CatalogueVoice(
        id="6ccbfb76-1fc6-48f7-b71d-91ac6298247b", name="Sample Voice 2", tagline="From the SDK's README"
    ),
    CatalogueVoice(
        id="e07c00bc-4134-4eae-9ea4-1a55fb45746b", name="Sample Voice 3", tagline="From the SDK's examples"
    ),
)

_LOCALES = (
    "en-US fr-FR de-DE es-ES pt-BR zh-CN ja-JP hi-IN it-IT ko-KR nl-NL pl-PL ru-RU sv-SE tr-TR tl-PH bg-BG "
    "ro-RO ar-AE cs-CZ el-GR fi-FI hr-HR ms-MY sk-SK da-DK ta-IN uk-UA hu-HU no-NO vi-VN bn-IN th-TH he-IL "
    "ka-GE id-ID te-IN gu-IN kn-IN ml-IN mr-IN pa-IN or-IN ur-PK"
)
"""One for each language that Cartesia documents."""

_RANGES = (("Alto", "feminine"), ("Tenor", "masculine"), ("Mezzo", "gender_neutral"))


def _invented_voices() -> Iterable[CatalogueVoice]:
    """Voices that nobody takes for Cartesia's, and more of them than the longest page holds."""
    for number, locale in enumerate(_LOCALES.split()):
        for place, (name, gender) in enumerate(_RANGES, start=1):
            yield CatalogueVoice(
                id=f"00000000-0000-4000-8000-{10 * number + place:012}",
                name=f"Rehearsal {name} {locale}",
                tagline="Made up for rehearsals",
                locale=locale,
                gender=gender,
            )


VOICES = (*_DOCUMENTED_VOICES, *_invented_voices())


def own_voice(voice_id: str) -> CatalogueVoice:
    """The entry of a voice that the account made itself."""
    return CatalogueVoice(id=voice_id, name="Own voice", tagline="Made by this account", is_owner=True)


def with_own_voices(voice_ids: Iterable[str]) -> tuple[CatalogueVoice, ...]:
    """The catalogue, and whatever is not in it as the account's own."""
    known = {voice.id for voice in VOICES}
    return (*VOICES, *(own_voice(voice_id) for voice_id in sorted(voice_ids) if voice_id not in known))


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
    page, has_more = page_of(asked, {voice.id: voice for voice in _fitting(voices, asked)})
    next_page = page[0 if "ending_before" in asked else -1].id if has_more else None
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
