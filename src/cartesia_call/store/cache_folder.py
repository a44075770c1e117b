"""The folder of kept speech: pairs of files, `KEY.ulaw` (raw mu-law, nothing else) and `KEY.json`.

Everything here blocks on the disk and raises OSError when that fails. Writers, of whichever process, take
turns by one lock file; readers do without. A record is written after its audio: without a record there is
nothing. When an entry was last used is the time of its audio file.
"""

from __future__ import annotations

import contextlib
import heapq
import os
import tempfile
from collections.abc import Iterable
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path

from cartesia_call.homes import NO_HOME
from cartesia_call.loggers import logger_of
from cartesia_call.patterns import regex
from cartesia_call.records import dataclass
from cartesia_call.speech_ports import KeptSpeech
from cartesia_call.store.cache_records import (
    SHOWN_KEY_CHARACTERS,
    CacheEntry,
    CacheRecord,
    parse_entry,
    parse_record,
    record_text,
)
from cartesia_call.store.directories import private_directory, refuse_foreign
from cartesia_call.store.file_locks import HeldFile, lock, try_lock

logger = logger_of(__name__)

_AUDIO, _RECORD, _LOCK, _TEMPORARY = ".ulaw", ".json", ".lock", ".tmp"
_WRITERS_LOCK = "writing.lock"
_RECORD_BYTES = 64 * 1024
"""Longer than nearly any record."""
_OURS = regex(r"(?P<key>[0-9a-f]{64})(?P<suffix>\.ulaw|\.json|\.lock)|\..+(?P<temporary>\.tmp)")


@dataclass
class KeptPair:
    """What lies there of one key. `used_ns` is when the audio was last used."""

    has_audio: bool = False
    has_record: bool = False
    size_bytes: int = 0
    used_ns: int = 0

    @property
    def is_whole(self) -> bool:
        return self.has_audio and self.has_record


@dataclass
class _Found:
    """What is ours in the folder, at one look: pairs by their key, and temporary files with their bytes."""

    pairs: dict[str, KeptPair] = field(default_factory=dict)
    temporary: list[tuple[Path, int]] = field(default_factory=list)
    locks: list[Path] = field(default_factory=list)


@dataclass
class _Known:
    """What lay there when somebody looked, and was written here since.

    `oldest` is a heap of when each key was last used, in nanoseconds; `stamp_ns` the last writer's stamp.
    """

    sizes_bytes: dict[str, int]
    oldest: list[tuple[int, str]]
    taken_bytes: int
    stamp_ns: int = 0

    def add(self, key: str, size_bytes: int, used_ns: int) -> None:
        """It was just written, whatever was there before."""
        self.taken_bytes += size_bytes - self.sizes_bytes.get(key, 0)
        self.sizes_bytes[key] = size_bytes
        heapq.heappush(self.oldest, (used_ns, key))


class CacheFolder:
    """The folder `folder`, which the first write makes. Its files may take `limit_bytes` together.

    A list may write a hundred thousand entries: the folder is looked through by the first write, and again
    only when somebody else has written since, or began to: writers stamp the lock file to tell the others.
    """

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        self.path = folder
        self._limit_bytes = limit_bytes
        self._known: _Known | None = None

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
                self._stamp()
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
            known = self._known_here()
            self._stamp()  # before, too: of a writer that is killed the others find what it left
            if len(audio) + len(content) <= self._limit_bytes:
                self._replace(self._path(record.key, _AUDIO), audio)
                self._replace(self._path(record.key, _RECORD), content)
                used_ns = self._path(record.key, _AUDIO).stat().st_mtime_ns
                known.add(record.key, len(audio) + len(content), used_ns)
            self._make_room(known, spared=record.key, since_ns=since_ns)
            self._known, known.stamp_ns = known, self._stamp()

    def whole(self) -> list[tuple[str, KeptPair]]:
        """Every pair by its key, the last used first; what their records say is not looked at."""
        refuse_foreign(self.path)
        found = [(key, pair) for key, pair in self._look().pairs.items() if pair.is_whole]
        return sorted(found, key=lambda item: item[1].used_ns, reverse=True)

    def entries(self, pairs: Iterable[tuple[str, KeptPair]]) -> list[CacheEntry]:
        """Those of `pairs` that have a sound record still. The audio is not listened to."""
        found = []
        for key, pair in pairs:
            try:
                content = _content(f"{self.path}/{key}{_RECORD}")
                used_at = datetime.fromtimestamp(pair.used_ns / 1e9, UTC)
                found.append(parse_entry(content, key, size_bytes=pair.size_bytes, used_at=used_at))
            except (FileNotFoundError, ValueError):
                continue
        return found

    def clear(self, *, before_ns: int | None = None) -> tuple[int, int]:
        """Remove everything of ours that nobody holds, or only what was last used before `before_ns`; how
        many entries that were, and bytes in all."""
        refuse_foreign(self.path)
        if not self.path.exists():
            return 0, 0
        with self._writing():
            found = self._look()
            size_bytes = self._remove_left_over(found)
            pairs = {
                key: pair
                for key, pair in found.pairs.items()
                if before_ns is None or pair.used_ns < before_ns
            }
            for key in pairs:
                self._remove(key)
            self._stamp()
        return len(pairs), size_bytes + sum(pair.size_bytes for pair in pairs.values())

    # --- whoever calls these is the only writer, except for `_look`, `_path` --------------------------

    def _known_here(self) -> _Known:
        """What lies here; the folder is looked through if anybody may have changed it."""
        known, self._known = self._known, None  # whoever fails knows nothing any more
        if known is not None and self._lock_path.stat().st_mtime_ns == known.stamp_ns:
            return known
        found = self._look()
        self._remove_left_over(found)
        oldest = [(pair.used_ns, key) for key, pair in found.pairs.items()]
        heapq.heapify(oldest)
        sizes_bytes = {key: pair.size_bytes for key, pair in found.pairs.items()}
        return _Known(sizes_bytes, oldest, sum(sizes_bytes.values()))

    def _stamp(self) -> int:
        """Tell the others that something was written; 0 where the disk keeps no times so exact."""
        stamp_ns = self._lock_path.stat().st_mtime_ns + 1
        os.utime(self._lock_path, ns=(stamp_ns, stamp_ns))
        return stamp_ns if self._lock_path.stat().st_mtime_ns == stamp_ns else 0

    def _make_room(self, known: _Known, *, spared: str, since_ns: int) -> None:
        aside: list[tuple[int, str]] = []
        while known.oldest:
            used_ns, key = known.oldest[0]
            if known.taken_bytes <= self._limit_bytes and used_ns >= since_ns:
                break
            heapq.heappop(known.oldest)
            if key not in known.sizes_bytes:
                continue
            now_used_ns = self._used_ns(key)
            if now_used_ns > used_ns:
                heapq.heappush(known.oldest, (now_used_ns, key))
            elif key == spared:
                aside.append((used_ns, key))
            else:
                self._remove(key)
                known.taken_bytes -= known.sizes_bytes.pop(key)
        for entry in aside:
            heapq.heappush(known.oldest, entry)

    def _used_ns(self, key: str) -> int:
        try:
            return self._path(key, _AUDIO).stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def _remove_left_over(self, found: _Found) -> int:
        """Remove what a killed process left, there and from what was found: temporary files, halves of pairs,
        locks; their size in bytes."""
        size_bytes = 0
        for path, temporary_bytes in found.temporary:
            size_bytes += temporary_bytes
            path.unlink(missing_ok=True)
        for path in found.locks:
            if free := try_lock(path):
                free.remove()
        halves = [key for key, pair in found.pairs.items() if not pair.is_whole]
        for key in halves:
            size_bytes += found.pairs.pop(key).size_bytes
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
        return lock(self._lock_path)

    @property
    def _lock_path(self) -> Path:
        return self.path / _WRITERS_LOCK

    def _look(self) -> _Found:
        """What is ours in the folder: other files are left alone, and a folder that is not there is empty."""
        found = _Found()
        if self.can_be:
            with contextlib.suppress(FileNotFoundError), os.scandir(self.path) as files:
                for file in files:
                    with contextlib.suppress(FileNotFoundError):  # a writer was faster
                        self._note(file, found)
        return found

    def _note(self, file: os.DirEntry[str], found: _Found) -> None:
        ours = _OURS.fullmatch(file.name)
        if ours is None:
            return
        suffix = ours["suffix"]
        if suffix == _LOCK:
            found.locks.append(self.path / file.name)
            return
        status = file.stat()
        if suffix is None:
            found.temporary.append((self.path / file.name, status.st_size))
            return
        pair = found.pairs.setdefault(ours["key"], KeptPair())
        pair.size_bytes += status.st_size
        if suffix == _AUDIO:
            pair.has_audio, pair.used_ns = True, status.st_mtime_ns
        else:
            pair.has_record = True

    def _path(self, key: str, suffix: str) -> Path:
        return self.path / f"{key}{suffix}"


def _content(path: str) -> bytes:
    """Of a small file: of thousands, Python's file objects are half the work."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        content = piece = os.read(descriptor, _RECORD_BYTES)
        while len(piece) == _RECORD_BYTES:
            piece = os.read(descriptor, _RECORD_BYTES)
            content += piece
        return content
    finally:
        os.close(descriptor)
