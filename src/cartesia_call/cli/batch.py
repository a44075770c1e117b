"""`batch`: call every row of a list, and tell the truth about each."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import click

from cartesia_call.cli import exit_status, terminal
from cartesia_call.cli.logs import tell_faults
from cartesia_call.cli.options import SettingsCommand, settings_of
from cartesia_call.cli.session import CommandSession, Failure
from cartesia_call.errors import InputError
from cartesia_call.settings.setting import OF_A_CALL, Command

if TYPE_CHECKING:
    from cartesia_call.calls.dial_list import DialList, Told
    from cartesia_call.cli.list_file import ListFile, Survey
    from cartesia_call.cli.list_report import ListTelling
    from cartesia_call.dial_list.rows import ListRow, ListRules
    from cartesia_call.ledger_ports import DialListRecord
    from cartesia_call.policy.number_list import NumberLists
    from cartesia_call.settings.model import Settings
    from cartesia_call.store.ledger import SqliteLedger
    from cartesia_call.wiring.dial_list import RowSettings
    from cartesia_call.wiring.line import Line


@click.command(cls=SettingsCommand)
@click.argument("file", metavar="FILE")
@settings_of(Command.BATCH)
def batch(file: str) -> int:
    """Call every row of FILE, a list as CSV with a column `to`; - is standard input.

    What is said is --message, with columns in braces, or the column `message`. Columns voice, language,
    timezone and not_after hold for their row. Everything is checked before anybody is called. Ctrl-C lets
    the calls that are up come to their end and calls nobody else; a second one hangs up. --resume goes on.

    \b
    cartesia-call batch people.csv --message "Hello {name}, your appointment is at {time}."
    cartesia-call batch people.csv --resume --message "Hello {name}, your appointment is at {time}."
    """
    from cartesia_call.cli.list_file import ListFile, survey
    from cartesia_call.wiring.line import run, skips_time

    session = CommandSession()
    with session.telling_failures(lambda failure: _failure_fields(failure, file)):
        order = _take_order(session, file)
        settings = order.settings
        with ListFile(file, order.rules, input_timeout_s=settings.input_timeout_s) as opened:
            if settings.dry_run:
                from cartesia_call.cli.list_dry_run import describe

                found = survey(opened, order.rows, settings)
                terminal.print_lines(describe(settings, found, opened.name))
                return 0
            skips = skips_time(settings)
            return run(_Batch(order, opened, session.environment, skips=skips).run(), skips=skips)


def _failure_fields(failure: Failure, file: str) -> dict[str, Any]:
    from cartesia_call.errors import DialListError

    problems = failure.error.problems if isinstance(failure.error, DialListError) else ()
    told = [
        {"line": problem.line, "column": problem.column, "reason": problem.reason, "hint": problem.hint}
        for problem in problems
    ]
    return failure.fields(list=file, problems=told)


@dataclasses.dataclass(frozen=True)
class Order:
    """What the command line asks for, checked but for the list itself: nothing was sent yet."""

    settings: Settings
    rules: ListRules
    rows: RowSettings
    lists: NumberLists
    message: str | None


def _take_order(session: CommandSession, file: str) -> Order:
    from cartesia_call.cli.list_results import check_place
    from cartesia_call.cli.people import read_lists
    from cartesia_call.cli.wording import message_of
    from cartesia_call.dial_list.rows import Duplicates, ListRules
    from cartesia_call.dial_list.template import Template
    from cartesia_call.wiring.dial_list import RowSettings
    from cartesia_call.wiring.line import check_rehearsal, unproven
    from cartesia_call.wiring.voices import check_fallback

    settings = session.read(OF_A_CALL)
    for warning in (*check_fallback(settings), *(() if settings.quiet else unproven(settings))):
        terminal.print_note(f"warning: {warning}")
    if settings.rehearse:
        check_rehearsal(settings)
    asked = settings.dial_list
    if asked.results is not None:
        check_place(asked.results, file)
    message = _message(settings)
    rules = ListRules(
        to_column=asked.to_column,
        template=None if message is None else Template.parse(message),
        duplicates=Duplicates(asked.duplicates),
        country=settings.country,
        home=settings.fences.home,
    )
    return Order(settings, rules, RowSettings(settings, message_of), read_lists(settings), message)


def _message(settings: Settings) -> str | None:
    """The text with placeholders; None: each row has its own."""
    from cartesia_call.cli.wording import message_file
    from cartesia_call.cli.message_input import read_message

    asked = settings.dial_list.message
    path = message_file(asked, settings)
    if asked is not None and path is not None:
        raise InputError("the message is given twice: --message and --file", hint="leave one of them out")
    if path is None:
        return asked
    return read_message(
        None, path, stdin=0, stdin_is_terminal=os.isatty(0), input_timeout_s=settings.input_timeout_s
    )


class _Batch:
    """One run of a list."""

    def __init__(
        self, order: Order, file: ListFile, environment: Mapping[str, str], *, skips: bool
    ) -> None:
        from cartesia_call.calls.interruption import Interruption
        from cartesia_call.clock import SystemClock

        self._order = order
        self._settings = order.settings
        self._file = file
        self._environment = environment
        self._skips = skips
        self._clock = SystemClock()
        self._interruption = Interruption()
        self._list: DialList[ListRow] | None = None
        self._drained_by: int | None = None

    async def run(self) -> int:
        """Call everybody; the exit status. Everything is printed when it returns."""
        from cartesia_call.cli import signals
        from cartesia_call.cli.list_report import end_fields
        from cartesia_call.wiring.line import open_ledger

        settings = self._settings
        journal = open_ledger(rehearsal=settings.rehearse, keeps_digits=settings.answering.keeps_digits)
        with signals.handled(self._stop, self._stop_again):
            record, is_new = await self._record(journal)
            if record.ended_at is not None:
                return await self._tell_end(journal, record)
            found = self._survey()
            if is_new:
                record = dataclasses.replace(record, rows=found.rows + found.bad_rows)
            with journal.hold(record.id):
                if is_new:
                    await journal.begin_list(record)
                return await self._call(journal, record, found)
