"""Bodies of `POST /tts/bytes` and `POST /tts/sse`, as Cartesia's OpenAPI file describes them.

The fields are those of a message on the websocket, without what only a context has that goes on.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cartesia_simulator.speech.generation import (
    DEFAULT_BUFFER_DELAY_MS,
    GenerationRequest,
    as_request,
    boolean,
    fields_of,
    output_format,
    read_fields,
)
from cartesia_simulator.speech.refusals import bad_request, unsupported_format


class Endpoint(StrEnum):
    """Where a body was posted to."""

    BYTES = "/tts/bytes"
    SSE = "/tts/sse"


_OF_A_SOCKET = ("continue", "flush", "max_buffer_delay_ms")
_OF_EVENTS = ("context_id", "add_timestamps", "add_phoneme_timestamps", "use_normalized_timestamps")


@dataclass(frozen=True, kw_only=True)
class Post:
    """One generation: `generation` is the whole of it, as one input that ends its context.

    `context_id` is the client's own, None if it gave none; `container` is `raw` or `wav`; with `is_saved` the
    answer names a file.
    """

    generation: GenerationRequest
    context_id: str | None
    container: str
    is_saved: bool


def parse_body(message: Mapping[str, object], version: str, endpoint: Endpoint) -> Post:
    """`message` as a request of API `version`; Refusal for the first thing wrong with it."""
    checks = fields_of(version)
    for name in _OF_A_SOCKET:
        del checks[name]
    if endpoint is Endpoint.BYTES:
        for name in _OF_EVENTS:
            del checks[name]
        checks |= {"save": boolean, "output_format": _file_format}
    given = read_fields(message, checks, version)
    # The SDK's examples name this refusal; on the websocket an empty text has a meaning.
    if not str(given["transcript"]).strip():
        raise bad_request("transcript is empty")
    context_id = given.pop("context_id", None)
    is_saved = bool(given.pop("save", False))
    audio_format = given["output_format"]
    assert isinstance(audio_format, dict)  # noqa: S101  # its check made it
    # Nothing is flushed in between: the text is whole, and events have no `flush_done`.
    whole = {"context_id": context_id or str(uuid.uuid4()), "max_buffer_delay_ms": DEFAULT_BUFFER_DELAY_MS}
    return Post(
        generation=as_request(given | whole, version),
        context_id=None if context_id is None else str(context_id),
        container=str(audio_format["container"]),
        is_saved=is_saved,
    )


_make_format = output_format(frozenset({"raw", "wav"}))


def _file_format(name: str, value: object) -> object:
    """`raw`, `wav` or `mp3`, the last of which nothing here can make."""
    if isinstance(value, dict) and value.get("container") == "mp3":
        raise unsupported_format(f"{name}.container is mp3, which this service cannot make; ask for wav.")
    return _make_format(name, value)
