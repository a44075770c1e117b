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
    if not path.exists():
        raise SettingsError(
            [f"--env-file {path}: there is no such file"], hint="Name an existing file, or leave it out."
        )
    return _read(path, names)


def first_env_file(candidates: Iterable[Path], names: KnownNames) -> EnvFile | None:
    """The first of `candidates` that sets at least one name of ours, or None. Files are never merged."""
    for path in candidates:
        # A directory called .env is somebody's virtual environment.
        if path.is_file():
            env_file = _read(path, names)
            if names.ours & env_file.values.keys():
                return env_file
    return None


def _read(path: Path, names: KnownNames) -> EnvFile:
    from cartesia_call.settings.env_text import read_values

    try:
        text = path.read_bytes().decode("utf-8-sig")
        mode = path.stat().st_mode
    except UnicodeDecodeError as error:
        raise SettingsError(
            [f"the env file {path} is not UTF-8 text (byte {error.start})"],
            hint="Save it as UTF-8, or name another file with --env-file.",
        ) from None
    except OSError as error:
        raise SettingsError(
            [f"the env file {path} cannot be read: {error.strerror}"],
            hint="Make it readable, or name another file with --env-file.",
        ) from None
    values, odd_lines = read_values(text)
    warnings = [*_loose_permissions(path, mode)]
    warnings += [f"{path}, line {line}, is not a setting (NAME=value) and was skipped" for line in odd_lines]
    warnings += _odd_names(path, values.keys(), names)
    usable = {name: value for name, value in values.items() if value and name not in names.process_only}
    return EnvFile(path=path, values=usable, warnings=tuple(warnings))


def _loose_permissions(path: Path, mode: int) -> list[str]:
    if not stat.S_ISREG(mode) or not mode & (stat.S_IRWXG | stat.S_IRWXO):
        return []
    return [
        f"loose permissions: {path} holds keys and is open to other users of this machine "
        f"(mode {stat.S_IMODE(mode):04o}); run: chmod 600 {path}"
    ]


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
