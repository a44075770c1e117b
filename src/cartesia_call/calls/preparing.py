"""Everything that must stand before a phone may ring: the public path, proven, and the first audio."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from cartesia_call.calls.leg import Leg
from cartesia_call.calls.plan import DialPlan
from cartesia_call.calls.speaking import Speaking
from cartesia_call.errors import CartesiaCallError, TunnelError, Unauthorized
from cartesia_call.ports import Ports

logger = logging.getLogger(__name__)

PATIENCE_S = 0.5
"""So much longer than the limit: whoever waits inside it has a better sentence about what was missing."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """`public_url` is None without a proven path; `has_speech` says that the first audio exists."""

    public_url: str | None
    has_speech: bool


class Preparation:
    """Opens path and speech side by side. `speech_task` goes on after the first audio, through the call."""

    def __init__(self, plan: DialPlan, ports: Ports, leg: Leg) -> None:
        self._plan = plan
        self._ports = ports
        self._leg = leg
        self._speaking = Speaking(
            leg, plan.speech, ports.voices, has_last_resort=plan.fallback_text is not None
        )
        self.speech_task: asyncio.Task[None] | None = None

    async def prepare(self) -> Prepared:
        """All at once. Without a fallback the first failure is raised, refused credentials before others."""
        self.speech_task = asyncio.create_task(self._speaking.run(), name="speech")
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
                    self.speech_task.cancel()
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
        self._leg.warn(f"{what}: {error}; the carrier's voice says the message")
        return None

    async def _open_path(self) -> str:
        """Listen, open the way from outside, prove it: all within one limit, in real seconds."""
        limit_s = self._plan.tunnel_timeout_s
        now_s = asyncio.get_running_loop().time
        deadline_s = now_s() + limit_s
        try:
            async with asyncio.timeout_at(deadline_s + PATIENCE_S):
                port = await self._ports.bridge.start(within_s=limit_s)
                public_url = await self._ports.path.open(port)
                if self._plan.probe:
                    left_s = max(0.0, deadline_s - now_s())
                    round_trip_ms = await self._ports.bridge.prove(public_url, within_s=left_s)
                    logger.info("the public path is proven, round trip %.0f ms", round_trip_ms)
        except TimeoutError:
            raise TunnelError(
                f"there was no proven public path within {limit_s:g} s",
                hint="--tunnel-timeout sets how long to wait",
            ) from None
        return public_url

    async def _first_audio(self) -> str:
        utterance = self._leg.utterance
        await self._leg.until(lambda: utterance.length_bytes > 0 or utterance.has_ended, None)
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
