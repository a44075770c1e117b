"""Where files live: the platform's state, data and cache directories, for one user only."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from cartesia_call.ownership import refuse_foreign_directory

_APPLICATION = "cartesia-call"
_GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, kw_only=True)
class Directories:
    """`state` holds the ledger, `data` what was downloaded or made for the user, `cache` what may be lost."""

    state: Path
    data: Path
    cache: Path


def directories(*, rehearsal: bool) -> Directories:
    """The directories of live calls, or those of rehearsals, which share nothing. Creates nothing."""
    found = (
        platformdirs.user_state_path(_APPLICATION, appauthor=False),
        platformdirs.user_data_path(_APPLICATION, appauthor=False),
        platformdirs.user_cache_path(_APPLICATION, appauthor=False),
    )
    state, data, cache = (path / "rehearsal" if rehearsal else path for path in found)
    return Directories(state=state, data=data, cache=cache)


def next_best_directories() -> tuple[Path, ...]:
    """Where a live call's ledger may be kept while its own directory takes nothing: the user's runtime
    directory, and one in the machine's temporary directory. Both end with the session or the next start.
    """
    found = [Path(tempfile.gettempdir()) / f"{_APPLICATION}-{os.geteuid()}"]
    with contextlib.suppress(OSError):  # there is none that is the user's own
        found.insert(0, platformdirs.user_runtime_path(_APPLICATION, appauthor=False))
    return tuple(dict.fromkeys(found))


def private_directory(path: Path) -> Path:
    """Create `path` with mode 0700, and what is missing above it; return it. OSError if that is impossible.

    A directory that group or others can enter loses that; its owner's own bits stay as they are, for a
    directory made read-only is meant so. A relative path would end up in the working directory, where
    nothing of ours belongs: it is refused, and so is a directory of another user, who may exchange what
    we keep there.
    """
    if not path.is_absolute():
        raise OSError(f"the directory {path} is not an absolute path; set HOME to one")
    refuse_foreign(path)
    missing = [directory for directory in (path, *path.parents) if not directory.exists()]
    for directory in reversed(missing):
        directory.mkdir(mode=0o700, exist_ok=True)
    if missing:
        refuse_foreign(path)  # in a place like /tmp somebody may have been quicker
    if not path.is_dir():
        raise NotADirectoryError(f"{path} is not a directory")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _GROUP_AND_OTHERS:
        path.chmod(mode & ~_GROUP_AND_OTHERS)
    return path


def refuse_foreign(path: Path) -> None:
    """PermissionError if `path`, or a directory of this program above it, belongs to another user.

    For whoever reads there and makes nothing: what another user wrote is not what we kept.
    """
    refuse_foreign_directory(path, above=_APPLICATION)
