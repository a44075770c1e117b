"""`batch`: call every row of a list, and tell the truth about each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from cartesia_call.cli import terminal
from cartesia_call.cli.options import SettingsCommand, settings_of
from cartesia_call.cli.session import CommandSession, Failure
from cartesia_call.errors import InputError
from cartesia_call.settings.setting import OF_A_CALL, Command

if TYPE_CHECKING:
    from cartesia_call.cli.list_run import Order
    from cartesia_call.settings.model import Settings


@click.command(cls=SettingsCommand)
@click.argument("path", metavar="FILE")
@settings_of(Command.BATCH)
def batch(path: str) -> int:
    """Call every row of FILE, a list as CSV with a column `to`; - is standard input.

    What is said is --message, with columns in braces, or the column `message`. Columns voice, language,
    timezone and not_after hold for their row. Everything is checked before anybody is called. Ctrl-C lets
    the calls that are up come to their end and calls nobody else; a second one hangs up. --resume goes on.

    \b
    cartesia-call batch people.csv --message "Hello {name}, your appointment is at {time}."
    cartesia-call batch people.csv --resume --message "Hello {name}, your appointment is at {time}."
    """
    from cartesia_call.cli.list_file import ListFile, survey
    from cartesia_call.cli.list_run import ListRun
    from cartesia_call.cli.signals import stoppable
    from cartesia_call.wiring.line import run, skips_time

    session = CommandSession()
    with session.telling_failures(lambda failure: _failure_fields(failure, path)):
        order = _take_order(session, path)
        settings = order.settings
        with ListFile(path, order.rules, input_timeout_s=settings.input_timeout_s) as opened:
            if settings.dry_run:
                from cartesia_call.cli.list_dry_run import describe

                terminal.print_lines(describe(settings, survey(opened, order.rows, settings), opened.name))
                return 0
            skips = skips_time(settings)
            list_run = ListRun(order, opened, session.environment, skips=skips)
            record = run(stoppable(list_run.find()))
            if record.ended_at is not None:
                return run(stoppable(list_run.tell_what_it_came_to(record)))
            found = survey(opened, order.rows, settings)
            return run(list_run.call(record, found), skips=skips)


def _failure_fields(failure: Failure, file: str) -> dict[str, Any]:
    from cartesia_call.errors import DialListError

    problems = failure.error.problems if isinstance(failure.error, DialListError) else ()
    told = [
        {"line": problem.line, "column": problem.column, "reason": problem.reason, "hint": problem.hint}
        for problem in problems
    ]
    return failure.fields(list=file, problems=told)


def _take_order(session: CommandSession, file: str) -> Order:
    from cartesia_call.cli.list_results import check_place
    from cartesia_call.cli.list_run import Order
    from cartesia_call.cli.open_files import check_open_files
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
    check_open_files(rehearses=settings.rehearse)
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
    from cartesia_call.cli.message_input import read_message
    from cartesia_call.cli.wording import message_file

    asked = settings.dial_list.message
    path = message_file(asked, settings)
    if asked is not None and path is not None:
        raise InputError("the message is given twice: --message and --file", hint="leave one of them out")
    if path is None:
        return asked
    return read_message(
        None, path, stdin=0, stdin_is_terminal=os.isatty(0), input_timeout_s=settings.input_timeout_s
    )
