"""What `check` says about the settings, and which of them it goes on with."""

from __future__ import annotations

from collections.abc import Mapping

from cartesia_call.checking.findings import Finding, failed, passed, warned
from cartesia_call.cli.session import working_directory
from cartesia_call.declarations.setting import OF_A_CALL, Command, Need
from cartesia_call.errors import InputError, SettingsError
from cartesia_call.settings import output
from cartesia_call.settings.model import Settings
from cartesia_call.settings.reader import COMMAND_LINE, DEFAULT, ENV_FILE, ENVIRONMENT, CommandLine
from cartesia_call.settings.resolve import resolve
from cartesia_call.settings.table import TABLE
from cartesia_call.wiring.line_checks import check_rehearsal

SETTINGS = "settings"

_ABOUT_A_CALL = frozenset(
    setting.title
    for setting in TABLE
    if setting not in output.SECTION.settings and (not setting.options or Command.DIAL in setting.commands)
)


def about_settings(command_line: CommandLine, environment: Mapping[str, str]) -> Finding:
    """The line about everything that `dial` would read, `check`'s own options among it."""
    try:
        settings = _read({**dict.fromkeys(TABLE), **command_line}, environment, OF_A_CALL)
    except (SettingsError, InputError) as error:
        return failed(SETTINGS, error)
    sources = {title: source for title, source in settings.sources.items() if title in _ABOUT_A_CALL}
    if settings.env_file is not None:
        in_file = f"env file {settings.env_file}"
        sources = {title: in_file if source == ENV_FILE else source for title, source in sources.items()}
    detail = _by_source(sources)
    if settings.warnings:
        return warned(SETTINGS, detail, "; ".join(settings.warnings), **sources)
    return passed(SETTINGS, detail, **sources)


def usable_settings(command_line: CommandLine, environment: Mapping[str, str]) -> Settings | None:
    """As many settings as can be used: what lacks one is None in them. None if not even the options can."""
    usable = frozenset(need for need in OF_A_CALL if _suffices(command_line, environment, need))
    try:
        return _read(command_line, environment, usable)
    except (SettingsError, InputError):
        return None


def _suffices(command_line: CommandLine, environment: Mapping[str, str], need: Need) -> bool:
    try:
        _read(command_line, environment, frozenset({need}))
    except (SettingsError, InputError):
        return False
    return True


def _read(command_line: CommandLine, environment: Mapping[str, str], needs: frozenset[Need]) -> Settings:
    settings = resolve(command_line, environment, working_directory=working_directory(), needs=needs)
    if settings.rehearse:
        check_rehearsal(settings)
    return settings


def _by_source(sources: Mapping[str, str]) -> str:
    """`environment: A, B; 17 defaults`, never a value."""
    order = (COMMAND_LINE, ENVIRONMENT, ENV_FILE)
    parts = []
    for known in order:
        titles = sorted(title for title, source in sources.items() if source.startswith(known))
        if titles:
            parts.append(f"{sources[titles[0]]}: {', '.join(titles)}")
    defaults = sum(source == DEFAULT for source in sources.values())
    return "; ".join([*parts, f"{defaults} defaults"])
