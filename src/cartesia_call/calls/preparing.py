"""Everything that must stand before a phone may ring: the public path, proven, and the first audio."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from cartesia_call.calls.public_path import OpenPath, ProvenPath
from cartesia_call.calls.speech import Speech
from cartesia_call.conversation.parts import Part
from cartesia_call.errors import CarrierUnavailable, CartesiaCallError, SpeechUnavailable, Unauthorized
from cartesia_call.leg.plan import CallPlan
from cartesia_call.ports import Ports
from cartesia_call.records import dataclass
from cartesia_call.speech.message_text import MessageText
from cartesia_call.speech.utterance import Utterance

ASK_FIRST_S = 0.05
"""For so long nothing else is loaded, until the speech is asked for: a slow name server, or a handshake from
afar, leaves the processor to others."""

LOADING_S = 30.0
"""Importing the carrier's client takes a second or two on a slow machine, and for ever on a dead disk."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What one person's call begins with. `public_url` is None without a proven path; `has_speech` says that
    the first audio exists; `utterances` are what this call plays, to its end."""

    public_url: str | None
    has_speech: bool
    utterances: Mapping[Part, Utterance]


class Preparation:
    """Opens path and speech side by side, for everybody who is called; the speech goes on through the
    calls. `text` is the message, as far as it is written."""

    def __init__(
        self,
        plan: CallPlan,
        ports: Ports,
        text: MessageText | None = None,
        path: ProvenPath | None = None,
    ) -> None:
        """`text` brings the message of a plan that has none, `path` the way that others go as well."""
        self._plan = plan
        self.text = plan.message_text(text)
        self._ports = ports
        self.path = path or ProvenPath(
            ports.bridge, ports.path, ports.clock, timeout_s=plan.limits.tunnel_timeout_s
        )
        self.speech = Speech(
            {
                Part.MESSAGE: self.text,
                **{part: MessageText.whole(said) for part, said in plan.other_texts.items()},
            },
            ports.voices,
            ports.clock,
            voicing=plan.voicing,
            timeout_s=plan.limits.speech_timeout_s,
            cache=ports.cache,
            has_last_resort=plan.has_fallback,
        )
        self._task: asyncio.Task[Prepared] | None = None

    async def prepare(self) -> Prepared:
        """All at once, each within its own limit. Without a fallback the first failure is raised, refused
        credentials before others.

        Whoever comes later finds the speech made and the path open; that it still leads here is proven again.
        Who gives up waiting takes nothing from the others.
        """
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._prepare(), name="preparing")
        return await asyncio.shield(self._task)

    async def asked(self) -> None:
        """Until the message's audio was asked for, or `ASK_FIRST_S` has passed: what is not needed for that
        is loaded while it is waited for."""
        changed = asyncio.Event()
        unsubscribe = self.speech.subscribe(changed.set)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ASK_FIRST_S):
                    while not self.speech.utterances[Part.MESSAGE].is_asked_for:
                        changed.clear()
                        await changed.wait()
        finally:
            unsubscribe()

    async def close(self) -> None:
        """Give up whatever goes on still; ports stay open."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self.speech.close()

    async def _prepare(self) -> Prepared:
        utterances = self.speech.begin()
        path = asyncio.create_task(self.path.open(), name="public path")
        audio = asyncio.create_task(self._first_audio(utterances[Part.MESSAGE]), name="first audio")
        loading = asyncio.create_task(self._load(), name="loading the carrier's client")
        tasks: set[asyncio.Task[Any]] = {path, audio, loading}
        has_fallback = self._plan.has_fallback
        try:
            if has_fallback:
                await asyncio.wait({path})
            else:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            has_path = not path.done() or path.exception() is None
            if not has_path:
                self.speech.stop()  # nobody could hear it, and every character is paid for
            if has_fallback:
                await asyncio.wait({loading, audio} if has_path else {loading})
        finally:
            await _cancel(tasks)
        if not has_fallback:
            _raise_first([path, audio, loading])
        loading.result()
        opened: OpenPath | None = self._result(path, "there is no public path")
        for warning in self._ports.path.warnings:
            self.speech.warn(warning)
        first_audio: bool | None = self._result(audio, "there is no speech") if has_path else None
        return Prepared(
            public_url=None if opened is None else opened.public_url,
            has_speech=first_audio is not None,
            utterances=utterances,
        )

    def _result(self, task: asyncio.Task[Any], what: str) -> Any:
        """What `task` came to; None, with a warning, if it failed."""
        if task.cancelled():
            return None
        error = task.exception()
        if error is None:
            return task.result()
        if not isinstance(error, CartesiaCallError):
            raise error
        self.speech.warn(f"{what}: {error}; the carrier's voice says the message")
        return None

    async def _load(self) -> None:
        await self.asked()
        try:
            async with asyncio.timeout(LOADING_S):
                await self._ports.carrier.load()
        except TimeoutError:
            raise CarrierUnavailable(
                f"the carrier's client could not be loaded within {LOADING_S:g} s",
                hint="is the disk that Python is installed on there?",
            ) from None

    async def _first_audio(self, message: Utterance) -> bool:
        changed = asyncio.Event()
        unsubscribe = message.subscribe(changed.set)
        limit_s = self.speech.first_audio_limit_s
        try:
            async with asyncio.timeout(limit_s):
                while not (message.length_bytes or message.has_ended):
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            raise SpeechUnavailable(f"there was no audio within {limit_s:g} s") from None
        finally:
            unsubscribe()
        if message.error is not None:
            raise message.error.again()
        return True


def _raise_first(tasks: list[asyncio.Task[Any]]) -> None:
    """Raise what the tasks failed with, refused credentials first."""
    errors = [error for task in tasks if not task.cancelled() and (error := task.exception()) is not None]
    for error in sorted(errors, key=lambda error: not isinstance(error, Unauthorized)):
        raise error


async def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
