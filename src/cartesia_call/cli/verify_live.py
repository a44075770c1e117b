"""`verify-live`: one guided call, and what it says of everything that no document settles."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cartesia_call.cli import exit_status, terminal
from cartesia_call.cli.options import SettingsCommand, settings_of
from cartesia_call.cli.session import JSON_SCHEMA, CommandSession
from cartesia_call.conversation.parts import VOICEMAIL
from cartesia_call.declarations.setting import OF_A_CALL, Command, Setting
from cartesia_call.errors import InputError
from cartesia_call.settings import answering, asking, rehearsal
from cartesia_call.settings.output import TraceSettings
from cartesia_call.settings.reader import CommandLine

if TYPE_CHECKING:
    from cartesia_call.cli.dial import Order
    from cartesia_call.settings.model import Settings
    from cartesia_call.telephony.attempt import AttemptResult
    from cartesia_call.wiring.comparing import Comparison

MESSAGE = (
    "This is a test call of the program cartesia call. It finds out whether the telephone network does what "
    "the program believes. Please stay on the line for half a minute, and listen. There are a few more "
    "sentences like this one, so that the connection is open for long enough. Each takes some seconds. "
    "Nothing is asked of you but one key, at the end of all this. You need not say anything. Thank you for "
    "your patience."
)
"""Some thirty seconds: the first ping goes out after twenty."""

_MINUTES = 2
_REHEARSED_CALLEE = "answers,ring:1s,says:1s,presses:1@40s,amd:human@3s"
_GUIDED: dict[Setting[object], str | None] = {
    asking.ACK: "1",
    VOICEMAIL: "leave",
    answering.AMD: "both",
}
"""A key at the end, and the carrier's detection beside the stream: what a trace is to show."""


@click.command(name="verify-live", cls=SettingsCommand)
@click.argument("to", metavar="TO")
@click.option("--yes", is_flag=True, help="Place the call without asking.")
@settings_of(Command.VERIFY_LIVE)
def verify_live(*, to: str, yes: bool) -> int:
    """Call TO once, and say what that shows of everything that no document settles.

    One guided call of about a minute, to a telephone of yours: answer it, listen, and press 1 when you are
    asked to. What it costs is said first. The table names each belief of docs/assumptions.md, whether the
    call confirms or refutes it, and what it showed. --trace PATH keeps the trace, for a bug report.

    \b
    cartesia-call verify-live +12025550143 --trace call.jsonl
    cartesia-call verify-live --rehearse +12025550143
    """
    from cartesia_call.wiring.line import run
    from cartesia_call.wiring.line_checks import skips_time

    session = CommandSession(also_read=tuple(_GUIDED))
    with session.telling_failures():
        session.command_line = _guided(session.command_line, rehearses=session.mode.rehearse)
        settings = session.read(OF_A_CALL)
        with tempfile.TemporaryDirectory() as folder:
            kept = settings.trace
            trace = kept or TraceSettings(path=Path(folder) / "call.jsonl", keeps_audio=False)
            _refuse_unwritable(trace.path)
            order = _order(to, dataclasses.replace(settings, trace=trace), session)
            if not settings.rehearse:
                _confirm(order, is_wanted=yes)
            skips = skips_time(settings)
            result = run(_call(order), skips=skips)
            _tell(result, _compared(trace.path), settings)
    return exit_status.of_result(result)


def _guided(given: CommandLine, *, rehearses: bool) -> CommandLine:
    """The command line with what belongs to the call; a rehearsed callee does as they are asked."""
    guided: dict[Setting[object], str | None] = {**given, **_GUIDED}
    if rehearses and given.get(rehearsal.CALLEE) is None:
        guided[rehearsal.CALLEE] = _REHEARSED_CALLEE
    return guided


def _order(to: str, settings: Settings, session: CommandSession) -> Order:
    from cartesia_call.cli.dial import Order
    from cartesia_call.cli.people import read_lists, take_turns
    from cartesia_call.speech.message_text import Message, MessageText

    return Order(
        settings,
        MessageText.whole(Message.of(MESSAGE)),
        None,
        [],
        session.environment,
        take_turns(to, settings),
        read_lists(settings),
    )


def _refuse_unwritable(path: Path) -> None:
    """InputError: without its trace the call would be paid for and show nothing."""
    from cartesia_call.store.trace_file import trouble_with

    if trouble := trouble_with(path):
        raise InputError(trouble, hint="nothing was sent")


def _confirm(order: Order, *, is_wanted: bool) -> None:
    """State the cost and ask, unless that is settled. InputError where nobody can be asked, or for a no."""
    cost = (
        f"This places one real call to {order.to}: Twilio charges up to {_MINUTES} minutes to that number, "
        f"and one detection of machines, Cartesia some {len(MESSAGE) + 100} characters."
    )
    terminal.print_note(cost)
    if is_wanted:
        return
    if not sys.stdin.isatty():
        raise InputError("nobody can be asked whether that is wanted", hint="add --yes")
    if not click.confirm("Place it?", default=False, err=True):
        raise InputError("nothing was placed")


async def _call(order: Order) -> AttemptResult:
    """The call and the questions behind it; everything is in the trace when it returns."""
    from cartesia_call.calls.interruption import Interruption
    from cartesia_call.calls.verifying import ask_behind
    from cartesia_call.cli import signals
    from cartesia_call.cli.dial import escalation
    from cartesia_call.cli.live_line import NoDisplay
    from cartesia_call.clock import SystemClock
    from cartesia_call.wiring.line import open_line
    from cartesia_call.wiring.plan import voicing

    clock, interruption = SystemClock(), Interruption()

    def tell(result: AttemptResult, warnings: list[str]) -> None:
        for warning in warnings:
            terminal.print_note(f"warning: {warning}")

    def leave(number: int) -> None:
        os._exit(exit_status.SIGNAL_BASE + number)

    with signals.handled(interruption.raise_signal, leave):
        opened = open_line(
            order.settings, order.environment, clock=clock, observer=NoDisplay(), warn=terminal.warn
        )
        async with opened as line:
            people = escalation(order, line, interruption, tell, lambda: None)
            result = await people.run()
            if people.call is not None and interruption.signal_number is None:
                await ask_behind(
                    result,
                    caller_id=line.caller_id,
                    carrier=line.new_carrier(),
                    voice=line.ports.voices[0],
                    voicing=voicing(order.settings, voice_id=line.voice_id),
                )
    return result


def _compared(path: Path) -> Comparison:
    from cartesia_call.cli.comparing import read
    from cartesia_call.wiring.comparing import compare_trace

    return compare_trace(read(str(path)), tolerance_ms=500.0)


def _tell(result: AttemptResult, compared: Comparison, settings: Settings) -> None:
    from cartesia_call.cli.comparing import fields, print_beliefs, summary
    from cartesia_call.cli.render import human_line

    kept = None if settings.trace is None else str(settings.trace.path)
    if settings.json:
        outcome = None if result.outcome is None else result.outcome.value
        told = {"outcome": outcome, "exit_code": exit_status.of_result(result), "call_sid": result.call_sid}
        told |= {"rehearsal": result.rehearsal, "trace": kept}
        terminal.print_result(json.dumps({"schema": JSON_SCHEMA, **told, **fields(compared)}))
    else:
        print_beliefs(compared)
    terminal.print_note(human_line(result, number=terminal.masked(result.to)))
    terminal.print_note(summary(compared))
    if result.rehearsal:
        terminal.print_note("REHEARSAL: every answer came from the built-in network, none from a vendor")
    elif compared.differences:
        terminal.print_note(
            "please report the differences, with the trace: it holds nothing of yours (docs/tracing.md)"
            if kept
            else "please report the differences; --trace PATH keeps the trace of another call for that"
        )
