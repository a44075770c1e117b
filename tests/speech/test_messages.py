"""Cartesia's websocket messages, with plain data."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.speech.delivery import Delivery, Voicing
from cartesia_call.speech.messages import (
    Chunk,
    Done,
    FlushDone,
    Ignored,
    ServiceError,
    Timestamps,
    generation_request,
    parse_http_error,
    parse_server_message,
)

UUID = "16b351c2-ffff-4a3c-a6b8-045be50536af"


def request_with(transcript: str, *, more_follows: bool = False, **delivery: Any) -> dict[str, object]:
    text = generation_request(
        transcript=transcript,
        voicing=Voicing(
            model_id="sonic-3.5",
            voice_id="f786b574-daa5-4673-aa0c-cbe3e8534c02",
            language="en",
            delivery=Delivery(**delivery),
        ),
        context_id="context-1",
        more_follows=more_follows,
    )
    parsed = json.loads(text)
    assert isinstance(parsed, dict)
    return parsed


def error_from(**fields: object) -> ServiceError:
    message = parse_server_message(json.dumps({"type": "error", "done": True, **fields}))
    assert isinstance(message, ServiceError)
    return message


def test_a_generation_request_has_exactly_the_fields_of_the_protocol() -> None:
    """Version 2026-03-01: voice by id, raw mu-law at 8000 Hz, no buffering, the context always named."""
    assert request_with("Hello. ", more_follows=True) == {
        "model_id": "sonic-3.5",
        "transcript": "Hello. ",
        "voice": {"mode": "id", "id": "f786b574-daa5-4673-aa0c-cbe3e8534c02"},
        "output_format": {"container": "raw", "encoding": "pcm_mulaw", "sample_rate": 8000},
        "context_id": "context-1",
        "language": "en",
        "continue": True,
        "max_buffer_delay_ms": 0,
        "add_timestamps": True,
    }


@pytest.mark.parametrize(
    ("delivery", "fields"),
    [
        ({"speed": 0.6}, {"generation_config": {"speed": 0.6}}),
        (
            {"speed": 1.0, "volume": 2.0, "emotion": "calm", "pronunciation_dict_id": "d1"},
            {
                "generation_config": {"speed": 1.0, "volume": 2.0, "emotion": "calm"},
                "pronunciation_dict_id": "d1",
            },
        ),
    ],
)
def test_a_delivery_is_sent_as_far_as_it_is_chosen(
    delivery: dict[str, Any], fields: dict[str, object]
) -> None:
    """What is left to the service is left out, not null."""
    assert request_with("Hello.", **delivery) == request_with("Hello.") | fields


def test_the_last_piece_closes_its_context() -> None:
    assert request_with("Bye.")["continue"] is False


@given(st.text())
def test_a_transcript_travels_verbatim(transcript: str) -> None:
    """White space, quotes, tags and any script arrive as they were given."""
    assert request_with(transcript)["transcript"] == transcript


def test_messages_of_the_service_are_told_apart() -> None:
    audio = bytes(range(256))
    chunk = {
        "type": "chunk",
        "context_id": "c",
        "data": base64.b64encode(audio).decode(),
        "done": False,
        "status_code": 206,
        "step_time": 12.5,
    }
    assert parse_server_message(json.dumps(chunk)) == Chunk("c", audio)
    assert parse_server_message('{"type":"done","context_id":"c","done":true,"status_code":206}') == Done("c")
    assert parse_server_message(json.dumps({**chunk, "flush_id": 2})) == Chunk("c", audio, flush_id=2)
    assert parse_server_message('{"type":"flush_done","context_id":"c","flush_id":1}') == FlushDone("c", 1)
    assert parse_server_message('{"type":"flush_done","flush_id":true}') == FlushDone(None, None)
    assert parse_server_message('{"type":"timestamps","context_id":"c"}') == Ignored("c", "timestamps")


def timestamps_with(words: object, end: object) -> str:
    told = {"words": words, "start": [], "end": end}
    return json.dumps({"type": "timestamps", "context_id": "c", "word_timestamps": told})


def test_timestamps_tell_when_words_end() -> None:
    """In seconds; when they begin does not matter."""
    assert parse_server_message(timestamps_with(["Hello", "there."], [0.5, 1])) == Timestamps(
        "c", ("Hello", "there."), (0.5, 1.0)
    )


@pytest.mark.parametrize(
    ("words", "end"),
    [
        (["a", "b"], [1.0]),
        (["a"], [1.0, 2.0]),
        ("a", "1"),
        (None, None),
        ([7], [1.0]),
        (["a"], ["1.0"]),
        (["a"], [True]),
        (["a"], [None]),
        (["a"], [-0.1]),
        (["a"], [float("nan")]),
        (["a"], [float("inf")]),
        (["a"], [10**400]),
    ],
)
def test_malformed_timestamps_are_ignored(words: object, end: object) -> None:
    """The audio is worth more than them."""
    assert parse_server_message(timestamps_with(words, end)) == Ignored("c", "timestamps")


@pytest.mark.parametrize("told", ["null", "[]", "7", "{}", '{"words": {}, "end": {}}'])
def test_timestamps_of_another_shape_are_ignored(told: str) -> None:
    text = f'{{"type":"timestamps","context_id":"c","word_timestamps":{told}}}'
    assert parse_server_message(text) == Ignored("c", "timestamps")


@pytest.mark.parametrize("context_id", ["null", "7", "[]", "{}"])
def test_a_context_id_that_is_no_string_counts_as_missing(context_id: str) -> None:
    assert parse_server_message(f'{{"type":"done","context_id":{context_id}}}') == Done(None)


@pytest.mark.parametrize("text", ["{}", '{"type":null}', '{"type":["chunk"]}', '{"type":"flush","x":NaN}'])
def test_unknown_types_are_ignored(text: str) -> None:
    assert isinstance(parse_server_message(text), Ignored)


@pytest.mark.parametrize(
    "text", ["", "null", "[]", '"done"', "<html>", "1" * 5000, "[" * 100_000, '{"type":']
)
def test_what_is_no_json_object_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="JSON"):
        parse_server_message(text)


@pytest.mark.parametrize("data", ["null", '"abc"', '"ab!="', '"////\\n"', '"äöü="', "[1]"])
def test_a_chunk_without_proper_base64_is_a_value_error(data: str) -> None:
    """Decoding leniently would put noise or a hole into the message, and call it whole."""
    with pytest.raises(ValueError, match="audio"):
        parse_server_message(f'{{"type":"chunk","context_id":"c","data":{data}}}')


@given(
    st.text() | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(json.dumps)
)
def test_nothing_but_value_error_is_raised(text: str) -> None:
    for candidate in (text, f'{{"type":"error","status_code":{text},"error":{text},"title":{text}}}'):
        try:
            parse_server_message(candidate)
        except ValueError:
            continue


def test_an_error_of_today_keeps_its_facts() -> None:
    error = error_from(
        context_id="c",
        status_code=429,
        error_code="concurrency_limited",
        title="Too many concurrent requests",
        message="You have exceeded your plan's concurrency limit.",
        request_id="r1",
    )
    assert error == ServiceError(
        context_id="c",
        code="concurrency_limited",
        title="Too many concurrent requests",
        message="You have exceeded your plan's concurrency limit.",
        status=429,
        request_id="r1",
    )
    assert str(error) == (
        "Too many concurrent requests: You have exceeded your plan's concurrency limit"
        " (concurrency_limited, status 429, request r1)"
    )


@pytest.mark.parametrize(
    ("request_id", "shown"),
    [(f"{UUID}:{UUID[::-1]}:{UUID}", f" (request {UUID})"), ("x" * 300, f" (request {'x' * 36})"), (":", "")],
)
def test_a_sentence_has_the_first_part_of_the_requests_id(request_id: str, shown: str) -> None:
    """The id may be of any length, an alert's line may not; the field keeps it whole."""
    error = ServiceError(title="No", request_id=request_id)
    assert str(error) == f"No{shown}"
    assert error.request_id == request_id


def test_an_error_before_2026_is_understood() -> None:
    """It has one string: `Title: message`."""
    error = error_from(error="Invalid model: The model is not valid.", status_code=400, context_id="c")
    assert (error.title, error.message) == ("Invalid model", "The model is not valid.")
    assert error_from(error="Broken").message == "Broken"


def test_an_error_may_lack_everything() -> None:
    """Connection-wide errors name no context; codes may be null."""
    error = error_from(error_code=None, title=7, message=None, status_code="400")
    assert error == ServiceError()
    assert str(error) == "no reason given"


def test_texts_of_the_service_are_printable_and_short() -> None:
    """They end up on terminals and in mails."""
    error = error_from(title="a\x1b[31m\r\nb", message="x" * 10_000)
    assert error.title == "a b"
    assert error.message is not None
    assert len(error.message) <= 300


@pytest.mark.parametrize("place", [0, 280, 290, 295, 299, 300])
def test_no_part_of_a_key_is_left_by_a_cut(place: int) -> None:
    """The service may repeat the key anywhere in a long text, in any field, and with dots behind it."""
    key = "a-key-of-another-shape."
    fields = dict.fromkeys(("title", "message", "error_code", "request_id"), "x" * place + key)
    over_socket = parse_server_message(json.dumps({"type": "error", **fields}), secrets=(key,))
    as_json = parse_http_error(401, json.dumps(fields), request_id=None, secrets=(key,))
    as_text = parse_http_error(401, fields["title"], request_id=key, secrets=(key,))
    for error in (over_socket, as_json, as_text):
        assert "a-k" not in str(error)
        assert "a-k" not in repr(error)


def test_whatever_looks_like_a_key_is_hidden() -> None:
    """A part of one too, and that of another account."""
    error = error_from(title="Invalid API key: sk_car_0123", message="sk_car_4567 is expired.")
    assert str(error) == "Invalid API key: ***: *** is expired"


@pytest.mark.parametrize(
    ("status", "code", "final", "busy"),
    [
        (400, "model_not_found", True, False),
        (400, "concurrency_limited", True, False),
        (402, None, True, False),
        (404, None, True, False),
        (408, None, False, False),
        (429, "concurrency_limited", False, True),
        (429, None, False, True),
        (500, None, False, False),
        (None, "model_sunsetted", True, False),
        (None, "concurrency_limited", False, True),
        (None, None, False, False),
    ],
)
def test_what_would_be_refused_again_is_final(
    status: int | None, code: str | None, final: bool, busy: bool
) -> None:
    """4xx other than 408 and 429; without a status the code decides. 429 alone says that there is no room."""
    error = ServiceError(status=status, code=code)
    assert (error.is_final, error.is_busy) == (final, busy)


def test_a_refused_handshake_may_be_json_or_text() -> None:
    body = '{"error_code":"voice_not_found","title":"No voice","message":"Unknown.","request_id":"r2"}'
    assert parse_http_error(404, body, request_id="header") == ServiceError(
        code="voice_not_found", title="No voice", message="Unknown.", status=404, request_id="r2"
    )
    text = "API version not found: No API schema exists for the requested Cartesia-Version."
    error = parse_http_error(404, text, request_id="r3")
    assert (error.title, error.status, error.request_id) == ("API version not found", 404, "r3")
    assert str(parse_http_error(502, "", request_id=None)) == "no reason given (status 502)"
