"""`line up`, `line status`, `line down`: one public line that all calls of this machine share."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING

import click

from cartesia_call.cli import exit_status, signals, terminal
from cartesia_call.cli.detaching import Detached
from cartesia_call.cli.options import SettingsCommand, settings_of
from cartesia_call.cli.session import JSON_SCHEMA, CommandSession
from cartesia_call.declarations.setting import Command, Need
from cartesia_call.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartesia_call.settings.model import Settings
    from cartesia_call.wiring.kept_line import LineState

_NEEDS = frozenset({Need.PATH})
KEEPS_UP = "line up"


@click.group()
def line() -> None:
    """Keep one public line open that all calls share.

    Calls that run at the same time share a line by themselves. One that is kept up saves each the seconds
    that opening it takes.

    \b
    cartesia-call line up --detach
    cartesia-call dial +12025550143 "The database is down."
    cartesia-call line down
    """


@line.command(cls=SettingsCommand)
@click.option(
    "--for",
    "duration",
    metavar="DURATION",
    envvar="CARTESIA_CALL_FOR",
    show_envvar=True,
    help="End by itself after so long, such as 8h; without it, at a signal or `line down`.",
)
@click.option(
    "--detach/--no-detach",
    default=False,
    envvar="CARTESIA_CALL_DETACH",
    show_envvar=True,
    help="Go on in the background, and return once the line is up.",
)
@settings_of(Command.LINE_UP)
def up(*, duration: str | None, detach: bool) -> int:
    """Open the line and keep it up.

    It is proven every 15 seconds, and opened anew when it leads here no more. SIGINT, SIGTERM and `line down`
    end it, with exit status 0; calls that are on it then keep it until they are over.

    \b
    cartesia-call line up
    cartesia-call line up --for 8h --detach
    """
    from cartesia_call.wiring.kept_line import keeper_of_line
    from cartesia_call.wiring.line import run

    session = CommandSession()
    settings = session.read(_NEEDS)
    for_s = None if duration is None else _duration_s(duration)
    if not detach:
        return run(_keep_up(settings, session.environment, for_s, None))
    if (keeper := keeper_of_line(settings)) is not None:
        terminal.print_note(f"the public line is kept up by the process {keeper} already")
        return 0
    with Detached() as detached:
        if detached.is_here:
            return detached.wait()
        return run(_keep_up(settings, session.environment, for_s, detached))


@line.command(cls=SettingsCommand)
@settings_of(Command.LINE_STATUS)
def status() -> int:
    """Show whether a line is open, and who is on it.

    Exits with 0 if there is one, with 24 if not: a call would open its own.

    \b
    cartesia-call line status --json
    """
    from cartesia_call.wiring.kept_line import state_of_line
    from cartesia_call.wiring.line import run

    session = CommandSession()
    with session.telling_failures():
        settings = session.read(_NEEDS)
        found = run(signals.stoppable(state_of_line(settings)))
    code = exit_status.NO_PUBLIC_PATH if found.line is None else 0
    if settings.json:
        terminal.print_result(terminal.json_line({**_fields(found), "exit_code": code, "error": None}))
    elif found.line is None:
        terminal.print_note("no public line is open: the next call opens one")
    else:
        _print(found)
    return code


@line.command(cls=SettingsCommand)
@settings_of(Command.LINE_DOWN)
def down() -> None:
    """End the `line up` of this machine, and wait for its end.

    Calls that are on the line keep it until they are over. If nothing keeps it up, that is said, and fine.

    \b
    cartesia-call line down
    """
    from cartesia_call.wiring.kept_line import end_kept_line, state_of_line
    from cartesia_call.wiring.line import run

    settings = CommandSession().read(_NEEDS)

    async def end() -> tuple[int | None, LineState]:
        return await end_kept_line(settings), await state_of_line(settings)

    ended, left = run(signals.stoppable(end()))
    if settings.quiet:
        return
    if ended is None:
        terminal.print_note("nothing keeps a public line up")
    elif left.line is None:
        terminal.print_result("the public line is down")
    else:
        terminal.print_result(
            f"the public line is kept up no longer; {_count(left)} on it, and it ends with the last"
        )


def _duration_s(text: str) -> float:
    from cartesia_call.audio.durations import parse_duration_s

    try:
        return parse_duration_s(text)
    except ValueError as error:
        raise InputError(f"--for: {error}") from None


async def _keep_up(
    settings: Settings, environment: Mapping[str, str], for_s: float | None, detached: Detached | None
) -> int:
    """Until a signal, or for so many seconds; the exit status. A signal before it is up interrupts."""
    numbers: list[int] = []
    up = asyncio.Event()
    over = asyncio.Event()

    def stop(number: int) -> None:
        numbers.append(number)
        over.set()

    with signals.handled(stop, lambda number: os._exit(exit_status.SIGNAL_BASE + number)):
        keeping = asyncio.create_task(_kept(settings, environment, for_s, detached, up))
        waiting = asyncio.create_task(over.wait())
        await asyncio.wait({keeping, waiting}, return_when=asyncio.FIRST_COMPLETED)
        for task in (keeping, waiting):
            task.cancel()
        await asyncio.wait({keeping, waiting})
    if not keeping.cancelled():
        keeping.result()
    return 0 if up.is_set() else exit_status.SIGNAL_BASE + numbers[0]


async def _kept(
    settings: Settings,
    environment: Mapping[str, str],
    for_s: float | None,
    detached: Detached | None,
    up: asyncio.Event,
) -> None:
    from cartesia_call.wiring.kept_line import kept_up, look_after

    async with kept_up(settings, environment, does=KEEPS_UP) as (line, public_url):
        up.set()
        if not settings.quiet:
            terminal.print_note(f"the public line is up: {public_url}")
        for warning in line.warnings:
            terminal.print_note(f"warning: {warning}")
        if detached is not None:
            detached.tell_ready()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(for_s):
                if settings.path.no_probe:
                    await asyncio.Event().wait()
                await look_after(line, public_url, terminal.print_note)


def _fields(found: LineState) -> dict[str, object]:
    line = found.line
    return {
        "schema": JSON_SCHEMA,
        "up": line is not None,
        "public_url": None if line is None else line.public_url,
        "opened_at": None if line is None else line.opened_at,
        "agent_pid": None if line is None or line.agent is None else line.agent.pid,
        "kept_up_by": found.kept_up_by,
        "processes": [{"pid": state.pid, "does": state.does} for state in found.processes],
    }


def _print(found: LineState) -> None:
    assert found.line is not None  # noqa: S101  # whoever calls saw it
    terminal.print_result(f"{found.line.public_url} since {found.line.opened_at}")
    kept_up = "nobody" if found.kept_up_by is None else f"the process {found.kept_up_by}"
    terminal.print_result(f"kept up by {kept_up}, {_count(found)} on it")


def _count(found: LineState) -> str:
    calling = sum(state.does != KEEPS_UP for state in found.processes)
    return f"{calling} process{'' if calling == 1 else 'es'} with calls"
