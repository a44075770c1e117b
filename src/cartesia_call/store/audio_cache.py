"""Synthesised audio on disk, by what was asked for. Implements `speech_ports.AudioCache`.

All work on the disk is done in threads of its own, so that one that hangs holds up nothing but itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.errors import CacheError
from cartesia_call.loggers import logger_of
from cartesia_call.ports import Clock
from cartesia_call.speech_ports import KeptSpeech, SpeechRequest
from cartesia_call.store.cache_folder import CacheFolder
from cartesia_call.store.cache_records import CacheEntry, new_record, speech_key
from cartesia_call.store.directories import directories
from cartesia_call.store.file_locks import HeldFile, first_free

T = TypeVar("T")

logger = logger_of(__name__)

ENTRIES_AT_ONCE = 1000
"""Whose records are read as one thing that the disk may take its time for."""


def speech_folder(*, rehearsal: bool) -> Path:
    """Where the audio of live calls is kept, or that of rehearsals. Creates nothing."""
    return directories(rehearsal=rehearsal).cache / "speech"


class AudioCache:
    """The cache in the directory `folder`, which is made by the first write, and its files, for any number
    of processes. Reading from a cache that does not exist finds nothing and creates nothing.

    `source` names whose voice it is. What is kept takes `limit_bytes` at most, what was unused for the
    longest time goes first, and what was unused for longer than `max_age_s`, in any case. The disk may take
    `disk_timeout_s` for one thing. Every method raises CacheError, with one sentence and a hint, when it
    cannot do its work; a write that was given up may happen later.
    """

    def __init__(
        self,
        folder: Path,
        *,
        source: str,
        limit_bytes: int,
        clock: Clock,
        max_age_s: float | None = None,
        disk_timeout_s: float = 5.0,
    ) -> None:
        self._folder = CacheFolder(folder, limit_bytes=limit_bytes)
        self._max_age_s = max_age_s
        self._source = source
        self._clock = clock
        self._disk_timeout_s = disk_timeout_s

    @property
    def can_keep(self) -> bool:
        """False where nobody knows a home for this user, and so nothing is ever kept."""
        return self._folder.can_be

    async def find(self, request: SpeechRequest) -> KeptSpeech | None:
        """What is kept of exactly this request, None if nothing (sound) is."""
        return await self._on_disk(lambda: self._folder.read(self._key(request), since_ns=self._oldest_ns))

    @contextlib.asynccontextmanager
    async def making(self, request: SpeechRequest, *, until_s: float) -> AsyncIterator[KeptSpeech | None]:
        """Be the only one, of all processes, who makes this audio inside the block; see `speech_ports`.

        The kernel ends the wait for a process that is gone.
        """
        async with contextlib.AsyncExitStack() as alone:
            lock = await self._lock(self._folder.lock_name(self._key(request)), until_s)
            if lock is not None:
                alone.push_async_callback(self._unlock, lock)
            kept = await self.find(request)
            if kept is not None:
                await alone.aclose()
            yield kept

    async def keep(self, request: SpeechRequest, speech: KeptSpeech) -> None:
        """Keep it, and drop what was unused for the longest time if there is no more room.

        Nothing happens if it is larger than all the room there is, or holds no audio.
        """
        if not speech.audio:
            return
        made_at = self._clock.utc_now()

        def write() -> None:
            record = new_record(self._key(request), request, speech, made_at=made_at)
            self._folder.write(record, speech.audio, since_ns=self._oldest_ns)

        await self._on_disk(write)

    async def entries(self) -> list[CacheEntry]:
        """Everything that is kept, the last used first."""
        entries: list[CacheEntry] = []
        pairs = await self._on_disk(self._folder.whole)
        for start in range(0, len(pairs), ENTRIES_AT_ONCE):
            some = pairs[start : start + ENTRIES_AT_ONCE]
            entries += await self._on_disk(functools.partial(self._folder.entries, some))
        return entries

    async def clear(self) -> tuple[int, int]:
        """Remove everything, or with a `max_age_s` what was unused for longer; how many entries that were,
        and how many bytes."""
        before_ns = self._oldest_ns if self._max_age_s is not None else None
        return await self._on_disk(lambda: self._folder.clear(before_ns=before_ns))

    @property
    def _oldest_ns(self) -> int:
        """What was last used before, in nanoseconds since 1970, is too old."""
        if self._max_age_s is None:
            return 0
        return max(0, round((self._clock.utc_now().timestamp() - self._max_age_s) * 1e9))

    def _key(self, request: SpeechRequest) -> str:
        return speech_key(request, self._source)

    async def _lock(self, name: str, until_s: float) -> HeldFile | None:
        """None if somebody else held it all the time."""
        try:
            async with asyncio.timeout_at(until_s):
                return await first_free(self._folder.path, [name])
        except TimeoutError:
            logger.info("another one still makes this speech; it is not waited for any longer")
            return None
        except OSError as error:
            raise self._cache_error(error) from error

    async def _unlock(self, lock: HeldFile) -> None:
        try:
            await self._on_disk(lock.remove)
        except CacheError as error:  # the lock is free all the same
            logger.info("%s", error)

    async def _on_disk(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(self._disk_timeout_s):
                return await in_daemon_thread(work)
        except OSError as error:
            raise self._cache_error(error) from error

    def _cache_error(self, error: OSError) -> CacheError:
        folder = self._folder.path
        if isinstance(error, TimeoutError):
            return CacheError(
                f"The speech cache {folder} was not free within {self._disk_timeout_s:g} s.",
                hint="Another process or a slow disk holds it; --no-cache goes without it.",
            )
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return CacheError(
                f"The disk is full: the speech cache {folder} cannot be written.",
                hint="Make room on it; `cartesia-call cache clear` frees what is kept.",
            )
        return CacheError(
            f"The speech cache {folder} cannot be used: {error}.",
            hint=f"{folder} must be a directory that you may write; --no-cache goes without it.",
        )
