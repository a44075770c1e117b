"""Which voice a name meant lately, so that knowing it again opens no connection."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.loggers import logger_of
from cartesia_call.ports import Clock
from cartesia_call.store.directories import private_directory, refuse_foreign

logger = logger_of(__name__)

KEPT_FOR = timedelta(days=7)
"""Voices are renamed and removed seldom. What was remembered wrongly is right again after this time."""

_MOST_NAMES = 200
_LARGEST_FILE_BYTES = 1024 * 1024


class VoiceNames:
    """One JSON file, mode 0600. Losing it, or a name in it, costs one request: no trouble with it is told.

    `source` says whose catalogue it is: a name means another voice at another service or for another account.
    It is kept as a part of a digest only, as the names are.
    """

    def __init__(self, path: Path, *, source: str, clock: Clock) -> None:
        self._path = path
        self._source = source
        self._clock = clock

    async def find(self, name: str) -> str | None:
        """The id of the voice that `name` meant, whatever its case."""
        return await in_daemon_thread(lambda: self._read().get(self._key(name), (None, None))[0])

    async def remember(self, name: str, voice_id: str) -> None:
        """From now on, `name` means `voice_id`."""
        try:
            await in_daemon_thread(lambda: self._write(name, voice_id))
        except OSError as error:
            logger.info("the voice's name is not remembered: %s", error.strerror)

    def _read(self) -> dict[str, tuple[str, datetime]]:
        """What is remembered and not too old, the oldest first; nothing where the file is not sound."""
        try:
            refuse_foreign(self._path.parent)
            with self._path.open("rb") as file:
                entries = json.loads(file.read(_LARGEST_FILE_BYTES))["voices"]
            now = self._clock.utc_now()
            read = {
                str(key): (str(entry["id"]), datetime.fromtimestamp(entry["at_s"], UTC))
                for key, entry in entries.items()
            }
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError):
            logger.info("the remembered names of voices cannot be read")
            return {}
        return {key: entry for key, entry in read.items() if timedelta(0) <= now - entry[1] < KEPT_FOR}

    def _write(self, name: str, voice_id: str) -> None:
        """Two processes that write at once: one of them has to ask again some day."""
        known = self._read()
        known.pop(self._key(name), None)
        known[self._key(name)] = (voice_id, self._clock.utc_now())
        newest = list(known.items())[-_MOST_NAMES:]
        content = {"voices": {key: {"id": id, "at_s": at.timestamp()} for key, (id, at) in newest}}
        folder = private_directory(self._path.parent)
        descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".", suffix=".tmp")
        try:
            with open(descriptor, "w") as file:
                json.dump(content, file)
            os.replace(temporary, self._path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise

    def _key(self, name: str) -> str:
        return hashlib.sha256(f"{self._source}\0{name.casefold()}".encode()).hexdigest()
