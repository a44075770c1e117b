"""Where settings come from. The only place that reads the process environment."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cartesia_call.declarations.trust import Trust
from cartesia_call.errors import SettingsError
from cartesia_call.homes import in_home
from cartesia_call.ownership import (
    is_own_private_group,
    is_strangers,
    owner_of_strange_link,
    why_untrusted,
)
from cartesia_call.records import dataclass
from cartesia_call.settings.env_file import EnvFile, KnownNames, env_file, values_of

LARGEST_FILE_BYTES = 64 * 1024
"""Ten times `.env.example`. What lies in a working directory may be of any size."""


@dataclass(frozen=True, kw_only=True)
class EnvFiles:
    """The env file that holds, if any, and what there is to say about the others.

    `warnings` are its own, and say which file was skipped, and why. `remarks` say of each file that
    sets something and does not hold why that is so, for whoever misses a setting.
    """

    env_file: EnvFile | None
    warnings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Content:
    """A regular file as it is on the disk, or its beginning; `doubt`: why others may decide what it says."""

    bytes: bytes
    mode: int
    is_strangers: bool
    doubt: str | None

    @property
    def reason_to_skip(self) -> str | None:
        """Where anybody may have put it, it must not stop the program, whatever it is."""
        if self.is_strangers:
            return self.doubt
        is_too_large = len(self.bytes) > LARGEST_FILE_BYTES
        return f"it is larger than {LARGEST_FILE_BYTES // 1024} KiB" if is_too_large else None


def process_environment() -> dict[str, str]:
    """A copy of the environment that this process was started with."""
    return dict(os.environ)


def program_on_path(name: str) -> str | None:
    """The absolute path of a program. What PATH names by a relative folder is passed over: it would be
    whatever lies in the working directory."""
    import shutil

    folders = [folder for folder in os.get_exec_path() if os.path.isabs(folder)]
    return shutil.which(name, path=os.pathsep.join(folders)) if folders else None


def user_config_directory() -> Path:
    """`cartesia-call` in the user's configuration directory; it may not exist."""
    from platformdirs import user_config_path

    return in_home(user_config_path) / "cartesia-call"


def default_env_files(working_directory: Path, config_directory: Path) -> tuple[Path, Path]:
    """The places of an env file that was not named, in the order in which they are tried."""
    return working_directory / ".env", config_directory / ".env"


def read_named_env_file(path: Path, names: KnownNames, *, credentials: str = "") -> EnvFile:
    """The file that `--env-file` names; SettingsError if it is missing or cannot be read.

    `credentials` is the directory that systemd makes for one service (`$CREDENTIALS_DIRECTORY`), or empty:
    only that service's user can enter it. An ACL lets them read a file in there, which shows as a right of
    its group.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            content = file.read()
        doubt = _doubt(path, status)
    except FileNotFoundError:
        raise SettingsError(
            [f"--env-file {path}: there is no such file"], hint="Name an existing file, or leave it out."
        ) from None
    except OSError as error:
        raise _unreadable(path, error) from None
    trust = Trust.OWN if doubt is None else Trust.NAMED
    is_credential = bool(credentials) and path.parent == Path(credentials)
    mode = status.st_mode & ~stat.S_IRGRP if is_credential else status.st_mode
    return env_file(path, content, mode=mode, names=names, trust=trust)


def find_env_file(candidate: Path, own: Path, names: KnownNames) -> EnvFiles:
    """The `.env` of the working directory, `candidate`, if it is this program's, else the user's `own`.

    Files are never merged. A stranger's is skipped with a warning: anybody may put one where many people
    work. SettingsError for one of the user's that others may write: whoever does decides who is called by
    whose account.
    """
    warnings: list[str] = []
    remarks: list[str] = []
    # A relative configuration directory is whatever the working directory holds (XDG says to ignore one).
    places = [(own, Trust.OWN if own.is_absolute() else Trust.FOUND)]
    if not _is_same_file(candidate, own):
        places.insert(0, (candidate, Trust.FOUND))
    for path, trust in places:
        content = _read_found(path)
        if content is None:
            continue
        if (reason := content.reason_to_skip) is not None:
            # A stranger's text is not even parsed.
            if any(name.encode() in content.bytes for name in names.ours):
                remarks.append(f"{path} is skipped: {reason}")
                warnings.append(f"the env file {remarks[-1]}; --env-file reads it all the same")
            continue
        values, _ = values_of(content.bytes, errors="surrogateescape")
        is_set = {name for name, value in values.items() if value}
        if not is_set & (names.ours if trust is Trust.FOUND else names.least_trust.keys()):
            if is_set & names.least_trust.keys():
                remarks.append(f"{path} sets nothing but what other programs set too")
            continue
        if content.doubt is not None:
            raise SettingsError(
                [f"the env file {path} is not read: {content.doubt}, and send your keys anywhere"],
                hint=f"If you trust it, own it and run: chmod 600 {path} (or name it with --env-file).",
            )
        read = env_file(path, content.bytes, mode=content.mode, names=names, trust=trust, own_file=own)
        return EnvFiles(env_file=read, warnings=(*warnings, *read.warnings), remarks=tuple(remarks))
    return EnvFiles(env_file=None, warnings=tuple(warnings), remarks=tuple(remarks))


def _read_found(path: Path) -> _Content | None:
    """What lies there, up to a byte more than is taken; None if it is not there or no file."""
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return None
            return _Content(
                bytes=file.read(LARGEST_FILE_BYTES + 1),
                mode=status.st_mode,
                is_strangers=is_strangers(status.st_uid) or owner_of_strange_link(path) is not None,
                doubt=_doubt(path, status),
            )
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None  # a directory called .env is somebody's virtual environment
    except OSError as error:
        if _is_somebody_elses(path):
            return None
        raise _unreadable(path, error) from None


def _doubt(path: Path, status: os.stat_result) -> str | None:
    link_owner = owner_of_strange_link(path)
    if link_owner is not None:
        return f"the link to it belongs to another user (number {link_owner})"
    return why_untrusted(
        mode=status.st_mode,
        owner=status.st_uid,
        group=status.st_gid,
        own_user=os.geteuid(),
        is_private_group=is_own_private_group,
    )


def _is_same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a named pipe would else wait for its writer


def _is_somebody_elses(path: Path) -> bool:
    """Of what cannot be opened, such as a link in a circle, which counts by its own owner."""
    try:
        if is_strangers(path.lstat().st_uid):
            return True
        return is_strangers(path.stat().st_uid)
    except OSError as error:  # a folder on the way that may not be entered is not ours
        return isinstance(error, PermissionError)


def _unreadable(path: Path, error: OSError) -> SettingsError:
    return SettingsError(
        [f"the env file {path} cannot be read: {error.strerror}"],
        hint="Make it readable, or name another file with --env-file.",
    )
