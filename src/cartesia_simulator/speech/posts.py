"""`POST /tts/bytes` and `POST /tts/sse`: one generation, whose audio is the answer's body as it is made.

What can be told before anything is voiced is refused by the answer's status. What breaks later breaks the
body: an event where there are events, else the connection, for a body of audio has no place for an error.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

from cartesia_call.ports import Clock
from cartesia_simulator.faults import FaultPlan
from cartesia_simulator.speech.access import schema_version
from cartesia_simulator.speech.connection import Account
from cartesia_simulator.speech.context import Generation, Outlet
from cartesia_simulator.speech.encoding import wav_header
from cartesia_simulator.speech.generation import (
    DEFAULT_BUFFER_DELAY_MS,
    GenerationRequest,
    as_request,
    boolean,
    fields_of,
    output_format,
    read_fields,
    read_message,
)
from cartesia_simulator.speech.refusals import (
    bad_request,
    too_many_contexts,
    unknown_model,
    unknown_voice,
    unsupported_format,
)
from cartesia_simulator.voice import Voice


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
    if not given["transcript"].strip():
        raise bad_request("transcript is empty")
    context_id = given.pop("context_id", None)
    is_saved = given.pop("save", False)
    # Nothing is flushed in between: the text is whole, and events have no `flush_done`.
    whole = {"context_id": context_id or str(uuid.uuid4()), "max_buffer_delay_ms": DEFAULT_BUFFER_DELAY_MS}
    return Post(
        generation=as_request(given | whole, version),
        context_id=context_id,
        container=given["output_format"]["container"],
        is_saved=is_saved,
    )


_make_format = output_format(frozenset({"raw", "wav"}))


def _file_format(name: str, value: object) -> object:
    """`raw`, `wav` or `mp3`, the last of which nothing here can make."""
    if isinstance(value, dict) and value.get("container") == "mp3":
        raise unsupported_format(f"{name}.container is mp3, which this service cannot make; ask for wav.")
    return _make_format(name, value)


_ONLY_ON_SOCKETS = "flush_id"
_CONTENT_TYPES = {"raw": "audio/pcm", "wav": "audio/wav"}
"""`audio/*`, says the documentation; these are what was seen."""


class Posts:
    """Answers both endpoints, after the door: keys and versions were looked at."""

    def __init__(self, *, clock: Clock, voice: Voice, faults: FaultPlan, account: Account) -> None:
        self._clock = clock
        self._voice = voice
        self._faults = faults
        self._account = account

    async def serve_bytes(self, request: web.Request) -> web.StreamResponse:
        """The audio alone. Refusal before any of it is made."""
        post, message = await _read(request, Endpoint.BYTES)
        response = _response(_CONTENT_TYPES[post.container])
        if post.is_saved:
            response.headers["Cartesia-File-ID"] = f"file_{uuid.uuid4().hex}"
        return await self._run(request, post, message, AudioBody(request, response, post))

    async def serve_sse(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events. Refusal before any of them is made."""
        post, message = await _read(request, Endpoint.SSE)
        response = _response("text/event-stream")
        response.headers["Cache-Control"] = "no-cache"
        return await self._run(request, post, message, EventBody(request, response, post))

    async def _run(
        self, request: web.Request, post: Post, message: Mapping[str, object], body: _Body
    ) -> web.StreamResponse:
        if not self._account.knows_voice(post.generation.voice_id):
            raise unknown_voice(post.generation.voice_id)
        if self._faults.has("speech-refused"):
            raise unknown_model()
        generation = Generation(
            post.generation, clock=self._clock, voice=self._voice, faults=self._faults, outlet=body
        )
        if not self._account.admit(generation):
            raise too_many_contexts()
        generation.submit(post.generation, message)
        await body.response.prepare(request)
        await body.begin()
        await generation.run()
        return body.response


class _Body(Outlet):
    """An answer's body as the outlet of a context. A client that has left swallows what is written."""

    def __init__(self, request: web.Request, response: web.StreamResponse, post: Post) -> None:
        self.response = response
        self.post = post
        self._request = request
        self._is_over = False

    @property
    def version(self) -> str:
        return schema_version(self._request)

    async def begin(self) -> None:
        """What stands before the first audio."""

    async def close(self) -> None:
        """End the body as if it were whole, and write nothing more."""
        self._is_over = True

    async def write(self, data: bytes) -> None:
        if not self._is_over:
            with suppress(ConnectionError):
                await self.response.write(data)


class AudioBody(_Body):
    """The chunks' audio one after the other, behind a header if there is one."""

    async def begin(self) -> None:
        generation = self.post.generation
        if self.post.container == "wav":
            await self.write(wav_header(generation.encoding, generation.sample_rate_hz))

    async def send(self, event: Mapping[str, object]) -> None:
        if event["type"] == "chunk":
            await self.write(base64.b64decode(str(event["data"])))
        elif event["type"] == "error" and self._request.transport is not None:
            self._request.transport.abort()


class EventBody(_Body):
    """Each event as one `data:` line of JSON. `context_id` is told to whoever gave one."""

    async def send(self, event: Mapping[str, object]) -> None:
        hidden = {_ONLY_ON_SOCKETS} if self.post.context_id else {_ONLY_ON_SOCKETS, "context_id"}
        told = {name: value for name, value in event.items() if name not in hidden}
        await self.write(f"data: {json.dumps(told)}\n\n".encode())


async def _read(request: web.Request, endpoint: Endpoint) -> tuple[Post, Mapping[str, object]]:
    message = read_message(await request.read())
    return parse_body(message, schema_version(request), endpoint), message


def _response(content_type: str) -> web.StreamResponse:
    return web.StreamResponse(headers={"Content-Type": content_type, "x-request-id": str(uuid.uuid4())})
