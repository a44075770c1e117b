"""Generation requests, field by field."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cartesia_call.speech.tags import EMOTIONS
from cartesia_simulator.speech.generation import (
    CancelRequest,
    GenerationRequest,
    parse_request,
    read_message,
)
from cartesia_simulator.speech.refusals import Refusal

KATIE = "f786b574-daa5-4673-aa0c-cbe3e8534c02"
VALID: dict[str, object] = {
    "context_id": "c1",
    "model_id": "sonic-3.5",
    "transcript": "Hello",
    "voice": {"mode": "id", "id": KATIE},
    "output_format": {"container": "raw", "encoding": "pcm_mulaw", "sample_rate": 8000},
}
EMPTY: dict[str, object] = {}
FORMAT = {"container": "raw", "encoding": "pcm_mulaw", "sample_rate": 8000}


def parsed(changes: Mapping[str, object] = EMPTY, version: str = "2026-03-01") -> GenerationRequest:
    request = parse_request({**VALID, **changes}, version)
    assert isinstance(request, GenerationRequest)
    return request


def test_defaults() -> None:
    """Only the required fields: one input, English, 3000 ms of buffering, no timestamps."""
    request = parsed()
    assert (request.continues, request.flush, request.language) == (False, False, "en")
    assert (request.max_buffer_delay_ms, request.add_timestamps) == (3000, False)
    assert (request.encoding, request.sample_rate_hz, request.voice_id) == ("pcm_mulaw", 8000, KATIE)


def test_every_field() -> None:
    """All that the OpenAPI file names is accepted."""
    request = parsed(
        {
            "language": "de",
            "continue": True,
            "flush": True,
            "max_buffer_delay_ms": 0,
            "add_timestamps": True,
            "add_phoneme_timestamps": False,
            "use_normalized_timestamps": True,
            "pronunciation_dict_id": "d1",
            "generation_config": {"speed": 0.6, "volume": 2.0, "emotion": "calm"},
            "speed": "normal",
        }
    )
    assert request.continues
    assert request.add_timestamps
    assert request.max_buffer_delay_ms == 0


@pytest.mark.parametrize("emotion", sorted(EMOTIONS))
def test_every_documented_emotion(emotion: str) -> None:
    """Whatever the program sends is one: it knows them by its own list."""
    parsed({"generation_config": {"emotion": emotion}})


def test_null_is_absent() -> None:
    """An optional field may be null."""
    assert parsed({"flush": None, "language": None}).locked == parsed().locked


@pytest.mark.parametrize("field", sorted(VALID))
def test_required_fields(field: str) -> None:
    """Each is missed by name, absent or null."""
    without = {name: value for name, value in VALID.items() if name != field}
    with pytest.raises(Refusal, match=f"{field} is required"):
        parse_request(without, "2026-03-01")
    with pytest.raises(Refusal, match=field):
        parsed({field: None})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("transcript", 5),
        ("context_id", ""),
        ("context_id", 7),
        ("continue", "true"),
        ("flush", 1),
        ("max_buffer_delay_ms", 5001),
        ("max_buffer_delay_ms", -1),
        ("max_buffer_delay_ms", 10.5),
        ("max_buffer_delay_ms", True),
        ("add_timestamps", "yes"),
        ("speed", "quick"),
        ("generation_config", {"speed": 1.6}),
        ("generation_config", {"volume": 0.4}),
        ("generation_config", {"emotion": "hangry"}),
        ("generation_config", {"pace": 1}),
        ("voice", KATIE),
        ("voice", {"id": KATIE}),
        ("voice", {"mode": "embedding", "id": KATIE}),
        ("voice", {"mode": "id", "id": KATIE, "extra": 1}),
        ("output_format", {"container": "raw", "encoding": "pcm_mulaw"}),
        ("output_format", {**FORMAT, "bit_rate": 1}),
    ],
)
def test_malformed_fields(field: str, value: object) -> None:
    """Wrong types, values out of range and wrong shapes are 400, and the message names the field."""
    with pytest.raises(Refusal, match=field) as caught:
        parsed({field: value})
    assert caught.value.status_code == 400


@pytest.mark.parametrize("field", ["max_buffer_delay", "Transcript", "locale", "duration"])
def test_unknown_fields(field: str) -> None:
    """A misspelled field, or one of another version, does not pass unseen."""
    with pytest.raises(Refusal, match=f"no field is called {field} in version 2026-03-01"):
        parsed({field: 1})


@pytest.mark.parametrize(
    ("field", "value", "error_code"),
    [
        ("model_id", "sonic-9", "model_not_found"),
        ("model_id", "sonic-2", "model_sunsetted"),
        ("language", "tlh", "language_not_supported"),
        ("language", "tlh-KL", "language_not_supported"),
        ("language", "en-", "language_not_supported"),
        ("language", "en-gb", "language_not_supported"),
        ("output_format", {**FORMAT, "container": "wav"}, "unsupported_audio_format"),
        ("output_format", {**FORMAT, "encoding": "mulaw"}, "unsupported_audio_format"),
        ("output_format", {**FORMAT, "sample_rate": 8001}, "unsupported_audio_format"),
        ("output_format", {**FORMAT, "sample_rate": "8000"}, "unsupported_audio_format"),
    ],
)
def test_error_codes(field: str, value: object, error_code: str) -> None:
    """What has a code of its own gets it."""
    with pytest.raises(Refusal) as caught:
        parsed({field: value})
    assert caught.value.error_code == error_code


@pytest.mark.parametrize("language", ["en", "en-GB", "es-MX", "no-NO", "zh-CN"])
def test_a_language_may_have_a_region(language: str) -> None:
    """As pipecat sends it, and its voice is chosen by it."""
    assert parsed({"language": language}).language == language


@pytest.mark.parametrize("voice", [KATIE, {"id": KATIE}, {"mode": "id", "id": KATIE}])
def test_newest_version_takes_a_plain_voice(voice: object) -> None:
    """2026-08-14: an id alone, or an object with one."""
    assert parsed({"voice": voice}, "2026-08-14").voice_id == KATIE


def test_locale_excludes_language() -> None:
    """2026-08-14 has `locale`, never together with `language`."""
    assert parsed({"locale": "en-GB"}, "2026-08-14").language == "en-GB"
    with pytest.raises(Refusal, match="together"):
        parsed({"locale": "en-GB", "language": "en"}, "2026-08-14")


def test_legacy_version() -> None:
    """Before 2026: no context needed, `duration` allowed, buffering off by default."""
    message = {name: value for name, value in VALID.items() if name != "context_id"}
    request = parse_request({**message, "duration": 3}, "2024-11-13")
    assert isinstance(request, GenerationRequest)
    assert request.context_id
    assert request.max_buffer_delay_ms == 0
    with pytest.raises(Refusal, match="duration"):
        parse_request({**message, "duration": 10**400}, "2024-11-13")


def test_locked_fields() -> None:
    """Transcript, `continue` and `flush` may change from input to input; an absent field is its default."""
    one = parsed({"continue": True, "max_buffer_delay_ms": 3000})
    assert one.locked == parsed({"transcript": "More", "flush": True}).locked
    assert one.locked != parsed({"language": "de"}).locked


def test_cancel() -> None:
    """A cancel message holds two fields."""
    assert parse_request({"context_id": "c1", "cancel": True}, "2026-03-01") == CancelRequest(context_id="c1")
    for wrong in ({"cancel": True}, {"cancel": False, "context_id": "c1"}, {**VALID, "cancel": True}):
        with pytest.raises(Refusal, match="cancel"):
            parse_request(wrong, "2026-03-01")


@pytest.mark.parametrize("text", ["", "{", "[]", '"text"', "5"])
def test_no_json_object(text: str) -> None:
    """A message is a JSON object."""
    with pytest.raises(Refusal, match="JSON"):
        read_message(text)
