"""The environment that tests live in: a home of their own, and nobody's keys."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator, MutableMapping
from pathlib import Path

SKIPPING = frozenset({"calls", "faults", "conversations", "simulator"})
"""Folders whose asynchronous tests run in time that skips, but for those with the mark `real_time`."""

QUICK = frozenset(
    {
        *(
            "alerts",
            "audio",
            "conversation",
            "dial_list",
            "leg",
            "listening",
            "mediastream",
            "policy",
            "reading",
        ),
        *("settings", "speech", "telephony", "tracing"),
        *("test_addresses.py", "test_architecture.py", "test_quoting.py"),
    }
)
"""What needs neither a socket nor a process, nor waits: its tests have the mark `quick`, but for those with
the mark `long`."""

_FOREIGN_PREFIXES = ("TWILIO_", "CARTESIA_", "NGROK_", "PYNGROK_")
_FOREIGN_NAMES = frozenset(
    {
        # They would lead requests to loopback somewhere else, or make certificates fail.
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        # They change what a terminal is shown.
        "NO_COLOR",
        "FORCE_COLOR",
        "TTY_COMPATIBLE",
        "TTY_INTERACTIVE",
        "COLUMNS",
        "LINES",
    }
)
_XDG_FOLDERS = {
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "XDG_CACHE_HOME": "cache",
    "XDG_RUNTIME_DIR": "run",
}
HOME_VARIABLES = ("HOME", *_XDG_FOLDERS)
"""What `home_variables` sets."""


def remove_foreign_settings(environment: MutableMapping[str, str]) -> None:
    """Drop every variable that belongs to whoever runs the tests and that the program would read."""
    for name in list(environment):
        if name.startswith(_FOREIGN_PREFIXES) or name.upper() in _FOREIGN_NAMES:
            del environment[name]


def obey_signals() -> None:
    """Take back that signals are ignored, as `nohup` and a shell's `&` leave it: every process that a test
    starts would ignore them as well, and tests of signals would prove nothing."""
    for number, obeyed in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, obeyed)


def home_variables(home: Path) -> dict[str, str]:
    """The variables that make `home` the only place where anything is read from or written to.

    Makes the folders, with the modes that the specification of XDG asks for.
    """
    folders = {variable: home / name for variable, name in _XDG_FOLDERS.items()}
    for folder in folders.values():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {"HOME": str(home), **{variable: str(folder) for variable, folder in folders.items()}}


class Places:
    """A home and a working directory, fresh for each test: those of the test before, unless it used them.

    Most tests touch neither, and making and removing eight folders takes longer than many a test.
    """

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._place: Path | None = None
        self._home: dict[str, str] = {}
        self._fresh: dict[str, int] = {}

    @contextlib.contextmanager
    def inside_a_fresh_one(self) -> Iterator[None]:
        """The environment leads to it inside the block, and relative paths do."""
        outside, directory = {name: os.environ.get(name) for name in HOME_VARIABLES}, os.getcwd()
        place = self._fresh_place()
        os.environ.update(self._home)
        os.chdir(place / "cwd")
        try:
            yield
        finally:
            os.chdir(directory)
            for name, value in outside.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value

    def _fresh_place(self) -> Path:
        if self._place is None or _folders(self._place) != self._fresh:
            self.remove()
            self._place = Path(tempfile.mkdtemp(prefix="place-", dir=self._parent))
            (self._place / "cwd").mkdir()
            self._home = home_variables(self._place / "home")
            self._fresh = _folders(self._place)
        return self._place

    def remove(self) -> None:
        """Take away what the last test used."""
        if self._place is not None:
            shutil.rmtree(self._place, ignore_errors=True)
            self._place = None


def _folders(place: Path) -> dict[str, int]:
    """What there is in `place`, and with which mode."""
    found = {}
    unread = [str(place)]
    while unread:
        with os.scandir(unread.pop()) as entries:
            for entry in entries:
                found[entry.path] = mode = entry.stat(follow_symlinks=False).st_mode
                if stat.S_ISDIR(mode) and mode & stat.S_IRUSR:
                    unread.append(entry.path)
    return found


def minimal_environment(home: Path) -> dict[str, str]:
    """What cron would give a job, in `home`: a search path, a home, no keys."""
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **home_variables(home)}
