"""Settings of how the message is read and spoken."""

from __future__ import annotations

from cartesia_call.settings.model import SpeechSettings
from cartesia_call.settings.reader import Reader
from cartesia_call.speech.models import check_model
from cartesia_call.speech.tags import check_emotion

_LANGUAGE_CODES = """
en fr de es pt zh ja hi it ko nl pl ru sv tr tl bg ro ar cs el fi
hr ms sk da ta uk hu no vi bn th he ka id te gu kn ml mr pa or ur
"""
LANGUAGES = frozenset(_LANGUAGE_CODES.split())
"""Cartesia's `language` values (SDK 4.2.0)."""

_DELIVERY = ("speed", "volume", "emotion", "pronunciation_dict_id")


def read_speech(reader: Reader) -> SpeechSettings:
    """How it is spoken, kept and read. What does not go together becomes a problem.

    What Cartesia does not document is a warning: it may be new, and a fallback may speak.
    """
    _check_model(reader)
    _check_emotion(reader)
    _check_language(reader)
    if reader.value("read_as") == "plain" and (option := reader.given_on_command_line("spells")):
        reader.problems.append(f"{option} spells what --read-as alert recognises: add it")
    return SpeechSettings(
        speed=reader.value("speed"),
        volume=reader.value("volume"),
        emotion=reader.value("emotion"),
        pronunciation_dict_id=reader.value("pronunciation_dict_id"),
        uses_cache=reader.value("cache"),
        cache_limit_bytes=reader.value("cache_size"),
        max_contexts=reader.value("max_contexts"),
        read_as=reader.value("read_as"),
        spells=reader.value("spells") is True and reader.value("read_as") == "alert",
    )


def _check_model(reader: Reader) -> None:
    """Generation settings are sonic-3's and newer models' (Cartesia's API reference)."""
    model_id, found = reader.value("model_id"), reader.find("model_id")
    if found is None or model_id is None or (remark := check_model(model_id)) is None:
        return
    reader.warnings.append(f"{found.where}: {remark}")
    if model_id.startswith("sonic-3"):
        return
    for key in _DELIVERY:
        if delivery := reader.find(key):
            reader.problems.append(
                f"{delivery.where}: model {model_id} cannot do that; leave it out, or name a model "
                "from sonic-3 on with --model"
            )


def _check_emotion(reader: Reader) -> None:
    emotion, found = reader.value("emotion"), reader.find("emotion")
    if found is not None and emotion is not None and (remark := check_emotion(emotion)):
        reader.warnings.append(f"{found.where}: {remark}")


def _check_language(reader: Reader) -> None:
    language, found = reader.value("language"), reader.find("language")
    if found is not None and language is not None and language not in LANGUAGES:
        reader.warnings.append(
            f"{found.where}: {language!r} is not among the languages that Cartesia documents "
            f"({' '.join(sorted(LANGUAGES))})"
        )
