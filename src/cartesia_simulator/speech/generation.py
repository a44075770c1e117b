"""Generation requests, read and checked field by field as Cartesia's OpenAPI file describes them.

Stricter than the description in one point: a field that it does not name is refused. What the real service
does with one is not documented, and a misspelled field that nobody notices helps nobody.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cartesia_simulator.speech import catalogue
from cartesia_simulator.speech.refusals import Refusal, bad_request, unknown_model, unsupported_format

DEFAULT_BUFFER_DELAY_MS = 3000
LONGEST_BUFFER_DELAY_MS = 5000
LONGEST_BUFFER_DELAY_BEFORE_2026_MS = 1000
_REQUIRED = ("model_id", "transcript", "voice", "output_format")
RAW_ONLY = frozenset({"raw"})
_MAY_CHANGE = frozenset({"transcript", "continue", "flush", "duration"})
"""The fields that a later input on the same context need not repeat."""
_REGION = re.compile(r"[A-Z]{2}")
"""Behind a language, as pipecat-ai 1.14.0 sends 65 of them (`language_to_cartesia_language`)."""


Check = Callable[[str, object], object]
"""Takes a field's name and value, returns the value as it is used; Refusal if it is not valid."""


@dataclass(frozen=True, kw_only=True)
class GenerationRequest:
    """One input on a context.

    `continues`: more may follow. `locked` holds what every input on the context must repeat, defaults
    filled in, so that an absent field equals its default.
    """

    context_id: str
    transcript: str
    voice_id: str
    continues: bool
    flush: bool
    max_buffer_delay_ms: int
    add_timestamps: bool
    add_phoneme_timestamps: bool
    encoding: str
    sample_rate_hz: int
    language: str
    locked: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class CancelRequest:
    context_id: str


def read_message(text: str | bytes) -> dict[str, object]:
    """The JSON object in a text frame or a body; Refusal for anything else."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise bad_request("the message is not valid JSON") from None
    if not isinstance(message, dict):
        raise bad_request("the message is not a JSON object")
    return message


def parse_request(message: Mapping[str, object], version: str) -> GenerationRequest | CancelRequest:
    """`message` as a request of API `version`; Refusal for the first thing wrong with it."""
    if "cancel" in message:
        return _parse_cancel(message)
    given = read_fields(message, fields_of(version), version)
    if "context_id" not in given:
        if version >= catalogue.STRUCTURED_ERRORS_VERSION:
            raise bad_request("context_id is required")
        given["context_id"] = str(uuid.uuid4())
    return as_request(given, version)


def read_fields(message: Mapping[str, object], checks: Mapping[str, Check], version: str) -> dict[str, Any]:
    """What `message` gives, each field as its check returns it; Refusal for the first thing wrong with it."""
    for name in _REQUIRED:
        if name not in message:
            raise bad_request(f"{name} is required")
    unknown = message.keys() - checks.keys()
    if unknown:
        raise bad_request(f"no field is called {', '.join(sorted(unknown))} in version {version}")
    given = {
        name: check(name, message[name]) for name, check in checks.items() if message.get(name) is not None
    }
    for name in _REQUIRED:
        if name not in given:
            raise bad_request(f"{name} is null")
    if "language" in given and "locale" in given:
        raise bad_request("language and locale cannot be given together")
    return given


def _parse_cancel(message: Mapping[str, object]) -> CancelRequest:
    if message["cancel"] is not True:
        raise bad_request("cancel is true or absent")
    if message.keys() != {"cancel", "context_id"}:
        raise bad_request("a cancel message holds context_id and cancel, nothing else")
    return CancelRequest(context_id=_identifier("context_id", message["context_id"]))


def as_request(given: Mapping[str, Any], version: str) -> GenerationRequest:
    """Fields that were read and a `context_id`, with the defaults of `version` filled in."""
    default_delay_ms = DEFAULT_BUFFER_DELAY_MS if version >= catalogue.STRUCTURED_ERRORS_VERSION else 0
    filled = {
        "max_buffer_delay_ms": default_delay_ms,
        "add_timestamps": False,
        "add_phoneme_timestamps": False,
        "continue": False,
        "flush": False,
        **given,
    }
    return GenerationRequest(
        context_id=filled["context_id"],
        transcript=filled["transcript"],
        voice_id=filled["voice"],
        continues=filled["continue"],
        flush=filled["flush"],
        max_buffer_delay_ms=filled["max_buffer_delay_ms"],
        add_timestamps=filled["add_timestamps"],
        add_phoneme_timestamps=filled["add_phoneme_timestamps"],
        encoding=filled["output_format"]["encoding"],
        sample_rate_hz=filled["output_format"]["sample_rate"],
        language=filled.get("language") or filled.get("locale") or "en",
        locked={name: value for name, value in filled.items() if name not in _MAY_CHANGE},
    )


def fields_of(version: str) -> dict[str, Check]:
    """Every field of a generation request on a websocket, with the check that it has to pass."""
    structured = version >= catalogue.STRUCTURED_ERRORS_VERSION
    plain_voice = version >= catalogue.PLAIN_VOICE_VERSION
    longest_ms = LONGEST_BUFFER_DELAY_MS if structured else LONGEST_BUFFER_DELAY_BEFORE_2026_MS
    checks: dict[str, Check] = {
        "context_id": _identifier,
        "model_id": _model,
        "transcript": _string,
        "voice": _plain_voice if plain_voice else _voice,
        "output_format": output_format(RAW_ONLY),
        "language": _language,
        "continue": boolean,
        "flush": boolean,
        "max_buffer_delay_ms": _whole_number(0, longest_ms),
        "add_timestamps": boolean,
        "add_phoneme_timestamps": boolean,
        "use_normalized_timestamps": boolean,
        "pronunciation_dict_id": _string,
        "generation_config": _generation_config,
        "speed": _one_of(frozenset({"slow", "normal", "fast"})),
    }
    if not structured:
        checks["duration"] = _number(0, sys.float_info.max)
    if plain_voice:
        checks |= {"locale": _locale, "accent": _string, "normalization": _string}
    return checks


def _string(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise bad_request(f"{name} is a string")
    return value


def _identifier(name: str, value: object) -> str:
    if not _string(name, value):
        raise bad_request(f"{name} is empty")
    return str(value)


def boolean(name: str, value: object) -> bool:
    """`true` or `false`, and nothing that merely looks like it."""
    if not isinstance(value, bool):
        raise bad_request(f"{name} is true or false")
    return value


def _number(lowest: float, highest: float) -> Check:
    def check(name: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise bad_request(f"{name} is a number")
        if not lowest <= value <= highest:
            raise bad_request(f"{name} is between {lowest:g} and {highest:g}")
        return float(value)

    return check


def _whole_number(lowest: int, highest: int) -> Check:
    in_range = _number(lowest, highest)

    def check(name: str, value: object) -> int:
        in_range(name, value)
        if not isinstance(value, int):
            raise bad_request(f"{name} is a whole number")
        return value

    return check


def _one_of(words: frozenset[str]) -> Check:
    def check(name: str, value: object) -> str:
        if _string(name, value) not in words:
            raise bad_request(f"{name} is one of {', '.join(sorted(words))}")
        return str(value)

    return check


def _model(name: str, value: object) -> str:
    model = _string(name, value)
    if model in catalogue.SUNSET_MODELS:
        raise Refusal(400, "Model sunset", f"The model {model} is no longer available.", "model_sunsetted")
    if model not in catalogue.MODELS:
        raise unknown_model()
    return model


def _language(name: str, value: object) -> str:
    """`en`, or with a region, as pipecat sends it: `en-GB`."""
    code, dash, region = _string(name, value).partition("-")
    if code not in catalogue.LANGUAGES or (dash and not _REGION.fullmatch(region)):
        raise Refusal(
            400, "Language not supported", f"The language {value!r} is not known.", "language_not_supported"
        )
    return str(value)


def _locale(name: str, value: object) -> str:
    _language(name, _string(name, value).replace("_", "-").split("-")[0])
    return str(value)


def _voice(name: str, value: object) -> str:
    """`{"mode": "id", "id": "<uuid>"}`, up to 2026-03-01; the id alone is what counts."""
    if not isinstance(value, dict) or value.keys() != {"mode", "id"} or value["mode"] != "id":
        raise bad_request(f'{name} is {{"mode": "id", "id": "<voice id>"}}')
    return _string(f"{name}.id", value["id"])


def _plain_voice(name: str, value: object) -> str:
    """`"<uuid>"` or `{"id": "<uuid>"}`, since 2026-08-14; its schema lets an old `mode` pass."""
    if isinstance(value, dict) and "id" in value and value.keys() <= {"mode", "id"}:
        return _string(f"{name}.id", value["id"])
    if not isinstance(value, str):
        raise bad_request(f'{name} is a voice id or {{"id": "<voice id>"}}')
    return value


def output_format(containers: frozenset[str]) -> Check:
    """Samples of one encoding and rate, in one of `containers`."""
    allowed: dict[str, frozenset[object]] = {
        "container": frozenset(containers),
        "encoding": frozenset({"pcm_f32le", "pcm_s16le", "pcm_mulaw", "pcm_alaw"}),
        "sample_rate": frozenset(catalogue.SAMPLE_RATES_HZ),
    }

    def check(name: str, value: object) -> dict[str, object]:
        if not isinstance(value, dict) or value.keys() != allowed.keys():
            raise bad_request(f"{name} holds container, encoding and sample_rate, nothing else")
        for field, values in allowed.items():
            chosen = value[field]
            if isinstance(chosen, bool | float) or not isinstance(chosen, str | int) or chosen not in values:
                among = ", ".join(sorted(map(str, values)))
                raise unsupported_format(f"{name}.{field} is one of {among}.")
        return dict(value)

    return check


def _generation_config(name: str, value: object) -> dict[str, object]:
    checks: dict[str, Check] = {
        "speed": _number(0.6, 1.5),
        "volume": _number(0.5, 2.0),
        "emotion": _one_of(catalogue.EMOTIONS),
    }
    if not isinstance(value, dict) or value.keys() - checks.keys():
        raise bad_request(f"{name} holds speed, volume and emotion, nothing else")
    return {
        field: check(f"{name}.{field}", value[field])
        for field, check in checks.items()
        if value.get(field) is not None
    }
