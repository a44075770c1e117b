"""One command's look-ups: which source sets a setting, what its text means, and everything that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from cartesia_call.declarations.setting import Setting, settings_in
from cartesia_call.declarations.trust import Trust
from cartesia_call.errors import InputError
from cartesia_call.records import dataclass
from cartesia_call.settings.env_file import EnvFile

COMMAND_LINE = "command line"
ENVIRONMENT = "environment"
ENV_FILE = "env file"
DEFAULT = "default"

T = TypeVar("T")
P = ParamSpec("P")

CommandLine = Mapping[Setting[object], str | None]
"""Each setting whose option the command offers, and its text; None where it was not given."""


@dataclass(frozen=True)
class Found:
    """A setting's text, which source holds it, how a message names that place, and how trusted it is."""

    text: str
    source: str
    where: str
    trust: Trust = Trust.PROCESS


class Reader:
    """Looks settings up and collects `problems` (sentences), `warnings` and `sources` on the way.

    `names_from_file` are those that the env file sets, and no more trusted place does.
    """

    def __init__(
        self,
        command_line: CommandLine,
        environ: Mapping[str, str],
        default_env_files: tuple[Path, ...],
    ) -> None:
        self._command_line = command_line
        self._environ = environ
        self._default_env_files = default_env_files
        self.env_file: EnvFile | None = None
        self.file_remarks: tuple[str, ...] = ()
        self.problems: list[str] = []
        self._missed: set[str] = set()
        self._init_helps = False
        self.warnings: list[str] = []
        self.sources: dict[str, str] = {}
        self.names_from_file: set[str] = set()
        self._read: dict[Setting[object], Found] = {}
        self._malformed: set[Setting[object]] = set()

    def find(self, setting: Setting[object]) -> Found | None:
        """The text of a setting in the first source that has it, under any of its names. None: unset."""
        return self._given(setting) or self.configured(setting)

    def _given(self, setting: Setting[object]) -> Found | None:
        given = self._command_line.get(setting)
        if given is None or setting.option is None:
            return None
        return Found(given, COMMAND_LINE, setting.option)

    def configured(self, setting: Setting[object]) -> Found | None:
        """The same beside the command line: what holds for every command. None, too, where the command does
        not offer the setting."""
        if setting.option is not None and setting not in self._command_line:
            return None
        for name in setting.names:
            if value := self._environ.get(name, "").strip():
                return Found(value, ENVIRONMENT, f"{name} in the environment")
        if self.env_file is not None:
            for name in setting.names:
                if value := self.env_file.values.get(name, ""):
                    self.names_from_file.add(name)
                    where = f"{name} in {self.env_file.path}"
                    return Found(value, ENV_FILE, where, self.env_file.trust)
        return None

    def offers(self, setting: Setting[object]) -> bool:
        """Whether the command takes it."""
        return setting in self._command_line

    def environment(self, name: str) -> str:
        """A variable of the process that is no setting of this program; empty where it is not set."""
        return self._environ.get(name, "")

    def value(self, setting: Setting[T]) -> T:
        """What it is set to, or what it is unset. A malformed text becomes a problem, and counts as unset."""
        found = self.find(setting)
        if found is None:
            if setting.default is not None:
                self.sources[setting.title] = DEFAULT
            return setting.unset()
        parsed = self._parsed(setting, found, setting.parse)
        # None may be what the text says, as in `--max-duration none`.
        return setting.unset() if self.is_malformed(setting) else cast(T, parsed)

    def read(self, kind: Callable[P, T], *given: P.args, **computed: P.kwargs) -> T:
        """A dataclass of which fields are declared as settings: each has its value, unless it is `computed`,
        as what is no setting of its own must be."""
        made = kind(*given, **computed)
        for name, setting in settings_in(kind).items():
            if name not in computed:
                object.__setattr__(made, name, self.value(setting))  # frozen once somebody has it
        return made

    def every(self, setting: Setting[T | None]) -> tuple[T, ...]:
        """What it is configured to and what the command line says, as far as there is either: of a fence,
        which the command line can only narrow, both hold."""
        founds = [found for found in (self.configured(setting), self._given(setting)) if found is not None]
        values = [self._parsed(setting, found, setting.parse) for found in founds]
        return tuple(value for value in values if value is not None)

    def parsed(self, setting: Setting[object], parse: Callable[[str], T]) -> T | None:
        """What the text says to another parser, one that knows other settings; None if it is unset."""
        found = self.find(setting)
        return None if found is None else self._parsed(setting, found, parse)

    def required(self, setting: Setting[T]) -> T:
        """`value`, and a problem if the setting is not set at all."""
        if self.find(setting) is None and setting.default is None:
            self.miss(setting)
        return self.value(setting)

    def is_malformed(self, setting: Setting[object]) -> bool:
        """Whether it was read, and is a problem of its own."""
        return setting in self._malformed

    def given_on_command_line(self, setting: Setting[object]) -> str | None:
        """The option, if it stands on the command line: elsewhere a setting may be meant for other calls."""
        found = self.find(setting)
        return found.where if found is not None and found.source == COMMAND_LINE else None

    def miss(self, setting: Setting[object], *, is_asked: bool = True) -> None:
        """Note that a setting is missing, and what to do; `missing_hint` says where it was looked for.

        `is_asked`: `init` asks for it, and a rehearsal does without.
        """
        others = [name for name in (setting.option, *setting.names) if name and name != setting.title]
        also = f" (or {' or '.join(others)})" if others else ""
        problem = f"{setting.title} is missing{also}" + (f": {setting.remedy}" if setting.remedy else "")
        self._missed.add(problem)
        self._init_helps = self._init_helps or is_asked
        self.problems.append(problem)

    def problems_in_order(self) -> list[str]:
        """What is missing comes last: it is much at first, and what was mistyped must not hide behind it."""
        return sorted(self.problems, key=self._missed.__contains__)

    def missing_hint(self, *, may_rehearse: bool) -> str | None:
        """Where all that is missing was looked for, and who helps; None if nothing is missing."""
        if not self._missed:
            return None
        looked = f"Looked in the environment and in {self._files()}."
        if not self._init_helps:
            return looked
        trying = "; add --rehearse to try without any" if may_rehearse else ""
        return f"{looked} `cartesia-call init` asks for keys{trying}."

    def refuse_strange_addresses(self) -> None:
        """No key goes to an address, proxy or program that a less trusted place than its own names."""
        keys = [found for setting, found in self._read.items() if setting.secret and not setting.leads_keys]
        for setting, address in self._read.items():
            key = next((found for found in keys if not address.trust.may_lead(found.trust)), None)
            if setting.leads_keys and key is not None:
                self.problems.append(
                    f"{address.where}, which others may write, would say where {key.where} goes: let the "
                    "file be yours alone (mode 0600), or set both in one place"
                )

    def _files(self) -> str:
        if self.env_file is not None:
            return "; ".join([str(self.env_file.path), *self.file_remarks])
        return "; ".join([" and ".join(map(str, self._default_env_files)), *self.file_remarks])

    def _parsed(self, setting: Setting[object], found: Found, parse: Callable[[str], T]) -> T | None:
        self.sources[setting.title] = found.source
        self._read[setting] = found
        if not found.text and not setting.may_be_empty:
            self._refuse(setting, f"{found.where} is empty: give it a value, or leave it out")
            return None
        try:
            return parse(found.text)
        except ValueError as error:
            self._refuse(setting, f"{found.where}: {error}")
        except InputError as error:
            self._refuse(setting, f"{found.where}: {error} {error.hint or ''}".strip())
        return None

    def _refuse(self, setting: Setting[object], problem: str) -> None:
        """A setting that is read twice is one problem."""
        if setting not in self._malformed:
            self._malformed.add(setting)
            self.problems.append(problem)
