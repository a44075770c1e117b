"""Audio that one machine makes for all of them. Implements `speech_ports.AudioCache`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from psycopg.types.json import Jsonb

from cartesia_call.errors import CacheError, LedgerError
from cartesia_call.fleet.database import FleetDatabase
from cartesia_call.fleet.liveness import ALIVE
from cartesia_call.loggers import logger_of
from cartesia_call.speech.words import WordEnd
from cartesia_call.speech_ports import AudioCache, KeptSpeech, SpeechRequest
from cartesia_call.store.cache_records import speech_key

logger = logger_of(__name__)

LOOK_S = 0.1
LONGEST_LOOK_S = 0.5
"""Between two looks at what another machine makes: the first soon, then less often."""

_CLAIM = (
    "INSERT INTO audio (digest, worker_id) VALUES (%s, %s) ON CONFLICT (digest) DO UPDATE"  # noqa: S608
    " SET worker_id = excluded.worker_id, made_at = clock_timestamp()"
    f" WHERE audio.mulaw IS NULL AND NOT {ALIVE.replace('= worker_id', '= audio.worker_id')} RETURNING 1"
)


class FleetAudio:
    """The audio in `database`; in front of it what this machine keeps (`local`), if it keeps any.

    `source` names whose voice it is, as for the cache on disk; `worker_id` says who this is. Every method
    raises CacheError where the database does not answer.
    """

    def __init__(
        self,
        database: FleetDatabase,
        *,
        source: str,
        worker_id: Callable[[], int | None],
        local: AudioCache | None = None,
    ) -> None:
        self._database = database
        self._source = source
        self._worker_id = worker_id
        self._local = local

    async def find(self, request: SpeechRequest) -> KeptSpeech | None:
        """Implements the port."""
        kept = await self._local.find(request) if self._local is not None else None
        if kept is not None:
            return kept
        async with self._answering(), self._database.connection() as connection:
            found = await connection.execute(
                "SELECT mulaw, word_ends FROM audio WHERE digest = %s AND mulaw IS NOT NULL",
                [self._key(request)],
            )
            row = await found.fetchone()
        if row is None:
            return None
        speech = KeptSpeech(
            audio=bytes(row["mulaw"]), word_ends=tuple(WordEnd(*each) for each in row["word_ends"] or ())
        )
        await self._keep_here(request, speech)
        return speech

    @contextlib.asynccontextmanager
    async def making(self, request: SpeechRequest, *, until_s: float) -> AsyncIterator[KeptSpeech | None]:
        """Implements the port: of all machines one makes it, and a dead one's claim is free."""
        kept, is_ours = None, False
        try:
            async with asyncio.timeout_at(until_s):
                kept, is_ours = await self._wait(request)
        except TimeoutError:
            logger.info("another machine still makes this speech; it is not waited for any longer")
        try:
            yield kept
        finally:
            if is_ours:
                await self._give_back(request)

    async def _wait(self, request: SpeechRequest) -> tuple[KeptSpeech | None, bool]:
        """What another one made meanwhile, or that it is ours to make."""
        pause_s = LOOK_S
        while True:
            async with self._answering(), self._database.connection() as connection:
                claimed = await connection.execute(_CLAIM.encode(), [self._key(request), self._worker_id()])
                if await claimed.fetchone() is not None:
                    return None, True
            if (kept := await self.find(request)) is not None:
                return kept, False
            await asyncio.sleep(pause_s)
            pause_s = min(LONGEST_LOOK_S, pause_s * 1.5)

    async def _give_back(self, request: SpeechRequest) -> None:
        """What was not made may be made by another one."""
        with contextlib.suppress(LedgerError):  # with the worker's heartbeat it is free, too
            async with self._database.connection() as connection:
                await connection.execute(
                    "DELETE FROM audio WHERE digest = %s AND mulaw IS NULL AND worker_id = %s",
                    [self._key(request), self._worker_id()],
                )

    async def keep(self, request: SpeechRequest, speech: KeptSpeech) -> None:
        """Implements the port."""
        if not speech.audio:
            return
        ends = Jsonb([list(end) for end in speech.word_ends])
        async with self._answering(), self._database.connection() as connection:
            await connection.execute(
                "INSERT INTO audio (digest, mulaw, word_ends, worker_id) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (digest) DO UPDATE SET mulaw = excluded.mulaw, word_ends = excluded.word_ends",
                [self._key(request), speech.audio, ends, self._worker_id()],
            )
        await self._keep_here(request, speech)

    async def _keep_here(self, request: SpeechRequest, speech: KeptSpeech) -> None:
        if self._local is not None:
            with contextlib.suppress(CacheError):  # it is in the database
                await self._local.keep(request, speech)

    def _key(self, request: SpeechRequest) -> str:
        return speech_key(request, self._source)

    @contextlib.asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        try:
            yield
        except LedgerError as error:
            raise CacheError(error.message, hint=error.hint) from error
