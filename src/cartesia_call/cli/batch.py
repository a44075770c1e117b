"""`batch`: call every row of a list, and tell the truth about each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from cartesia_call.cli import terminal
from cartesia_call.cli.options import ListCommand, files, settings_of
from cartesia_call.cli.session import CommandSession, Failure
from cartesia_call.declarations.setting import OF_A_CALL, Command
from cartesia_call.errors import InputError

if TYPE_CHECKING:
    from cartesia_call.cli.list_file import ListFile
    from cartesia_call.cli.list_run import Order
    from cartesia_call.cli.list_survey import Survey
    from cartesia_call.dial_list.rows import ListRow
    from cartesia_call.settings.model import Settings
    from cartesia_call.speech.message_text import Message

MOST_REMARKS = 20
"""Of so many different ones about tags in messages each is told."""


@click.command(cls=ListCommand)
@click.argument("path", metavar="FILE", shell_complete=files)
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
    from cartesia_call.cli.list_file import ListFile
    from cartesia_call.cli.list_run import ListRun
    from cartesia_call.cli.signals import stoppable
    from cartesia_call.wiring.line import run
    from cartesia_call.wiring.line_checks import skips_time

    session = CommandSession()
    with session.telling_failures(lambda failure: _failure_fields(failure, path)):
        order = _take_order(session, path)
        settings = order.settings
        with ListFile(path, order.rules, input_timeout_s=settings.limits.input_timeout_s) as opened:
            if settings.dry_run:
                from cartesia_call.cli.list_dry_run import describe

                terminal.print_lines(describe(settings, _survey(opened, order), opened.name))
                return 0
            if settings.fleet.queue is not None:
                from cartesia_call.cli.kept_rows import kept_rows
                from cartesia_call.cli.queued_batch import QueuedBatch

                with kept_rows() as kept:
                    found = _survey(opened, order, kept.keep)
                    queued = QueuedBatch(order, opened, session, kept.rows)
                    return run(stoppable(queued.run(settings.fleet.queue, found)))
            skips = skips_time(settings)
            list_run = ListRun(order, opened, session.environment, skips=skips)
            standing = run(stoppable(list_run.find()))
            if list_run.is_over(standing):
                return run(stoppable(list_run.tell_what_it_came_to(standing)))
            found = _survey(opened, order)
            return run(list_run.call(standing, found), skips=skips)


def _survey(file: ListFile, order: Order, keep: Callable[[ListRow], None] = lambda _: None) -> Survey:
    """What the list holds, its warnings told; `keep` is handed its good rows."""
    from cartesia_call.cli.list_survey import survey
    from cartesia_call.clock import SystemClock

    found = survey(file, order.rows, order.settings, SystemClock().utc_now(), keep)
    for warning in found.warnings():
        terminal.print_note(f"warning: {warning}")
    return found


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
    from cartesia_call.cli.people import opt_out_warnings, read_lists
    from cartesia_call.dial_list.rows import Duplicates, ListRules
    from cartesia_call.dial_list.template import Template
    from cartesia_call.wiring.dial_list import RowSettings
    from cartesia_call.wiring.line_checks import check_rehearsal, unproven
    from cartesia_call.wiring.taken_port import taken_port
    from cartesia_call.wiring.voices import check_fallback

    settings = session.read(OF_A_CALL)
    unproven_too = () if settings.quiet else unproven(settings)
    for warning in (*check_fallback(settings), *unproven_too, *opt_out_warnings(settings)):
        terminal.print_note(f"warning: {warning}")
    if not settings.dry_run and (taken := taken_port(settings)) is not None:
        terminal.print_note(f"warning: {taken}")
    check_open_files(rehearses=settings.rehearse)
    if settings.rehearse:
        check_rehearsal(settings)
    asked = settings.dial_list
    if asked.results is not None:
        check_place(asked.results, file)
    message = _message(settings, file)
    rules = ListRules(
        to_column=asked.to_column,
        template=None if message is None else Template.parse(message),
        duplicates=Duplicates(asked.duplicates),
        country=settings.country,
        home=settings.fences.home,
    )
    return Order(settings, rules, RowSettings(settings, _worded()), read_lists(settings), message)


def _worded() -> Callable[[str, Settings], Message]:
    """What makes messages of texts; what is to be told of their tags is told once, and not for each row."""
    from cartesia_call.cli.wording import message_and_remarks

    told: set[str] = set()

    def worded(text: str, settings: Settings) -> Message:
        message, remarks = message_and_remarks(text, settings)
        for remark in remarks:
            if remark not in told and len(told) < MOST_REMARKS:
                told.add(remark)
                terminal.print_note(f"warning: {remark}")
        return message

    return worded


def _message(settings: Settings, file: str) -> str | None:
    """The text with placeholders; None: each row has its own."""
    from cartesia_call.cli.message_input import read_message
    from cartesia_call.cli.wording import message_file

    asked = settings.dial_list.message
    path = message_file(asked, settings)
    if asked is not None and path is not None:
        raise InputError("the message is given twice: --message and --file", hint="leave one of them out")
    if path is None:
        return asked
    if path == file == "-":
        raise InputError(
            "both the list and its message are to come from standard input",
            hint="give one of them by the name of its file, or the message with --message",
        )
    return read_message(None, path, stdin=0, input_timeout_s=settings.limits.input_timeout_s)
