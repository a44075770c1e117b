"""What the built-in speech service knows: API versions, models, languages, emotions.

From Cartesia's documentation and OpenAPI file as they stood in November 2026. Only what a request can be
checked against is here; nothing in it changes how the built-in voice sounds.
"""

from __future__ import annotations

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
    "contemplative determined joking/comedic"
)
EMOTIONS = frozenset(_EMOTION_WORDS.split())

SAMPLE_RATES_HZ = frozenset({8000, 16000, 22050, 24000, 44100, 48000})
