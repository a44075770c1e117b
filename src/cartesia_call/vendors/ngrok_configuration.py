"""The file that the ngrok agent is started with: this program's own, wherever the machine takes one."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from cartesia_call.ownership import refuse_foreign_directory, why_untrusted
from cartesia_call.patterns import regex

_NAME = "ngrok.yml"
_CONTENT = """\
version: "2"
update_check: false
inspect_db_size: -1
web_addr: 127.0.0.1:{port}
"""
"""Version 2 is read by every agent of version 3. -1 turns request inspection off: the paths of a call hold
its secrets, and the agent's local API shows what it inspected to every user of the machine. That API has no
password, and pyngrok needs it: what it waits for in the agent's log is its address. So it listens on a port
of its own, where nobody expects it, and not on 4040, where other users' programs would take it for theirs."""
_AS_WE_WRITE_IT = regex(re.escape(_CONTENT).replace(r"\{port\}", "([0-9]{1,5})"))


class AgentConfiguration:
    """One file, of one tunnel. Everything blocks; OSError where nothing takes it.

    Calls share the file in `state_dir`, each with its own port: an agent that reads another one's finds that
    port taken, and is started again.
    """

    def __init__(
        self, state_dir: Path, *, passing_places: Sequence[Path], choose_port: Callable[[], int] | None
    ) -> None:
        """`passing_places`: directories, the best first, in one of which a temporary one is made while
        `state_dir` takes nothing; empty for the machine's temporary directory. `choose_port` says on which
        port of loopback the agent may have its API; without it, on any that is free.
        """
        self._state_dir = state_dir
        self._passing_places = passing_places
        self._choose_port = choose_port or _free_port
        self.temporary: Path | None = None
        """The directory that goes with the agent, if one was made."""
        self.warnings: tuple[str, ...] = ()
        """Where the file had to go, if not into `state_dir`."""

    def write(self) -> str:
        """Put the file, with a new port, where there is room; its path.

        In the state directory; else the one that lies there is taken, if it is ours, says the same, and its
        port is free; else in a temporary directory.
        """
        if self.temporary is not None:
            return self._write_into(self.temporary)
        try:
            # The agent does as its file says.
            refuse_foreign_directory(self._state_dir, above="cartesia-call")
        except OSError as error:
            return self._write_elsewhere(error)
        try:
            for folder in (*reversed(self._state_dir.parents), self._state_dir):
                folder.mkdir(mode=0o700, exist_ok=True)  # `parents=True` would leave those open to others
            return self._write_into(self._state_dir)
        except OSError as error:
            return self._as_it_lies() or self._write_elsewhere(error)

    def remove_temporary(self) -> None:
        """Remove what was made for this tunnel alone."""
        temporary, self.temporary = self.temporary, None
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)

    def _as_it_lies(self) -> str | None:
        """A disk that is full, or was made read-only, still holds the file of the last call."""
        path = self._state_dir / _NAME
        try:
            with open(path, encoding="utf-8", opener=_open_no_link) as file:
                status, text = os.fstat(file.fileno()), file.read(2 * len(_CONTENT))
        except (OSError, UnicodeError):
            return None
        doubt = why_untrusted(
            mode=status.st_mode,
            owner=status.st_uid,
            group=status.st_gid,
            own_user=os.geteuid(),
            is_private_group=lambda _group: False,
        )
        found = _AS_WE_WRITE_IT.fullmatch(text)
        if doubt is not None or found is None or not _is_free(int(found[1])):
            return None
        return str(path.resolve())

    def _write_elsewhere(self, trouble: OSError) -> str:
        """An alert is worth more than a directory: that of a full disk comes from the machine that has it."""
        for place in self._passing_places or (None,):
            temporary: Path | None = None
            try:
                temporary = Path(tempfile.mkdtemp(prefix="cartesia-call-agent-", dir=place))  # 0700
                path = self._write_into(temporary)
            except OSError:
                if temporary is not None:
                    shutil.rmtree(temporary, ignore_errors=True)
                continue
            self.temporary = temporary
            self.warnings = (
                f"the ngrok agent's files are in a temporary directory: {self._state_dir} cannot be used "
                f"({trouble.strerror or trouble})",
            )
            return path
        raise trouble

    def _write_into(self, folder: Path) -> str:
        path = folder / _NAME
        content = _CONTENT.format(port=self._choose_port())
        # Whole in one step: the agent of another call may be reading it now. mkstemp makes it 0600.
        descriptor, draft = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(content)
            os.replace(draft, path)
        except OSError:
            os.unlink(draft)
            raise
        return str(path.resolve())


def _open_no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _free_port() -> int:
    """One that nobody listens on now. The system gives them out in no order that others could guess."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as trial, contextlib.suppress(OSError, OverflowError):
        # As the agent does: connections of the last one, which are over, hold the port for another minute.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trial.bind(("127.0.0.1", port))
        return True
    return False
