"""Where settings come from. The only place that reads the process environment."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cartesia_call.errors import SettingsError

OWN_PREFIX = "CARTESIA_CALL_"

_ROOT = 0
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, kw_only=True)
class EnvFile:
    """One env file as it was read. `values` holds what is set and not empty, without interpolation."""

    path: Path
    values: Mapping[str, str]
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class KnownNames:
    """What names mean to an env file: `ours` make a file ours, `process_only` are ignored in one."""

    readable: frozenset[str]
    ours: frozenset[str]
    process_only: frozenset[str]


def process_environment() -> dict[str, str]:
    """A copy of the environment that this process was started with."""
    return dict(os.environ)


def user_config_directory() -> Path:
    """`cartesia-call` in the user's configuration directory; it may not exist."""
    from platformdirs import user_config_path

    return user_config_path("cartesia-call", appauthor=False)


def default_env_files(working_directory: Path, config_directory: Path) -> tuple[Path, Path]:
    """The places of an env file that was not named, in the order in which they are tried."""
    return working_directory / ".env", config_directory / ".env"


def read_named_env_file(path: Path, names: KnownNames) -> EnvFile:
    """The file that `--env-file` names; SettingsError if it is missing or cannot be read."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except FileNotFoundError:
        raise SettingsError(
            [f"--env-file {path}: there is no such file"], hint="Name an existing file, or leave it out."
        ) from None
    except OSError as error:
        raise _unreadable(path, error) from None
    return _env_file(path, content, mode, names)


def first_env_file(candidates: Iterable[Path], names: KnownNames) -> EnvFile | None:
    """The first of `candidates` that sets at least one name of ours, or None. Files are never merged.

    SettingsError if somebody else may have written it: whoever sets an address or the path of a program
    has the keys.
    """
    for path in candidates:
        env_file = _read_found(path, names)
        if env_file is not None:
            return env_file
    return None


def why_untrusted(mode: int, owner: int, *, own_user: int) -> str | None:
    """What lets others decide what a file says, as the end of a sentence; None if nothing does."""
    if owner not in {own_user, _ROOT}:
        return f"it belongs to another user (number {owner})"
    if mode & stat.S_IWOTH:  # the group is often the owner's own (umask 002): that is a warning
        return f"everybody on this machine may write it (mode {stat.S_IMODE(mode):04o})"
    return None


def _read_found(path: Path, names: KnownNames) -> EnvFile | None:
    """A file that nobody named; None if it is not there or not ours."""
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return None
            content = file.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None  # a directory called .env is somebody's virtual environment
    except PermissionError as error:
        if _is_somebody_elses(path):
            return None
        raise _unreadable(path, error) from None
    except OSError as error:
        raise _unreadable(path, error) from None
    values, _ = _values_of(content, errors="surrogateescape")
    if not any(values.get(name) for name in names.ours):
        return None
    if reason := why_untrusted(status.st_mode, status.st_uid, own_user=os.geteuid()):
        raise SettingsError(
            [f"the env file {path} is not read: {reason}, and could send your keys anywhere"],
            hint=f"If you trust it, own it and run: chmod 600 {path} (or name it with --env-file).",
        )
    return _env_file(path, content, status.st_mode, names)


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a named pipe would else wait for its writer


def _is_somebody_elses(path: Path) -> bool:
    try:
        return path.stat().st_uid not in {os.geteuid(), _ROOT}
    except OSError:  # not even its folder may be entered
        return True


def _unreadable(path: Path, error: OSError) -> SettingsError:
    return SettingsError(
        [f"the env file {path} cannot be read: {error.strerror}"],
        hint="Make it readable, or name another file with --env-file.",
    )


def _env_file(path: Path, content: bytes, mode: int, names: KnownNames) -> EnvFile:
    try:
        values, odd_lines = _values_of(content, errors="strict")
    except UnicodeDecodeError as error:
        raise SettingsError(
            [f"the env file {path} is not UTF-8 text (byte {error.start})"],
            hint="Save it as UTF-8, or name another file with --env-file.",
        ) from None
    warnings = [*_loose_permissions(path, mode)]
    warnings += [f"{path}, line {line}, is not a setting (NAME=value) and was skipped" for line in odd_lines]
    warnings += _odd_names(path, values.keys(), names)
    usable = {name: value for name, value in values.items() if value and name not in names.process_only}
    return EnvFile(path=path, values=usable, warnings=tuple(warnings))


def _values_of(content: bytes, *, errors: str) -> tuple[dict[str, str], list[int]]:
    from cartesia_call.settings.env_text import read_values

    return read_values(content.decode("utf-8-sig", errors))


def _loose_permissions(path: Path, mode: int) -> list[str]:
    if not stat.S_ISREG(mode) or not mode & (stat.S_IRWXG | stat.S_IRWXO):
        return []
    shown_mode = f"(mode {stat.S_IMODE(mode):04o}); run: chmod 600 {path}"
    warnings = [
        f"loose permissions: {path} holds keys and is open to other users of this machine {shown_mode}"
    ]
    if mode & _WRITABLE_BY_OTHERS:
        warnings.append(
            f"loose permissions: other users of this machine may write {path} "
            f"and so send your keys anywhere {shown_mode}"
        )
    return warnings


def _odd_names(path: Path, found: Collection[str], names: KnownNames) -> list[str]:
    warnings = []
    for name in found:
        if name in names.process_only:
            warnings.append(f"{path} sets {name}, which is read from the process environment only: ignored")
        elif name.startswith(OWN_PREFIX) and name not in names.readable:
            near = difflib.get_close_matches(name, sorted(names.readable), n=1)
            advice = f"; did you mean {near[0]}?" if near else ""
            warnings.append(f"{path} sets {name}, which is not a setting of this program{advice}")
    return warnings
