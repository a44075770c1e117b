"""`worker`: call rows of lists that many machines share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cartesia_call.cli import terminal
from cartesia_call.cli.options import SettingsCommand, settings_of
from cartesia_call.cli.session import CommandSession
from cartesia_call.declarations.setting import OF_A_CALL, Command, Need

if TYPE_CHECKING:
    from cartesia_call.settings.model import Settings


@click.command(cls=SettingsCommand)
@settings_of(Command.WORKER)
def worker() -> int:
    """Call rows of the lists in a queue, until SIGTERM or SIGINT.

    How a list is called came with it from `batch --queue`; keys, caller ID, tunnel or public address are
    the worker's own. The first signal lets the calls that are up come to their end, a second one hangs up.
    With --json one object per attempt is printed.

    \b
    CARTESIA_CALL_QUEUE=postgresql://calls@db.example.com/calls cartesia-call worker --max-live 200
    """
    from cartesia_call.cli.people import read_lists
    from cartesia_call.cli.worker_run import WorkerRun
    from cartesia_call.wiring.line import run
    from cartesia_call.wiring.line_checks import check_rehearsal, unproven

    session = CommandSession()
    with session.telling_failures():
        settings = session.read(OF_A_CALL | {Need.QUEUE})
        for warning in () if settings.quiet else unproven(settings):
            terminal.print_note(f"warning: {warning}")
        _check(settings)
        if settings.rehearse:
            check_rehearsal(settings)
        worker_run = WorkerRun(session, settings, read_lists(settings))
        return run(worker_run.serve(settings.fleet.required_queue))


def _check(settings: Settings) -> None:
    from cartesia_call.cli.open_files import check_open_files

    check_open_files(rehearses=settings.rehearse)
