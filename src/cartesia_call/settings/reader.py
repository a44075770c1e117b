"""One command's look-ups: which source sets a setting, what its text means, and everything that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cartesia_call.errors import InputError
from cartesia_call.settings.setting import Setting
from cartesia_call.settings.sources import EnvFile
from cartesia_call.settings.table import BY_KEY

COMMAND_LINE = "command line"
ENVIRONMENT = "environment"
ENV_FILE = "env file"
DEFAULT = "default"


@dataclass(frozen=True)
class Found:
    """A setting's text, which source holds it, and how a message names that place."""

    text: str
    source: str
    where: str


class Reader:
    """Looks settings up and collects `problems` (sentences), `warnings` and `sources` on the way."""

    def __init__(
        self,
        command_line: Mapping[str, object],
        environ: Mapping[str, str],
        default_env_files: tuple[Path, ...],
    ) -> None:
        self._command_line = command_line
        self._environ = environ
        self._default_env_files = default_env_files
        self.env_file: EnvFile | None = None
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self.sources: dict[str, str] = {}
        self._values: dict[str, object] = {}

    def find(self, key: str) -> Found | None:
        """The text of a setting in the first source that has it, under any of its names. None: unset."""
        setting = BY_KEY[key]
        if setting.option is not None:
            if key not in self._command_line:
                return None
            given = _as_text(self._command_line[key])
            if given is not None:
                return Found(given, COMMAND_LINE, setting.option)
        for name in setting.names:
            if value := self._environ.get(name, "").strip():
                return Found(value, ENVIRONMENT, f"{name} in the environment")
        if self.env_file is not None:
            for name in setting.names:
                if value := self.env_file.values.get(name, ""):
                    return Found(value, ENV_FILE, f"{name} in {self.env_file.path}")
        return None

    def value(self, key: str, *, parse: Callable[[str], object] | None = None) -> Any:
        """The parsed value or default, None if there is neither. A malformed text becomes a problem.

        The type is what the table's parser, or `parse` in its place, returns.
        """
        if key not in self._values:
            self._values[key] = self._read(BY_KEY[key], parse)
        return self._values[key]

    def required(self, key: str) -> Any:
        """`value`, and a problem if the setting is not set at all."""
        if self.find(key) is None and BY_KEY[key].default is None:
            self.miss(key)
        return self.value(key)

    def given_on_command_line(self, key: str) -> str | None:
        """The option, if it stands on the command line: elsewhere a setting may be meant for other calls."""
        found = self.find(key)
        return found.where if found is not None and found.source == COMMAND_LINE else None

    def miss(self, key: str) -> None:
        """Note that a setting is missing: where it was looked for, and what to do."""
        setting = BY_KEY[key]
        others = [name for name in setting.names if name != setting.title]
        also = f" (as is {' and '.join(others)})" if others else ""
        places = ["not in the environment", f"not in {self._files()}"]
        if setting.option is not None:
            places.insert(0, f"not on the command line ({setting.option})")
        self.problems.append(
            f"{setting.title} is missing{also}: {', '.join(places)}"
            + (f"; {setting.remedy}" if setting.remedy else "")
        )

    def _files(self) -> str:
        if self.env_file is not None:
            return str(self.env_file.path)
        return f"an env file (looked for {' and '.join(map(str, self._default_env_files))})"

    def _read(self, setting: Setting, parse: Callable[[str], object] | None) -> object:
        found = self.find(setting.key)
        if found is None:
            if setting.default is None:
                return None
            self.sources[setting.title] = DEFAULT
            return setting.parse(setting.default)
        self.sources[setting.title] = found.source
        if not found.text and not setting.may_be_empty:
            self.problems.append(f"{found.where} is empty: give it a value, or leave it out")
            return None
        try:
            return (parse or setting.parse)(found.text)
        except ValueError as error:
            self.problems.append(f"{found.where}: {error}")
        except InputError as error:
            self.problems.append(f"{found.where}: {error} {error.hint or ''}".strip())
        return None


def _as_text(given: object) -> str | None:
    """A value as click gives it, in the text form that every source shares. None: not given."""
    if given is None or given == ():
        return None
    if isinstance(given, bool):
        return "1" if given else "0"
    if isinstance(given, tuple | list):
        return ",".join(map(str, given))
    return str(given).strip()
