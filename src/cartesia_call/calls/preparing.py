"""Everything that must stand before a phone may ring: the public path, proven, and the first audio."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from cartesia_call.calls.material import Material, Prepared
from cartesia_call.calls.plan import DialPlan
from cartesia_call.calls.speaking import Speaking
from cartesia_call.conversation.parts import Part
from cartesia_call.errors import CartesiaCallError, TunnelError, Unauthorized
from cartesia_call.ports import Ports

logger = logging.getLogger(__name__)

AGAIN_S = 2.0
"""Real seconds in which a path that was proven before has to prove itself again, for the next call."""

PATIENCE_S = 0.5
"""So much longer than the limit: whoever waits inside it has a better sentence about what was missing."""


class Preparation:
    """Opens path and speech side by side, for everybody who is called; the speech goes on through the calls.

    `task` is what prepares, until it is done: who asks may give up, others still need it.
    """

    def __init__(self, plan: DialPlan, ports: Ports, material: Material) -> None:
        self._plan = plan
        self._ports = ports
        self.material = material
        self._requests = {Part.MESSAGE: plan.speech, **plan.other_parts}
        self._port: int | None = None
        self._public_url: str | None = None
        self._path_error: CartesiaCallError | None = None
        self.task: asyncio.Task[Prepared] | None = None

    @property
    def tasks(self) -> list[asyncio.Task[Any]]:
        """What goes on until it is cancelled."""
        return [task for task in (self.task, self.material.speech_task) if task is not None]

    async def prepare(self) -> Prepared:
        """All at once. Without a fallback the first failure is raised, refused credentials before others.

        Whoever comes later finds the speech made and the path open; that it still leads here is proven again.
        """
        if self.task is None or self.task.done():
            self.material.renew_failed()
            self.task = asyncio.create_task(self._prepare(), name="preparing")
        return await asyncio.shield(self.task)

    async def _prepare(self) -> Prepared:
        material = self.material
        is_made = all(material.utterances[part].is_complete for part in self._requests)
        if material.speech_task is None or (material.speech_task.done() and not is_made):
            material.speech_task = asyncio.create_task(self._make_speech(), name="speech")
        path = asyncio.create_task(self._open_path(), name="public path")
        speech = asyncio.create_task(self._first_audio(), name="first audio")
        loading = asyncio.create_task(self._ports.carrier.load(), name="loading the carrier's client")
        tasks: set[asyncio.Task[Any]] = {path, speech, loading}
        try:
            if self._plan.fallback_text is None:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            else:
                await asyncio.wait({path, loading})
                if path.exception() is None:
                    await asyncio.wait({speech})
                else:  # nobody could hear the speech, and every character is paid for
                    material.speech_task.cancel()
        finally:
            await _cancel(tasks)
        if self._plan.fallback_text is None:
            _raise_first([path, speech, loading])
        loading.result()
        return Prepared(
            public_url=self._result(path, "there is no public path"),
            has_speech=self._result(speech, "there is no speech") is not None,
        )

    def _result(self, task: asyncio.Task[str], what: str) -> str | None:
        if task.cancelled():
            return None
        error = task.exception()
        if error is None:
            return task.result()
        if not isinstance(error, CartesiaCallError):
            raise error
        self.material.warn(f"{what}: {error}; the carrier's voice says the message")
        return None

    async def _open_path(self) -> str:
        """Listen, open the way from outside, prove it: all within one limit, in real seconds.

        A path that could not be had is not tried again: everybody would wait for it anew.
        """
        if self._path_error is not None:
            raise self._path_error
        limit_s = self._plan.tunnel_timeout_s
        deadline_s = asyncio.get_running_loop().time() + limit_s
        try:
            async with asyncio.timeout_at(deadline_s + PATIENCE_S):
                if self._port is None:
                    self._port = await self._ports.bridge.start(within_s=limit_s)
                if self._public_url is not None and not await self._still_leads_here(self._public_url):
                    await self._ports.path.close()
                    self._public_url = None
                if self._public_url is None:
                    self._public_url = await self._ports.path.open(self._port)
                    for warning in self._ports.path.warnings:
                        self.material.warn(warning)
                    await self._prove(self._public_url, deadline_s)
        except TimeoutError:
            self._path_error = TunnelError(
                f"there was no proven public path within {limit_s:g} s",
                hint="--tunnel-timeout sets how long to wait",
            )
            raise self._path_error from None
        except CartesiaCallError as error:
            self._path_error = error
            raise
        return self._public_url

    async def _still_leads_here(self, public_url: str) -> bool:
        try:
            await self._prove(public_url, asyncio.get_running_loop().time() + AGAIN_S)
        except CartesiaCallError as error:
            logger.info("the public path is gone: %s", error)
            return False
        return True

    async def _prove(self, public_url: str, deadline_s: float) -> None:
        if self._plan.probe:
            left_s = max(0.0, deadline_s - asyncio.get_running_loop().time())
            round_trip_ms = await self._ports.bridge.prove(public_url, within_s=left_s)
            logger.info("the public path is proven, round trip %.0f ms", round_trip_ms)

    async def _make_speech(self) -> None:
        """The message first; then what else may be said, one by one, for a plan allows few at a time."""
        for part, request in self._requests.items():
            if self.material.utterances[part].is_complete:
                continue
            is_message = part is Part.MESSAGE
            await Speaking(
                self.material,
                request,
                self._ports.voices,
                has_last_resort=is_message and self._plan.fallback_text is not None,
                part=part,
                text=self._plan.text if is_message else None,
                cache=self._ports.cache,
            ).run()
            if (error := self.material.utterances[part].error) is not None and not is_message:
                self.material.warn(f"there is no {part}: {error}")

    async def _first_audio(self) -> str:
        utterance = self.material.utterances[Part.MESSAGE]
        await self.material.until(lambda: utterance.length_bytes > 0 or utterance.has_ended, None)
        if utterance.error is not None:
            raise utterance.error
        return "the first audio exists"


def _raise_first(tasks: list[asyncio.Task[Any]]) -> None:
    """Raise what the tasks failed with, refused credentials first."""
    errors = [error for task in tasks if not task.cancelled() and (error := task.exception()) is not None]
    for error in sorted(errors, key=lambda error: not isinstance(error, Unauthorized)):
        raise error


async def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
