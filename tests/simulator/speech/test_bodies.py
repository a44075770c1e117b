"""Bodies of the two posts, field by field."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cartesia_simulator.speech.bodies import Endpoint, Post, parse_body
from cartesia_simulator.speech.refusals import Refusal
from tests.simulator.speech.client import KATIE, MULAW, body_of

BOTH = tuple(Endpoint)
NOTHING: Mapping[str, object] = {}
TIMES = {
    "add_timestamps": True,
    "add_phoneme_timestamps": True,
    "use_normalized_timestamps": False,
    "context_id": "c1",
}
SHARED = {
    "language": "de",
    "generation_config": {"speed": 1.2, "volume": 1, "emotion": "calm"},
    "pronunciation_dict_id": "d1",
    "speed": "slow",
}


def parsed(endpoint: Endpoint, changes: Mapping[str, object] = NOTHING, version: str = "2026-03-01") -> Post:
    return parse_body({**body_of("Hello."), **changes}, version, endpoint)


@pytest.mark.parametrize("endpoint", BOTH)
def test_what_is_required_suffices(endpoint: Endpoint) -> None:
    """Model, text, voice and format; a context of its own, which nobody named."""
    post = parsed(endpoint)
    assert (post.context_id, post.container, post.is_saved) == (None, "raw", False)
    assert (post.generation.transcript, post.generation.voice_id) == ("Hello.", KATIE)
    assert (post.generation.continues, post.generation.flush) == (False, False)
    assert post.generation.context_id


def test_every_field_of_bytes() -> None:
    """All that the OpenAPI file names."""
    post = parsed(Endpoint.BYTES, SHARED | {"save": True})
    assert post.is_saved
    assert post.generation.language == "de"
    newest = {"locale": "en-GB", "normalization": "off"}
    assert parsed(Endpoint.BYTES, newest | {"voice": KATIE}, "2026-08-14").generation.language == "en-GB"


def test_every_field_of_events() -> None:
    """Times and a context id, which the audio alone has no place for."""
    post = parsed(Endpoint.SSE, SHARED | TIMES)
    assert post.context_id == post.generation.context_id == "c1"
    assert (post.generation.add_timestamps, post.generation.add_phoneme_timestamps) == (True, True)


def test_nulls_are_absent() -> None:
    """livekit sends `language` as null where it has none."""
    assert (
        parsed(Endpoint.SSE, {"language": None, "context_id": None, "add_timestamps": None}).context_id
        is None
    )


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 24000, 44100, 48000])
@pytest.mark.parametrize("encoding", ["pcm_mulaw", "pcm_alaw", "pcm_s16le", "pcm_f32le"])
def test_formats(encoding: str, rate_hz: int) -> None:
    """Raw everywhere, WAV where a file is asked for."""
    form = {"encoding": encoding, "sample_rate": rate_hz}
    raw = {"output_format": {"container": "raw", **form}}
    wav = {"output_format": {"container": "wav", **form}}
    for endpoint in BOTH:
        assert parsed(endpoint, raw).generation.sample_rate_hz == rate_hz
    assert parsed(Endpoint.BYTES, wav).container == "wav"
    with pytest.raises(Refusal) as refused:
        parsed(Endpoint.SSE, wav)
    assert refused.value.error_code == "unsupported_audio_format"


def test_mp3_is_told_to_be_out_of_reach() -> None:
    """Valid at Cartesia, and nothing here can make it: the sentence says so."""
    mp3 = {"output_format": {"container": "mp3", "sample_rate": 44100, "bit_rate": 128000}}
    with pytest.raises(Refusal, match="cannot make") as refused:
        parsed(Endpoint.BYTES, mp3)
    assert (refused.value.status_code, refused.value.error_code) == (400, "unsupported_audio_format")


@pytest.mark.parametrize("endpoint", BOTH)
@pytest.mark.parametrize(
    ("changes", "error_code"),
    [
        ({"transcript": ""}, None),
        ({"transcript": " \n"}, None),
        ({"transcript": 5}, None),
        ({"continue": False}, None),
        ({"flush": False}, None),
        ({"max_buffer_delay_ms": 0}, None),
        ({"voice_id": KATIE}, None),
        ({"voice": KATIE}, None),
        ({"output_format": None}, None),
        ({"output_format": {"container": "raw"}}, None),
        ({"output_format": MULAW | {"bit_rate": 128000}}, None),
        ({"output_format": MULAW | {"sample_rate": 11025}}, "unsupported_audio_format"),
        ({"output_format": MULAW | {"container": "ogg"}}, "unsupported_audio_format"),
        ({"model_id": "sonic-2"}, "model_sunsetted"),
        ({"model_id": "eleven"}, "model_not_found"),
        ({"language": "tlh"}, "language_not_supported"),
        ({"generation_config": {"speed": 3}}, None),
        ({"save": "yes"}, None),
    ],
)
def test_wrong_fields(endpoint: Endpoint, changes: Mapping[str, object], error_code: str | None) -> None:
    """400, with Cartesia's code where it has one."""
    with pytest.raises(Refusal) as refused:
        parsed(endpoint, changes)
    assert (refused.value.status_code, refused.value.error_code) == (400, error_code)


@pytest.mark.parametrize("name", [*TIMES, "save"])
def test_what_the_other_endpoint_has(name: str) -> None:
    """A field of the one is unknown to the other."""
    endpoint, changes = (
        (Endpoint.SSE, {"save": True}) if name == "save" else (Endpoint.BYTES, {name: TIMES[name]})
    )
    with pytest.raises(Refusal, match=f"no field is called {name}"):
        parsed(endpoint, changes)


@pytest.mark.parametrize("name", ["model_id", "transcript", "voice", "output_format"])
def test_what_is_missing(name: str) -> None:
    """400 that names it."""
    body = body_of("Hello.")
    del body[name]
    with pytest.raises(Refusal, match=name):
        parse_body(body, "2026-03-01", Endpoint.BYTES)
