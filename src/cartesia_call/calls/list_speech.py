"""The speech of a list: each distinct text made once, and ahead of its turn."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable

from cartesia_call.calls.preparing import Preparation
from cartesia_call.calls.public_path import ProvenPath
from cartesia_call.errors import CartesiaCallError, without_frames
from cartesia_call.leg.plan import CallPlan
from cartesia_call.loggers import logger_of
from cartesia_call.ports import Ports

logger = logger_of(__name__)

PROOF_GOOD_FOR_S = 15.0
"""Between two proofs of the public path: each is a connection through the tunnel, and calls come faster."""

IDLE_KEPT = 8
"""Texts of which nobody is called at the moment, and whose audio is kept all the same, for the next one."""


class ListSpeech:
    """Preparations by what is said and how. `most_contexts` are made at a time: whoever waited for the
    service instead would use up the time that speech may take.
    """

    def __init__(self, ports: Ports, *, tunnel_timeout_s: float, most_contexts: int) -> None:
        self._ports = ports
        self._path = ProvenPath(
            ports.bridge,
            ports.path,
            ports.clock,
            timeout_s=tunnel_timeout_s,
            good_for_s=PROOF_GOOD_FOR_S,
        )
        self._making = asyncio.Semaphore(most_contexts)
        self._shared: dict[Hashable, _Shared] = {}
        self._idle: OrderedDict[Hashable, None] = OrderedDict()
        """Those without users, who left last at the end."""

    @contextlib.asynccontextmanager
    async def ready(self, plan: CallPlan) -> AsyncIterator[Preparation]:
        """The preparation for `plan`, tried: what failed, its call meets again and tells."""
        key = (plan.message, tuple(plan.other_texts.items()), plan.voicing)
        shared = self._shared.get(key)
        if shared is None:
            shared = self._shared[key] = _Shared(Preparation(plan, self._ports, path=self._path))
        shared.users += 1
        self._idle.pop(key, None)
        try:
            await self._made(shared)
            yield shared.preparation
        finally:
            shared.users -= 1
            if not shared.users:
                self._idle[key] = None
                await self._forget_idle()

    def give_up(self) -> None:
        """Nobody waits for speech any more: who has no call yet gets none."""
        for shared in self._shared.values():
            shared.is_ready.set()

    async def close(self) -> None:
        """Give up whatever goes on still."""
        shared, self._shared = list(self._shared.values()), {}
        self._idle.clear()
        for one in shared:
            await one.close()

    async def _made(self, shared: _Shared) -> None:
        if shared.making is None:
            shared.making = asyncio.create_task(self._make(shared), name="speech of a list")
        await shared.is_ready.wait()

    async def _make(self, shared: _Shared) -> None:
        """Ready once the first audio is there; the place is free once all of it is."""
        async with self._making:
            try:
                await shared.preparation.prepare()
            except CartesiaCallError as error:
                logger.info("not ready ahead of its turn: %s", without_frames(error))
            except Exception:
                logger.exception("a fault of ours before a call of a list")
            finally:
                shared.is_ready.set()
            await shared.preparation.speech.made()

    async def _forget_idle(self) -> None:
        while len(self._idle) > IDLE_KEPT:
            key, _ = self._idle.popitem(last=False)
            await self._shared.pop(key).close()


class _Shared:
    """A preparation, and how many calls want it now."""

    def __init__(self, preparation: Preparation) -> None:
        self.preparation = preparation
        self.users = 0
        self.making: asyncio.Task[None] | None = None
        self.is_ready = asyncio.Event()

    async def close(self) -> None:
        if self.making is not None:
            self.making.cancel()
            await asyncio.wait({self.making})
        await self.preparation.close()
