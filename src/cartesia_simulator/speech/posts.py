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

from aiohttp import web

from cartesia_call.ports import Clock
from cartesia_simulator.faults import FaultPlan
from cartesia_simulator.speech.access import schema_version
from cartesia_simulator.speech.bodies import Endpoint, Post, parse_body
from cartesia_simulator.speech.connection import Account
from cartesia_simulator.speech.context import Generation, Outlet
from cartesia_simulator.speech.encoding import wav_header
from cartesia_simulator.speech.generation import read_message
from cartesia_simulator.speech.refusals import too_many_contexts, unknown_model, unknown_voice
from cartesia_simulator.voice import Voice

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
