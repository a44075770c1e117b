"""`check`: prove before ringing anybody that a `dial` would work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from cartesia_call.checking.findings import failed
from cartesia_call.cli import exit_status, signals, terminal
from cartesia_call.cli.check_report import Report
from cartesia_call.cli.env_place import working_directory
from cartesia_call.cli.options import SettingsCommand, common_options, setting_options
from cartesia_call.cli.signals import Stopped
from cartesia_call.errors import CartesiaCallError, TunnelError

if TYPE_CHECKING:
    from cartesia_call.settings.model import Settings

OPTION_KEYS = (
    *("caller_id", "country", "fallback", "voice_id", "model_id", "language"),
    *("ngrok_domain", "tunnel", "public_url", "bind", "allow_remote_bind", "no_probe", "no_verify_signature"),
    *("connect_timeout", "tunnel_timeout", "speech_timeout"),
    *("rehearse", "faults"),
)
"""What decides whether a call would work. Other settings of `dial` are read, without an option here."""


@click.command(cls=SettingsCommand)
@setting_options(OPTION_KEYS)
@click.option(
    "--to",
    metavar="NUMBER",
    envvar="CARTESIA_CALL_TO",
    help="Check also what can be known about this number.",
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
@common_options
def check(*, to: str | None, no_spend: bool, install_agent: bool, **command_line: Any) -> int:
    """Prove that a call would work, line by line, without calling anybody.

    Exits with what `dial --fallback none` would meet first, 0 if nothing. A warning or a skipped line fails
    nothing. With --rehearse the built-in network is checked, which costs nothing.

    \b
    cartesia-call check
    cartesia-call check --to +12025550143 --json
    """
    from cartesia_call.settings.output_mode import output_mode
    from cartesia_call.settings.sources import process_environment

    environment = process_environment()
    mode = output_mode(command_line, environment, working_directory=working_directory())
    terminal.show_numbers(mode.show_numbers)
    report = Report(is_json=mode.json, is_rehearsal=mode.rehearse)
    try:
        if install_agent:
            _install_agent(report)
        _check(report, command_line, environment, to=to, spends=not no_spend)
    except (Exception, Stopped) as error:
        if mode.json:
            report.print_object(_status_of(error))
        raise
    return report.finish()


def _status_of(error: Exception | Stopped) -> int:
    if isinstance(error, Stopped):
        return exit_status.SIGNAL_BASE + error.number
    return exit_status.of_error(error) if isinstance(error, CartesiaCallError) else exit_status.BUG


def _install_agent(report: Report) -> None:
    from cartesia_call.checking.path import AGENT
    from cartesia_call.cli.agent_download import install_agent

    try:
        terminal.print_note(f"installed {install_agent()}")
    except TunnelError as error:
        report.add(failed(AGENT, error))
        raise


def _check(
    report: Report,
    command_line: dict[str, Any],
    environment: dict[str, str],
    *,
    to: str | None,
    spends: bool,
) -> None:
    from cartesia_call.cli.check_settings import about_settings, usable_settings
    from cartesia_call.cli.logs import configure_logging
    from cartesia_call.wiring.line import run

    finding = about_settings(command_line, environment)
    settings = usable_settings(command_line, environment)
    if settings is not None:
        report.is_quiet = settings.quiet
        configure_logging(settings.verbose)
        terminal.hide(settings.secrets)
    report.add(finding)
    if settings is not None:
        run(signals.stoppable(_look(report, settings, environment, to=to, spends=spends)))


async def _look(
    report: Report, settings: Settings, environment: Mapping[str, str], *, to: str | None, spends: bool
) -> None:
    from cartesia_call.checking.checkup import Checkup
    from cartesia_call.clock import SystemClock
    from cartesia_call.wiring.checkup import open_checkup

    clock = SystemClock(settings.time_scale)
    async with open_checkup(settings, environment, to=to, spends=spends, clock=clock) as (plan, ports):
        terminal.mask_too([plan.caller_id])
        await Checkup(plan, ports).run(report.add)
