"""The built-in speech service: Cartesia's speech in three ways, and its voices, on one loopback port."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from aiohttp import WSCloseCode, web

from cartesia_call.ports import Clock
from cartesia_simulator.faults import FaultPlan
from cartesia_simulator.recordings import Recordings
from cartesia_simulator.speech.access import SECRET_HEADERS, Access, schema_version, version_of
from cartesia_simulator.speech.connection import SpeechConnection
from cartesia_simulator.speech.context import ContextState, Generation, RecordedContext
from cartesia_simulator.speech.generation import read_message
from cartesia_simulator.speech.posts import Posts
from cartesia_simulator.speech.refusals import Refusal, too_many_contexts
from cartesia_simulator.speech.voices import get_voice, list_voices, with_own_voices
from cartesia_simulator.voice import Voice

_SOCKETS_PER_CONTEXT = 10
"""The plan's limit of sockets is ten times that of contexts (docs, "concurrency limits and timeouts")."""
_CLOSE_TIMEOUT_S = 1.0
"""Real seconds to wait for the peer's close frame."""
_TTS_GRANT = "tts"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Route = tuple[str, str, Callable[[web.Request], Awaitable[web.Response]]]
"""Method, path and handler of an endpoint; the handler may raise Refusal."""


@dataclass(frozen=True, kw_only=True)
class RecordedHandshake:
    """One attempt to open the websocket. `refused_status` is the HTTP status, None if it was accepted.

    `headers` have lower-case names, and `***` in the place of a key.
    """

    headers: Mapping[str, str]
    version: str | None
    refused_status: int | None
    at_s: float

    @property
    def accepted(self) -> bool:
        return self.refused_status is None


class SimulatedSpeechService:
    """Cartesia's side of the protocol. Keeps what it was asked for and what it sent.

    `context_limit` is the plan's limit of contexts at once; `voice_ids` are the account's own voices, besides
    those of the catalogue; `audio_kept` is of how many contexts, the newest, the audio is kept (None: all).
    `contexts` maps each context's id to its record (the latest, where connections share an id), `connections`
    lists all handshakes in order; a post makes a context, too, and no handshake. With `forgets_after_s` a
    context is forgotten so long after its audio, and handshakes are not kept. `routes` are further endpoints
    of the same API, behind the same key.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        api_key: str,
        voice: Voice,
        faults: FaultPlan,
        context_limit: int = 3,
        voice_ids: frozenset[str] = frozenset(),
        audio_kept: int | None = None,
        forgets_after_s: float | None = None,
        routes: Iterable[Route] = (),
    ) -> None:
        self.contexts: dict[str, RecordedContext] = {}
        self.connections: list[RecordedHandshake] = []
        self._clock = clock
        self._access = Access(clock, api_key=api_key, faults=faults)
        self._voice = voice
        self._faults = faults
        self._context_limit = context_limit
        self._keeps_handshakes = forgets_after_s is None
        self._recordings = Recordings[RecordedContext](
            audio_kept, forgets_after_s=forgets_after_s, forget=self._forget, now_s=clock.now_s
        )
        self._voices = with_own_voices(voice_ids)
        self._routes = tuple(routes)
        self._posts = Posts(clock=clock, voice=voice, faults=faults, account=self)
        self._active: list[Generation] = []
        self._sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, and return the base URL, `http://127.0.0.1:PORT`. OSError if the port is taken."""
        app = web.Application()
        app.router.add_get("/tts/websocket", self._serve_websocket)
        app.router.add_post("/tts/bytes", self._guarded(self._posts.serve_bytes, grant=_TTS_GRANT))
        app.router.add_post("/tts/sse", self._guarded(self._posts.serve_sse, grant=_TTS_GRANT))
        app.router.add_post("/access-token", self._guarded(self._issue_token))
        app.router.add_get("/voices", self._guarded(self._list_voices))
        app.router.add_get("/voices/{id}", self._guarded(self._get_voice))
        for method, path, handler in self._routes:
            app.router.add_route(method, path, self._guarded(handler))
        # handler_cancellation: a post that never ends does, once its client leaves.
        runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=_CLOSE_TIMEOUT_S
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except BaseException:
            await runner.cleanup()
            raise
        self._runner = runner
        return f"http://{host}:{runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close every connection and stop listening. May be called again."""
        async with asyncio.TaskGroup() as group:
            for socket in self._sockets:
                group.create_task(socket.close(code=WSCloseCode.GOING_AWAY))
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def open_connections(self) -> int:
        return len(self._sockets)

    def knows_voice(self, voice_id: str) -> bool:
        return any(voice.id == voice_id for voice in self._voices)

    def admit(self, generation: Generation) -> bool:
        self._active = [other for other in self._active if other.record.state is ContextState.ACTIVE]
        if len(self._active) >= self._context_limit:
            return False
        self._active.append(generation)
        self.contexts[generation.record.context_id] = generation.record
        self._recordings.add(generation.record)
        return True

    def _forget(self, record: RecordedContext) -> None:
        if self.contexts.get(record.context_id) is record:
            del self.contexts[record.context_id]

    async def _serve_websocket(self, request: web.Request) -> web.StreamResponse:
        version = schema_version(request)
        try:
            self._access.check(request, grant=_TTS_GRANT, is_socket=True)
            if len(self._sockets) >= self._context_limit * _SOCKETS_PER_CONTEXT:
                raise too_many_contexts()
        except Refusal as refusal:
            self._record(request, refusal.status_code)
            return refusal.response(version)
        socket = web.WebSocketResponse(timeout=_CLOSE_TIMEOUT_S, compress=False)
        socket.headers["x-request-id"] = str(uuid.uuid4())
        await socket.prepare(request)
        self._record(request, None)
        self._sockets.add(socket)
        try:
            await SpeechConnection(
                socket,
                version=version,
                clock=self._clock,
                voice=self._voice,
                faults=self._faults,
                account=self,
            ).serve()
        finally:
            self._sockets.discard(socket)
        return socket

    def _record(self, request: web.Request, refused_status: int | None) -> None:
        if not self._keeps_handshakes:
            return
        headers = {
            name.lower(): "***" if name.lower() in SECRET_HEADERS else value
            for name, value in request.headers.items()
        }
        self.connections.append(
            RecordedHandshake(
                headers=headers,
                version=version_of(request),
                refused_status=refused_status,
                at_s=self._clock.now_s(),
            )
        )

    def _guarded(self, handler: Handler, *, grant: str | None = None) -> Handler:
        """`handler` for whoever may: by the key, or by a token with `grant`."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                self._access.check(request, grant=grant)
                response = await handler(request)
            except Refusal as refusal:
                return refusal.response(schema_version(request))
            if not response.prepared:
                response.headers["x-request-id"] = str(uuid.uuid4())
            return response

        return guarded

    async def _issue_token(self, request: web.Request) -> web.Response:
        return web.json_response(self._access.issue_token(read_message(await request.read())))

    async def _list_voices(self, request: web.Request) -> web.Response:
        query = list(request.query.items())
        return web.json_response(list_voices(self._voices, query, schema_version(request)))

    async def _get_voice(self, request: web.Request) -> web.Response:
        voice_id = request.match_info["id"]
        return web.json_response(get_voice(self._voices, voice_id, schema_version(request)))
