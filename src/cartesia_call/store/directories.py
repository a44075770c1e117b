"""Where files live: the platform's state, data and cache directories, for one user only."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import warnings
from pathlib import Path

import platformdirs

from cartesia_call.homes import in_home
from cartesia_call.ownership import refuse_foreign_directory
from cartesia_call.records import dataclass

_APPLICATION = "cartesia-call"
_OTHER_CARRIER = "other-carrier"
_GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MEMORY = Path("/dev/shm")  # noqa: S108  # where Linux has one; what is made there has mode 0700


@dataclass(frozen=True, kw_only=True)
class Directories:
    """`state` holds the ledger, `data` what was downloaded or made for the user, `cache` what may be lost."""

    state: Path
    data: Path
    cache: Path


def directories(*, rehearsal: bool) -> Directories:
    """The directories of live calls, or those of rehearsals, which share nothing. Creates nothing."""
    found = (platformdirs.user_state_path, platformdirs.user_data_path, platformdirs.user_cache_path)
    folders = [in_home(find) / _APPLICATION for find in found]
    state, data, cache = (path / "rehearsal" if rehearsal else path for path in folders)
    return Directories(state=state, data=data, cache=cache)


def ledger_directory(*, rehearsal: bool, other_carrier: bool = False) -> Path:
    """Where the ledger is: of live calls, of rehearsals, or of calls through a carrier that is not Twilio,
    whose numbers are nobody's, or at least not called by Twilio."""
    state = directories(rehearsal=rehearsal).state
    return state / _OTHER_CARRIER if other_carrier and not rehearsal else state


def next_best_directories(*, other_carrier: bool = False) -> tuple[Path, ...]:
    """Where a live call's ledger may be kept while its own directory takes nothing: in each of the
    `passing_places`, one that is the user's own.
    """
    for_one, for_all = _APPLICATION, f"{_APPLICATION}-{os.geteuid()}"
    found = [place / for_one for place in _runtime_directory()]
    found += [place / for_all for place in _places_for_everybody()]
    return tuple(dict.fromkeys(place / _OTHER_CARRIER if other_carrier else place for place in found))


def passing_places() -> tuple[Path, ...]:
    """Directories of the machine that may take files while a home cannot, the best first: the user's runtime
    directory, memory, and the temporary directory. What is kept there ends with the session or next start.

    Each may be missing, or take nothing either.
    """
    return (*_runtime_directory(), *_places_for_everybody())


def _runtime_directory() -> list[Path]:
    with contextlib.suppress(OSError), warnings.catch_warnings():  # there is none that is the user's own
        warnings.simplefilter("ignore")  # of a variable that is not ours
        return [platformdirs.user_runtime_path()]
    return []


def _places_for_everybody() -> list[Path]:
    """Memory is a disk of its own, with room while the others are full."""
    with contextlib.suppress(OSError):  # it is found by writing there: on a full machine there is none
        return [_MEMORY, Path(tempfile.gettempdir())]
    return [_MEMORY]


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
