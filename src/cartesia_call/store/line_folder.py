"""Where the processes that share one public line meet: a folder with its lock, and a note of its agent.

The lock belongs to the line and not to a process: whoever is on the line holds a descriptor of it, so the
kernel frees it with the last of them, however that one ended.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import tempfile
from pathlib import Path

from cartesia_call.store.directories import private_directory
from cartesia_call.store.file_locks import HeldFile, is_free, try_lock

PROTOCOL = "1"
"""Of what is said on the line. Processes of versions that differ in it do not meet."""

_DRAFT_S = 60.0
"""What is older nobody is at any more: it is written in milliseconds."""

_LOCK = "line.lock"
_REPAIR = "repair.lock"
_KEEPER = "kept-up.lock"
_AGENT = "agent.json"


class LineFolder:
    """The folder of the line with `keys`, which say what is shared: an account and its domain, or an address
    and where it leads. They are not to be read off its name.

    Every method blocks on the disk, and raises OSError where that fails.
    """

    def __init__(self, state: Path, *keys: str | None) -> None:
        """`state`: the user's state directory. One that other machines have too, over a network, is shared
        with none of them."""
        parts = json.dumps([PROTOCOL, platform.node(), *keys]).encode()
        self.path = state / "lines" / hashlib.sha256(parts).hexdigest()[:16]

    def make(self) -> None:
        """Create it, for this user alone, and remove what killed processes had begun to write there."""
        private_directory(self.path)
        if drafts := tuple(self.path.glob(".*")):
            with tempfile.TemporaryFile(dir=self.path) as now:  # by the clock of the disk
                now_s = os.fstat(now.fileno()).st_mtime
            for draft in drafts:
                with contextlib.suppress(FileNotFoundError):
                    if now_s - draft.lstat().st_mtime > _DRAFT_S:
                        draft.unlink()

    @property
    def repair_lock(self) -> Path:
        """Locked by whoever puts a new line in the place of one that leads nowhere."""
        return self.path / _REPAIR

    def keep_up(self) -> HeldFile | None:
        """What is held by the process that keeps the line up while nobody calls, with its number in there;
        None if another one does."""
        held = try_lock(self.path / _KEEPER)
        if held is not None:
            try:
                (self.path / _KEEPER).write_text(str(os.getpid()), encoding="ascii")
            except BaseException:
                held.release()
                raise
        return held

    def keeper(self) -> int | None:
        """The number in there: of the process that keeps the line up, or for a moment of the one before."""
        with contextlib.suppress(OSError, ValueError):  # it has just begun
            if not is_free(self.path / _KEEPER):
                return int((self.path / _KEEPER).read_text(encoding="ascii"))
        return None

    def take(self) -> int | None:
        """A descriptor that holds the line's lock; None while there is a line."""
        descriptor = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self.is_current(descriptor):
                return descriptor
        except BlockingIOError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        return None

    def replace(self) -> int:
        """A descriptor of a new lock, for a new line in the place of that which is there."""
        descriptor, draft = tempfile.mkstemp(dir=self.path, prefix=".lock-")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.replace(draft, self.path / _LOCK)
        except BaseException:
            os.close(descriptor)
            os.unlink(draft)
            raise
        return descriptor

    def is_current(self, lock: int) -> bool:
        """Whether `lock` is the line's lock still, or again another line has taken its place."""
        try:
            return os.path.samestat(os.fstat(lock), (self.path / _LOCK).stat())
        except FileNotFoundError:
            return False

    @property
    def mark(self) -> tuple[int, int] | None:
        """Another one for each line that somebody is on; None before the first."""
        try:
            found = (self.path / _LOCK).stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    @property
    def is_in_use(self) -> bool:
        """Whether somebody has the line, or is opening it. Nobody has one where nothing can be kept."""
        return self._is_held(_LOCK)

    @property
    def is_kept_up(self) -> bool:
        """Whether a process keeps the line up."""
        return self._is_held(_KEEPER)

    def _is_held(self, name: str) -> bool:
        try:
            return not is_free(self.path / name)
        except OSError:
            return False

    def note_agent(self, pid: int, started: str) -> None:
        """Remember the agent of the line, for the case that it outlives everybody on it."""
        descriptor, draft = tempfile.mkstemp(dir=self.path, prefix=".agent-")
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                json.dump([pid, started], file)
            os.replace(draft, self.path / _AGENT)
        except BaseException:
            os.unlink(draft)
            raise

    def forget_agent(self) -> None:
        """It has ended."""
        (self.path / _AGENT).unlink(missing_ok=True)

    def noted_agent(self) -> tuple[int, str] | None:
        """The process and its start, as it was noted; None if there is none, or no telling."""
        with contextlib.suppress(FileNotFoundError, ValueError, RecursionError):
            match json.loads((self.path / _AGENT).read_text(encoding="utf-8")):
                case [int(pid), str(started)]:
                    return pid, started
        return None
