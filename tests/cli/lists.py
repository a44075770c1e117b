"""Dial lists as the command opens them, without a process."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from cartesia_call.cli.list_file import ListFile
from cartesia_call.cli.list_run import ListRun, Order
from cartesia_call.cli.list_survey import Survey, survey
from cartesia_call.dial_list.rows import Duplicates, ListRules
from cartesia_call.dial_list.template import Template
from cartesia_call.policy.number_list import NumberLists
from cartesia_call.settings.model import Settings
from cartesia_call.settings.resolve import resolve
from cartesia_call.speech.message_text import Message
from cartesia_call.wiring.dial_list import RowSettings
from tests.settings.machine import KEYS, OFFERED, command_line

HELLO = "Hello {name}."
NOON = datetime(2026, 11, 29, 17, 0, tzinfo=UTC)


def settings_of(environment: Mapping[str, str] = KEYS, /, **options: object) -> Settings:
    """Those of a live list with these options on the command line."""
    given = {**OFFERED, **command_line(**options)}
    return resolve(given, environment, working_directory=Path.cwd(), needs=frozenset())


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def opened(path: Path, *, message: str = HELLO, timeout_s: float = 5) -> ListFile:
    """The list at `path`; a context."""
    rules = ListRules(template=Template.parse(message))
    return ListFile(str(path), rules, input_timeout_s=timeout_s)


def row_settings(settings: Settings) -> RowSettings:
    return RowSettings(settings, lambda text, own: Message.of(text, own.language))


def surveyed(file: ListFile, settings: Settings) -> Survey:
    return survey(file, row_settings(settings), settings, NOON)


def list_run(file: ListFile, settings: Settings, *, message: str = HELLO) -> ListRun:
    rules = ListRules(template=Template.parse(message), duplicates=Duplicates.REFUSE)
    order = Order(settings, rules, row_settings(settings), NumberLists(do_not_call={}, allow={}), message)
    return ListRun(order, file, {}, skips=False)
