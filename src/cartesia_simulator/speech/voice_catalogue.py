"""The voices of the built-in speech service: the documented ones, and some for every language.

Which voice a request names changes nothing in how the built-in voice sounds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


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
