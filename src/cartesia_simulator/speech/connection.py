"""One websocket of the built-in speech service: messages in, contexts beside each other, events out."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import Protocol

from aiohttp import WSCloseCode, WSMsgType, web

from cartesia_call.ports import Clock
from cartesia_simulator.faults import FaultPlan
from cartesia_simulator.speech.context import ContextState, Generation
from cartesia_simulator.speech.generation import (
    CancelRequest,
    GenerationRequest,
    parse_request,
    read_message,
)
from cartesia_simulator.speech.refusals import (
    Refusal,
    bad_request,
    context_closed,
    too_many_contexts,
    unknown_model,
    unknown_voice,
)
from cartesia_simulator.voice import Voice

IDLE_LIMIT_S = 300.0
"""When an idle socket is closed (docs, "concurrency limits and timeouts"). Pings do not keep it open."""


class Account(Protocol):
    """What all connections of one account share."""

    def knows_voice(self, voice_id: str) -> bool:
        """Whether the account may use this voice."""

    def admit(self, generation: Generation) -> bool:
        """Count one more active context; False if the plan's limit is reached."""


class SpeechConnection:
    """Serves an accepted websocket until either side closes it."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        *,
        version: str,
        clock: Clock,
        voice: Voice,
        faults: FaultPlan,
        account: Account,
    ) -> None:
        self.version = version
        self._socket = socket
        self._clock = clock
        self._voice = voice
        self._faults = faults
        self._account = account
        self._generations: dict[str, Generation] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closing: asyncio.Task[None] | None = None
        self._last_active_s = clock.now_s()

    async def serve(self) -> None:
        """Until the connection is closed; then nothing of it runs any more."""
        try:
            await self._serve()
        finally:  # each has this connection for its outlet
            self._generations.clear()
            self._tasks.clear()

    async def _serve(self) -> None:
        async with asyncio.TaskGroup() as group:
            while (text := await self._next_text()) is not None:
                try:
                    await self._take(text, group)
                except Refusal as refusal:
                    await self.send(refusal.event(self.version, context_id=_context_id_of(text)))
            for task in self._tasks.values():
                if task is not self._closing:
                    task.cancel()

    async def send(self, event: Mapping[str, object]) -> None:
        """Send one event; returns when the connection can take more. A closed connection swallows it."""
        self._last_active_s = self._clock.now_s()
        with contextlib.suppress(ConnectionError):
            if not self._socket.closed:
                await self._socket.send_str(json.dumps(event))

    async def close(self) -> None:
        """Close cleanly, with code 1000 and no reason."""
        # The closing handshake ends `serve`, which must not cut short the task that is in it.
        # Only the first of several contexts that close is in one.
        self._closing = self._closing or asyncio.current_task()
        await self._socket.close(code=WSCloseCode.OK)

    async def _next_text(self) -> str | None:
        """The next text message; None once the connection is closed, by the peer or for idleness."""
        while True:
            idle_at_s = self._last_active_s + IDLE_LIMIT_S
            try:
                # `receive` has a time-out of its own, but pings start that anew.
                async with asyncio.timeout(max(idle_at_s - self._clock.now_s(), 0)):
                    message = await self._socket.receive()
            except TimeoutError:
                if self._clock.now_s() >= self._last_active_s + IDLE_LIMIT_S:
                    await self._socket.close(code=WSCloseCode.OK, message=b"connection idle timeout")
                    return None
                continue
            self._last_active_s = self._clock.now_s()
            match message.type:
                case WSMsgType.TEXT:
                    return str(message.data)
                case WSMsgType.BINARY:
                    refusal = bad_request("messages are text frames that hold JSON")
                    await self.send(refusal.event(self.version, context_id=None))
                case _:
                    return None

    async def _take(self, text: str, group: asyncio.TaskGroup) -> None:
        message = read_message(text)
        request = parse_request(message, self.version)
        if isinstance(request, GenerationRequest) and not self._account.knows_voice(request.voice_id):
            raise unknown_voice(request.voice_id)
        generation = self._generations.get(request.context_id)
        if isinstance(request, CancelRequest):
            if generation is None:
                raise bad_request(f"there is no context {request.context_id} to cancel")
            if generation.record.state is ContextState.ACTIVE:
                generation.cancel(message)
            return
        if generation is None:
            self._open(request, message, group)
            return
        await self._continue(generation, request, message)

    def _open(
        self, request: GenerationRequest, message: Mapping[str, object], group: asyncio.TaskGroup
    ) -> None:
        if self._faults.has("speech-refused"):
            raise unknown_model()
        generation = Generation(
            request, clock=self._clock, voice=self._voice, faults=self._faults, outlet=self
        )
        if not self._account.admit(generation):
            raise too_many_contexts()
        generation.submit(request, message)
        self._forget_some()
        self._generations[request.context_id] = generation
        self._tasks[request.context_id] = group.create_task(generation.run())

    def _forget_some(self) -> None:
        """A connection may live for a hundred thousand contexts: the oldest that are over are forgotten."""
        if len(self._generations) < MOST_CONTEXTS_KNOWN:
            return
        for context_id, task in list(self._tasks.items())[: MOST_CONTEXTS_KNOWN // 2]:
            if task.done():
                del self._generations[context_id], self._tasks[context_id]

    async def _continue(
        self, generation: Generation, request: GenerationRequest, message: Mapping[str, object]
    ) -> None:
        if not generation.takes_input:
            # Somebody who reuses an id hears the running audio break off; so it was reported.
            if generation.record.state is ContextState.ACTIVE:
                generation.record.state = ContextState.FAILED
                self._tasks[request.context_id].cancel()
            raise context_closed()
        changed = sorted(
            name
            for name in request.locked.keys() | generation.settings.locked.keys()
            if request.locked.get(name) != generation.settings.locked.get(name)
        )
        if changed:
            raise bad_request(f"every input of a context repeats {', '.join(changed)} unchanged")
        generation.submit(request, message)


def _context_id_of(text: str) -> str | None:
    """The context that a refused message named, as far as it did."""
    try:
        named = json.loads(text)["context_id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return named if isinstance(named, str) else None


MOST_CONTEXTS_KNOWN = 200
"""Of one connection: whoever names an older one that is over begins another."""
