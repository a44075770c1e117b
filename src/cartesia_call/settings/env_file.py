"""One env file: what it sets, what it may not set, and what is odd about it."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from cartesia_call.declarations.trust import WHAT_IS_FOUND_MAY_SET, Trust
from cartesia_call.errors import SettingsError
from cartesia_call.records import dataclass
from cartesia_call.settings.strange_names import strange_names

_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, kw_only=True)
class EnvFile:
    """One env file as it was read.

    `values` holds what is set, not empty and may be set there, without interpolation. `problems` name the
    lines that set nothing, and what it sets and may not.
    """

    path: Path
    trust: Trust
    values: Mapping[str, str]
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class KnownNames:
    """What names mean to an env file: the least trusted place that may set each of them, and which of them
    make a file that was found `ours`."""

    least_trust: Mapping[str, Trust]
    ours: frozenset[str]


def env_file(
    path: Path,
    content: bytes,
    *,
    mode: int,
    names: KnownNames,
    trust: Trust,
    own_file: Path | None = None,
) -> EnvFile:
    """What `content` says. `own_file` is where the user's own settings stand, as a problem tells it.

    SettingsError if it is no text.
    """
    try:
        values, odd_lines = values_of(content, errors="strict")
    except UnicodeDecodeError as error:
        raise SettingsError(
            [f"the env file {path} is not UTF-8 text (byte {error.start})"],
            hint="Save it as UTF-8, or name another file with --env-file.",
        ) from None
    set_here = {name: value for name, value in values.items() if value}
    strange = strange_names(values, str(path), names.least_trust.keys(), in_file=True)
    refused = [name for name in set_here if names.least_trust.get(name, trust) > trust]
    return EnvFile(
        path=path,
        trust=trust,
        values={name: value for name, value in set_here.items() if name not in refused},
        problems=(
            *(f"{path}, line {line}, is not a setting (NAME=value)" for line in odd_lines),
            *strange.problems,
            *_problems(path, refused, names, own_file),
        ),
        warnings=(*_loose_permissions(path, mode), *strange.warnings),
    )


def values_of(content: bytes, *, errors: str) -> tuple[dict[str, str], list[int]]:
    """Values by name, and the numbers of odd lines; UnicodeDecodeError unless `errors` says otherwise."""
    from cartesia_call.settings.env_text import read_values

    return read_values(content.decode("utf-8-sig", errors))


def _problems(path: Path, refused: list[str], names: KnownNames, own_file: Path | None) -> Iterable[str]:
    """One sentence for all that another place may set, one for what no file may."""
    of_the_process = [name for name in refused if names.least_trust[name] is Trust.PROCESS]
    elsewhere = [name for name in refused if name not in of_the_process]
    if elsewhere:
        yield (
            f"{path} sets {_listed(elsewhere)}: a file that is only found may set nothing but "
            f"{WHAT_IS_FOUND_MAY_SET}, for whoever filled the directory may have written it; put the others "
            f"into the environment or {own_file}, or name the file: --env-file {path}"
        )
    if of_the_process:
        yield (
            f"{path} sets {_listed(of_the_process)}, which no file may: it is read from the process "
            "environment only; export it there, and take it out of the file"
        )


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


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
