"""Cartesia's text-to-speech websocket, API version 2026-03-01: the JSON texts both ways.

Source: docs.cartesia.ai, pages `api-reference/tts/websocket` and `use-the-api/api-errors`. Fields and
message types that are not known here are ignored, because Cartesia adds some between versions.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace

from cartesia_call.audio.mulaw import SAMPLE_RATE_HZ
from cartesia_call.quoting import quotable
from cartesia_call.records import dataclass
from cartesia_call.speech.delivery import Voicing

_TRANSIENT_STATUSES = frozenset({408, 429})  # assumes: errors-of-speech-by-status

_BUSY_CODE = "concurrency_limited"

_LONGEST_TIME_S = 24 * 3600
"""Of what a timestamp may say; no message lasts so long."""

_LONGEST_REQUEST_ID = 36
"""Of what a sentence shows: a UUID."""


@dataclass(frozen=True)
class Chunk:
    """Audio of a context, mu-law, of any size. `flush_id` counts the context's flushes from 1, if told."""

    context_id: str | None
    audio: bytes
    flush_id: int | None = None


@dataclass(frozen=True)
class FlushDone:
    """All audio of the text up to a flush was sent; which flush it was, if it is told."""

    context_id: str | None
    flush_id: int | None = None


@dataclass(frozen=True)
class Done:  # assumes: done-is-the-end
    """All audio of a context was sent. Nothing else means that, least of all a close with code 1000."""

    context_id: str | None


@dataclass(frozen=True)
class Timestamps:
    """When further words of a context end, in seconds since its audio began; as many times as words."""

    context_id: str | None
    words: tuple[str, ...]
    ends_s: tuple[float, ...]


@dataclass(frozen=True)
class Ignored:
    """A message of no interest, known or not: malformed timestamps too, for the audio is worth more."""

    context_id: str | None
    type: str | None


@dataclass(frozen=True, kw_only=True)
class ServiceError:
    """The service's refusal or failure, over the socket or as an HTTP answer.

    Without `context_id` it concerns the whole connection. The texts may be quoted: see `quoting.quotable`.
    """

    context_id: str | None = None
    code: str | None = None
    title: str | None = None
    message: str | None = None
    status: int | None = None
    request_id: str | None = None

    @property
    def is_busy(self) -> bool:
        """Whether the plan's limit of contexts or connections was reached, and nothing else is wrong."""
        return self.status == 429 or (self.status is None and self.code == _BUSY_CODE)

    @property
    def is_final(self) -> bool:
        """Whether asking again would be refused again: any 4xx but 408 and 429.

        Some documented samples have no status; then every code but the one for too many requests is final.
        """
        if self.status is None:
            return self.code not in (None, _BUSY_CODE)
        return 400 <= self.status < 500 and self.status not in _TRANSIENT_STATUSES

    def __str__(self) -> str:
        """What the service said, for the middle of a sentence; of the request's id, its first part."""
        said = ": ".join(part.rstrip(".") for part in (self.title, self.message) if part)
        facts = [self.code] if self.code else []
        facts += [f"status {self.status}"] if self.status is not None else []
        # Others follow after colons: the context's, and another. No id may take up half of an alert's line.
        request = (self.request_id or "").partition(":")[0][:_LONGEST_REQUEST_ID]
        facts += [f"request {request}"] if request else []
        return f"{said or 'no reason given'} ({', '.join(facts)})" if facts else said or "no reason given"


ServerMessage = Chunk | FlushDone | Timestamps | Done | ServiceError | Ignored


def generation_request(
    *,
    transcript: str,
    voicing: Voicing,
    context_id: str,
    more_follows: bool,
) -> str:
    """One piece of a message's text. The pieces of a context are joined verbatim.

    All fields but `transcript` and `more_follows` must stay the same within a context. What is None is left
    out. The service's own buffering is switched off (its default is 3000 ms): whole sentences need none.
    """
    delivery = voicing.delivery
    config = {"speed": delivery.speed, "volume": delivery.volume, "emotion": delivery.emotion}
    config = {name: value for name, value in config.items() if value is not None}
    request: dict[str, object] = {
        "model_id": voicing.model_id,
        "transcript": transcript,
        "voice": {"mode": "id", "id": voicing.voice_id},
        "output_format": {"container": "raw", "encoding": "pcm_mulaw", "sample_rate": SAMPLE_RATE_HZ},
        "context_id": context_id,
        "language": voicing.base_language,
        "continue": more_follows,
        "max_buffer_delay_ms": 0,
        "add_timestamps": True,
    }
    if config:
        request["generation_config"] = config
    if delivery.pronunciation_dict_id is not None:
        request["pronunciation_dict_id"] = delivery.pronunciation_dict_id
    return json.dumps(request)


# assumes: speech-fields
def parse_server_message(text: str, *, secrets: tuple[str, ...] = ()) -> ServerMessage:
    """One message from the service; ValueError if it is not a JSON object or its audio is not base64.

    An error's texts come without `secrets`.
    """
    message = _parse_object(text)
    kind = _string(message, "type")
    context_id = _string(message, "context_id")
    match kind:
        case "chunk":
            return Chunk(context_id, _audio(message), _whole_number(message, "flush_id"))
        case "flush_done":
            return FlushDone(context_id, _whole_number(message, "flush_id"))
        case "timestamps":
            return _timestamps(message, context_id) or Ignored(context_id, kind)
        case "done":
            return Done(context_id)
        case "error":
            return _service_error(message, context_id, secrets)
        case _:
            return Ignored(context_id, kind)


def parse_http_error(
    status: int, body: str, *, request_id: str | None, secrets: tuple[str, ...] = ()
) -> ServiceError:
    """A refused handshake. The body is JSON; before 2026-03-01, and from proxies, it is plain text."""
    try:
        message = _parse_object(body)
    except ValueError:
        message = {"error": body}
    message["request_id"] = message.get("request_id") or request_id
    return replace(_service_error(message, None, secrets), status=status)


def _parse_object(text: str) -> dict[str, object]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):  # the latter for thousands of brackets
        raise ValueError("not JSON") from None
    if not isinstance(message, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  # the text is wrong, not our caller's type
    return message


def _audio(message: dict[str, object]) -> bytes:
    encoded = _string(message, "data")
    if encoded is None:
        raise ValueError("a chunk without audio")
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        raise ValueError("audio that is not base64") from None


def _timestamps(message: dict[str, object], context_id: str | None) -> Timestamps | None:
    """None if anything about them is malformed. When words begin is not looked at."""
    told = message.get("word_timestamps")
    words, ends_s = (told.get("words"), told.get("end")) if isinstance(told, dict) else (None, None)
    if not isinstance(words, list) or not isinstance(ends_s, list) or len(words) != len(ends_s):
        return None
    is_whole = all(isinstance(word, str) for word in words) and all(map(_is_time, ends_s))
    return Timestamps(context_id, tuple(words), tuple(map(float, ends_s))) if is_whole else None


def _is_time(value: object) -> bool:
    # Comparing refuses NaN too.
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LONGEST_TIME_S


def _service_error(
    message: dict[str, object], context_id: str | None, secrets: tuple[str, ...]
) -> ServiceError:
    said = {
        name: quotable(value, secrets=secrets) or None
        for name in ("title", "message", "error", "error_code", "request_id")
        if (value := _string(message, name)) is not None
    }
    title, text = said.get("title"), said.get("message")
    if title is None and text is None and (old := said.get("error")):
        # Before 2026-03-01 one string held both: "Title: message".
        before, separator, after = old.partition(": ")
        title, text = (before, after) if separator else (None, old)
    status = _whole_number(message, "status_code")
    return ServiceError(
        context_id=context_id,
        code=said.get("error_code"),
        title=title,
        message=text,
        status=status if status is not None and 100 <= status < 600 else None,
        request_id=said.get("request_id"),
    )


def _string(message: dict[str, object], name: str) -> str | None:
    value = message.get(name)
    return value if isinstance(value, str) else None


def _whole_number(message: dict[str, object], name: str) -> int | None:
    value = message.get(name)
    return value if type(value) is int else None
