"""`check`: prove before ringing anybody that a `dial` would work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NoReturn

import click

from cartesia_call.checking.findings import failed
from cartesia_call.cli import signals, terminal
from cartesia_call.cli.check_report import Report
from cartesia_call.cli.options import SettingsCommand, settings_of
from cartesia_call.cli.session import CommandSession
from cartesia_call.declarations.setting import Command
from cartesia_call.errors import InputError, TunnelError
from cartesia_call.settings.output import QUIET
from cartesia_call.settings.people_files import FILE_MARK, one_callee

if TYPE_CHECKING:
    from cartesia_call.settings.model import Settings


@click.command(cls=SettingsCommand)
@click.option(
    "--to",
    metavar="NUMBER",
    envvar="CARTESIA_CALL_TO",
    help="Check also what can be known about this number; @FILE: the one in that file.",
)
@click.option(
    "--no-spend",
    is_flag=True,
    envvar="CARTESIA_CALL_NO_SPEND",
    help="Do not have Cartesia say a word, which costs three characters.",
)
@click.option(
    "--install-agent", is_flag=True, help="First download the current ngrok agent from ngrok's own server."
)
@settings_of(Command.CHECK)
def check(*, to: str | None, no_spend: bool, install_agent: bool) -> int:
    """Check line by line, without calling anybody, what a call needs.

    Proven are settings, credentials, caller ID, voice and public path; with --to also what is known of the
    number before it is called. Whether Twilio takes the call, and whether its media stream comes and lasts,
    only a call can show.

    Exits with what `dial --fallback none` would meet first, 0 if nothing. A warning or a skipped line fails
    nothing. With --rehearse the built-in network is checked, which costs nothing.

    \b
    cartesia-call check
    cartesia-call check --to +12025550143 --json
    """
    session = CommandSession()
    mode = session.mode
    report = Report(is_json=mode.json, is_rehearsal=mode.rehearse, width=terminal.width())
    with session.telling_failures(lambda failure: report.fields(failure.status)):
        if install_agent and mode.rehearse:
            _refuse_download(report, is_json=mode.json)
        _check(report, session, to=to, spends=not no_spend, installs_agent=install_agent)
    return report.finish()


def _refuse_download(report: Report, *, is_json: bool) -> NoReturn:
    from cartesia_call.cli.check_settings import SETTINGS

    error = InputError(
        "--install-agent downloads from the internet, which a rehearsal leaves alone",
        hint="leave out --install-agent, or --rehearse and CARTESIA_CALL_REHEARSE",
    )
    if is_json:  # for people it is no finding but a sentence
        report.add(failed(SETTINGS, error))
    raise error


def _install_agent(*, quiet: bool) -> TunnelError | None:
    """Why the agent could not be had, or None: the other lines are of use without it, too."""
    from cartesia_call.cli.agent_download import install_agent

    try:
        path = install_agent(quiet=quiet)
    except TunnelError as error:
        return error
    if not quiet:
        terminal.print_note(f"installed {path}")
    return None


def _check(
    report: Report, session: CommandSession, *, to: str | None, spends: bool, installs_agent: bool
) -> None:
    from cartesia_call.checking.path import AGENT
    from cartesia_call.cli.check_settings import about_settings, usable_settings
    from cartesia_call.wiring.line import run
    from cartesia_call.wiring.line_checks import skips_time

    finding = about_settings(session.command_line, session.environment)
    settings = usable_settings(session.command_line, session.environment)
    report.is_quiet = settings.quiet if settings is not None else session.command_line[QUIET] is not None
    if settings is not None:
        session.begin(settings)
        report.other_carrier = settings.other_carrier
    report.add(finding)
    download_failed = _install_agent(quiet=report.is_quiet) if installs_agent else None
    if settings is not None:
        environment = session.environment
        to = _number_in_file(to, settings, report)
        look = _look(report, settings, environment, to=to, spends=spends, download_failed=download_failed)
        run(signals.stoppable(look), skips=skips_time(settings))
    elif download_failed is not None:
        report.add(failed(AGENT, download_failed))


def _number_in_file(to: str | None, settings: Settings, report: Report) -> str | None:
    """The number that `@FILE` stands for; a file that cannot be read as one is a line of its own."""
    from cartesia_call.checking.number import NUMBER

    if to is None or not to.startswith(FILE_MARK):
        return to
    try:
        return one_callee(to, country=settings.country).e164
    except InputError as error:
        report.add(failed(NUMBER, error))
        return None


async def _look(
    report: Report,
    settings: Settings,
    environment: Mapping[str, str],
    *,
    to: str | None,
    spends: bool,
    download_failed: TunnelError | None,
) -> None:
    from cartesia_call.checking.checkup import Checkup
    from cartesia_call.checking.number import NUMBER
    from cartesia_call.cli.people import read_lists
    from cartesia_call.clock import SystemClock
    from cartesia_call.policy.number_list import NumberLists
    from cartesia_call.wiring.checkup import open_checkup

    lists = NumberLists()
    if to is not None:
        try:
            lists = read_lists(settings)
        except InputError as error:
            report.add(failed(NUMBER, error))
            to = None
    opened = open_checkup(
        settings,
        environment,
        to=to,
        lists=lists,
        spends=spends,
        clock=SystemClock(),
        download_failed=download_failed,
        warn=terminal.warn,
    )
    async with opened as (plan, ports):
        terminal.mask_too([plan.caller_id])
        await Checkup(plan, ports).run(report.add)
