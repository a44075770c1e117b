"""What the built-in speech service knows: API versions, models, languages, emotions, voices.

From Cartesia's documentation and OpenAPI file as they stood in November 2026. Only what a request can be
checked against is here; nothing in it changes how the built-in voice sounds.
"""

from __future__ import annotations

from dataclasses import dataclass

LEGACY_VERSION = "2024-11-13"
STRUCTURED_ERRORS_VERSION = "2026-03-01"
"""The first with `title`, `message` and `error_code` apart, and the first to require `context_id`."""
PLAIN_VOICE_VERSION = "2026-08-14"
"""The first in which `voice` may be an id alone, with `locale`, `accent` and `normalization`."""
VERSIONS = frozenset({LEGACY_VERSION, "2025-04-16", STRUCTURED_ERRORS_VERSION, PLAIN_VOICE_VERSION})

MODELS = frozenset(
    {
        "sonic-3.6",
        "sonic-3.6-2026-08-27",
        "sonic-3.5",
        "sonic-3.5-2026-05-04",
        "sonic-3",
        "sonic-3-2026-01-12",
        "sonic-latest",
        "sonic-3-latest",
        "sonic-preview",
    }
)
SUNSET_MODELS = frozenset(
    {
        "sonic-3-2025-10-27",
        "sonic-2",
        "sonic-2-2025-03-07",
        "sonic-turbo",
        "sonic-turbo-2025-03-07",
        "sonic",
        "sonic-english",
        "sonic-multilingual",
    }
)

_LANGUAGE_CODES = (
    "en fr de es pt zh ja hi it ko nl pl ru sv tr tl bg ro ar cs el fi hr ms sk da ta uk hu no vi bn th he "
    "ka id te gu kn ml mr pa or ur"
)
LANGUAGES = frozenset(_LANGUAGE_CODES.split())

_EMOTION_WORDS = (
    "neutral happy excited enthusiastic elated euphoric triumphant amazed surprised flirtatious curious "
    "content peaceful serene calm grateful affectionate trust sympathetic anticipation mysterious angry mad "
    "outraged frustrated agitated threatened disgusted contempt envious sarcastic ironic sad dejected "
    "melancholic disappointed hurt guilty bored tired rejected nostalgic wistful apologetic hesitant "
    "insecure confused resigned anxious panicked alarmed scared proud confident distant skeptical "
    "contemplative determined"
)
EMOTIONS = frozenset(_EMOTION_WORDS.split())

SAMPLE_RATES_HZ = frozenset({8000, 16000, 22050, 24000, 44100, 48000})


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
    def description(self) -> str:
        return f"{self.name}: {self.tagline}."


VOICES = (
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


def own_voice(voice_id: str) -> CatalogueVoice:
    """The entry of a voice that the account made itself."""
    return CatalogueVoice(id=voice_id, name="Own voice", tagline="Made by this account", is_owner=True)
