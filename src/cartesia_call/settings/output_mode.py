"""How a command is to answer, known even when its settings are wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cartesia_call.errors import SettingsError
from cartesia_call.settings.reader import Reader
from cartesia_call.settings.sources import (
    default_env_files,
    first_env_file,
    read_named_env_file,
    user_config_directory,
)
from cartesia_call.settings.table import known_names


@dataclass(frozen=True, kw_only=True)
class OutputMode:
    """What decides how even a refusal is printed."""

    json: bool
    rehearse: bool
    show_numbers: bool


def output_mode(
    command_line: Mapping[str, object], environ: Mapping[str, str], *, working_directory: Path
) -> OutputMode:
    """Looked up like every setting, and False where that is impossible. Never raises SettingsError."""
    places = default_env_files(working_directory, user_config_directory())
    reader = Reader(command_line, environ, places)
    with contextlib.suppress(SettingsError):
        named = reader.value("env_file")
        if isinstance(named, Path):
            reader.env_file = read_named_env_file(working_directory / named, known_names())
        else:
            reader.env_file = first_env_file(places, known_names())
    return OutputMode(
        json=reader.value("json") is True,
        rehearse=reader.value("rehearse") is True,
        show_numbers=reader.value("show_numbers") is True,
    )
