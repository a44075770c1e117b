"""The folder of kept speech: pairs of files, `KEY.ulaw` (raw mu-law, nothing else) and `KEY.json`.

Everything here blocks on the disk and raises OSError when that fails. Writers, of whichever process, take
turns by one lock file; readers do without. A record is written after its audio: without a record there is
nothing. When an entry was last used is the time of its audio file.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cartesia_call.homes import NO_HOME
from cartesia_call.speech_ports import KeptSpeech
from cartesia_call.store.cache_records import (
    SHOWN_KEY_CHARACTERS,
    CacheEntry,
    CacheRecord,
    new_entry,
    parse_record,
    record_text,
)
from cartesia_call.store.directories import private_directory, refuse_foreign
from cartesia_call.store.file_locks import HeldFile, lock, try_lock

logger = logging.getLogger(__name__)

_AUDIO, _RECORD, _LOCK, _TEMPORARY = ".ulaw", ".json", ".lock", ".tmp"
_WRITERS_LOCK = "writing.lock"
_OURS = re.compile(r"(?P<key>[0-9a-f]{64})(?P<suffix>\.ulaw|\.json|\.lock)|\..+(?P<temporary>\.tmp)")


@dataclass
class _Pair:
    """What lies there of one key. `used_ns` is when the audio was last used."""

    has_audio: bool = False
    has_record: bool = False
    size_bytes: int = 0
    used_ns: int = 0


class CacheFolder:
    """The folder `folder`, which the first write makes. Its files may take `limit_bytes` together."""

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        self.path = folder
        self._limit_bytes = limit_bytes

    @property
    def can_be(self) -> bool:
        """False where nobody knows a home for this user, and so nothing is ever kept."""
        return NO_HOME not in self.path.parents

    def lock_name(self, key: str) -> str:
        """The file that whoever makes the audio of `key` holds."""
        return key + _LOCK

    def read(self, key: str, *, since_ns: int = 0) -> KeptSpeech | None:
        """What is kept of `key`, which counts as a use. What does not fit together is dropped, and so is
        what was last used before `since_ns`."""
        refuse_foreign(self.path)
        try:
            return self._read(key, since_ns)
        except FileNotFoundError:
            return None
        except ValueError:
            pass
        with self._writing():  # the pair may just have been replaced, one file after the other
            try:
                return self._read(key, since_ns)
            except FileNotFoundError:
                return None
            except ValueError as problem:
                logger.info("dropped the kept speech %s: %s", key[:SHOWN_KEY_CHARACTERS], problem)
                self._remove(key)
                return None

    def _read(self, key: str, since_ns: int) -> KeptSpeech:
        """FileNotFoundError without a record, ValueError if the pair does not fit together or is too old."""
        record = parse_record(self._path(key, _RECORD).read_bytes(), key)
        try:
            if self._path(key, _AUDIO).stat().st_mtime_ns < since_ns:
                raise ValueError("it was unused for too long")
            audio = self._path(key, _AUDIO).read_bytes()
        except FileNotFoundError:
            raise ValueError("its audio is missing") from None
        if problem := record.problem_with(audio):
            raise ValueError(problem)
        with contextlib.suppress(OSError):  # a disk that is read-only serves as well
            os.utime(self._path(key, _AUDIO))
        return KeptSpeech(audio=audio, word_ends=record.word_ends)

    def write(self, record: CacheRecord, audio: bytes, *, since_ns: int = 0) -> None:
        """Keep a pair, unless it is larger than all the room there is, and drop what is too much, or was last
        used before `since_ns`."""
        content = record_text(record).encode()
        private_directory(self.path)
        with self._writing():
            if len(audio) + len(content) <= self._limit_bytes:
                self._replace(self._path(record.key, _AUDIO), audio)
                self._replace(self._path(record.key, _RECORD), content)
            self._make_room(spared=record.key, since_ns=since_ns)

    def entries(self) -> list[CacheEntry]:
        """Every pair with a sound record, the last used first. The audio is not listened to."""
        refuse_foreign(self.path)
        found = []
        whole = {key: pair for key, pair in self._pairs().items() if pair.has_audio and pair.has_record}
        for key, pair in whole.items():
            with contextlib.suppress(FileNotFoundError, ValueError):
                record = parse_record(self._path(key, _RECORD).read_bytes(), key)
                used_at = datetime.fromtimestamp(pair.used_ns / 1e9, UTC)
                found.append(new_entry(record, size_bytes=pair.size_bytes, used_at=used_at))
        return sorted(found, key=lambda entry: entry.used_at, reverse=True)

    def clear(self, *, before_ns: int | None = None) -> tuple[int, int]:
        """Remove everything of ours that nobody holds, or only what was last used before `before_ns`; how
        many entries that were, and bytes in all."""
        refuse_foreign(self.path)
        if not self.path.exists():
            return 0, 0
        with self._writing():
            size_bytes = self._remove_left_over()
            pairs = {
                key: pair
                for key, pair in self._pairs().items()
                if before_ns is None or pair.used_ns < before_ns
            }
            for key in pairs:
                self._remove(key)
        return len(pairs), size_bytes + sum(pair.size_bytes for pair in pairs.values())

    # --- whoever calls these is the only writer, except for `_pairs`, `_files`, `_path` ---------------

    def _make_room(self, *, spared: str, since_ns: int) -> None:
        self._remove_left_over()
        pairs = self._pairs()
        taken_bytes = sum(pair.size_bytes for pair in pairs.values())
        for key, pair in sorted(pairs.items(), key=lambda found: found[1].used_ns):
            if taken_bytes <= self._limit_bytes and pair.used_ns >= since_ns:
                return
            if key != spared:
                self._remove(key)
                taken_bytes -= pair.size_bytes

    def _remove_left_over(self) -> int:
        """Remove what a killed process left: temporary files, halves of pairs, locks; their size in bytes."""
        size_bytes = 0
        for path, found in self._files():
            if found["temporary"]:
                size_bytes += path.stat().st_size
                path.unlink(missing_ok=True)
            elif found["suffix"] == _LOCK and (free := try_lock(path)):
                free.remove()
        for key, pair in self._pairs().items():
            if not (pair.has_audio and pair.has_record):
                size_bytes += pair.size_bytes
                self._remove(key)
        return size_bytes

    def _remove(self, key: str) -> None:
        for suffix in (_RECORD, _AUDIO):
            self._path(key, suffix).unlink(missing_ok=True)

    def _replace(self, path: Path, content: bytes) -> None:
        """Put a new file, mode 0600, in the place of whatever was there: readers see the one or the other."""
        descriptor, temporary = tempfile.mkstemp(dir=self.path, prefix=".", suffix=_TEMPORARY)
        try:
            with open(descriptor, "wb") as file:
                file.write(content)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise

    def _writing(self) -> HeldFile:
        return lock(self.path / _WRITERS_LOCK)

    def _pairs(self) -> dict[str, _Pair]:
        pairs: dict[str, _Pair] = {}
        for path, found in self._files():
            if found["suffix"] not in (_AUDIO, _RECORD):
                continue
            try:
                status = path.stat()
            except FileNotFoundError:
                continue  # a writer was faster
            pair = pairs.setdefault(found["key"], _Pair())
            pair.size_bytes += status.st_size
            if found["suffix"] == _AUDIO:
                pair.has_audio, pair.used_ns = True, status.st_mtime_ns
            else:
                pair.has_record = True
        return pairs

    def _files(self) -> Iterator[tuple[Path, re.Match[str]]]:
        """What is ours in the folder: other files are left alone, and a folder that is not there is empty."""
        if not self.can_be:
            return
        with contextlib.suppress(FileNotFoundError):
            for name in os.listdir(self.path):
                if found := _OURS.fullmatch(name):
                    yield self.path / name, found

    def _path(self, key: str, suffix: str) -> Path:
        return self.path / f"{key}{suffix}"
