"""`dial`: call a number, speak, tell the truth in the exit status."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import click

from cartesia_call.cli import exit_status, signals, terminal
from cartesia_call.cli.dial_command import DialCommand
from cartesia_call.cli.options import settings_of
from cartesia_call.cli.session import CommandSession, Failure
from cartesia_call.cli.signals import Stopped
from cartesia_call.cli.starting import PLACES, LeavingPlace, leaving_place
from cartesia_call.declarations.setting import OF_A_CALL, Command
from cartesia_call.errors import SettingsError
from cartesia_call.loggers import logger_of
from cartesia_call.records import dataclass

if TYPE_CHECKING:
    from cartesia_call.alerts.notices import Alert
    from cartesia_call.calls.escalation import Escalation
    from cartesia_call.calls.interruption import Interruption
    from cartesia_call.cli.pipe import Pipe
    from cartesia_call.policy.number_list import NumberLists
    from cartesia_call.policy.retry import EscalationPlan
    from cartesia_call.settings.model import Settings
    from cartesia_call.speech.message_text import MessageText
    from cartesia_call.telephony.attempt import AttemptResult
    from cartesia_call.wiring.line import Line

logger = logger_of(__name__)

TONES = "a tone stands for each word; the extra `offline` brings a real voice"
"""What a rehearsal sounds like where no voice is installed."""


@click.command(cls=DialCommand)
@click.argument("to", metavar="TO", required=False)
@click.argument("message", metavar="[MESSAGE]", required=False)
@settings_of(Command.DIAL)
def dial(to: str | None, message: str | None) -> int:
    """Call TO, speak MESSAGE, hang up, and exit with what happened.

    TO is a telephone number such as +12025550143, sip:user@host, or @FILE: the number in that file. MESSAGE
    is one word, in quotes; - reads it from standard input. Put -- before a message that begins with a dash.
    Command lines are shown to everybody on this machine, files are not.

    \b
    cartesia-call dial +12025550143 "The database is down."
    cartesia-call dial --rehearse +12025550143 "Hello" --save-audio call.wav
    """
    from cartesia_call.cli.usage import told_apart

    session = CommandSession()
    with session.telling_failures(lambda failure: _failure_fields(failure, to, session.mode.rehearse)):
        if PLACES.stopped_by is not None:
            raise Stopped(PLACES.stopped_by)
        to, message = told_apart(to, message, session)
        order = _take_order(to, message, session)
        if PLACES.has_waited:
            logger.info("other calls that began on this machine came first")
        if order.is_silent:
            from cartesia_call.cli.alert_input import report_resolved

            return report_resolved(order.to, order.settings)
        if order.settings.dry_run:
            from cartesia_call.cli.dry_run import describe

            terminal.print_lines(describe(order.settings, order.turns, order.text.message))
            return 0
        if order.settings.print_only:
            from cartesia_call.cli.wording import shown

            terminal.print_lines(shown(order.text.message.text, order.settings))
            return 0
        from cartesia_call.wiring.line import run
        from cartesia_call.wiring.line_checks import skips_time

        # Whoever writes to the pipe lives in real time.
        skips = skips_time(order.settings) and order.pipe is None
        return run(_dial(order, skips=skips), skips=skips)


@dataclass(frozen=True)
class Order:
    """What the command line asks for, checked: nothing was sent yet. `lists`: who is never called, who alone.

    `pipe` brings the rest of a message that is still being written; what is to be told of it is added to
    `remarks`. `alert` is what a monitor sent, of which the text was made.
    """

    settings: Settings
    text: MessageText
    pipe: Pipe | None
    remarks: list[str]
    environment: Mapping[str, str]
    turns: EscalationPlan
    lists: NumberLists
    alert: Alert | None = None

    @property
    def is_silent(self) -> bool:
        """Whether nobody is called: about an alert that is over."""
        is_over = self.alert is not None and self.alert.is_resolved
        return is_over and not self.settings.speech.tells_resolved

    @property
    def to(self) -> str:
        """Who is called first."""
        return self.turns.people[0]


def _take_order(to: str | None, message: str | None, session: CommandSession) -> Order:
    from cartesia_call.cli.open_files import check_open_files
    from cartesia_call.cli.people import check_zones, opt_out_warnings, read_lists, take_turns
    from cartesia_call.cli.usage import callee_of, check_words
    from cartesia_call.cli.wording import check_length, message_file, within_time
    from cartesia_call.speech.message_text import MessageText
    from cartesia_call.wiring.line_checks import check_rehearsal, unproven
    from cartesia_call.wiring.voices import check_fallback

    try:
        settings = session.read(OF_A_CALL)
    except SettingsError:
        check_words(to, message, session)
        raise
    for warning in (*check_fallback(settings), *(() if settings.quiet else unproven(settings))):
        terminal.print_note(f"warning: {warning}")
    turns = take_turns(callee_of(to, settings), settings)
    lists = read_lists(settings)
    for warning in opt_out_warnings(settings):
        terminal.print_note(f"warning: {warning}")
    check_zones(turns, settings)
    check_open_files(rehearses=settings.rehearse)
    if settings.rehearse:
        check_rehearsal(settings)
    if settings.save_audio is not None:
        from cartesia_call.cli.saving_audio import check_place

        check_place(settings.save_audio)
    remarks: list[str] = []
    alert: Alert | None = None
    if "-" in {message, message_file(message, settings)}:
        PLACES.leave()  # whoever writes may take its time
    if settings.speech.from_alert is None:
        text, pipe = _take_text(message, settings, remarks.append)
    else:
        from cartesia_call.cli.alert_input import take_alert, words_of

        alert = take_alert(message, settings.speech.from_alert, settings, session.environment)
        text, pipe = MessageText.whole(words_of(alert, settings)), None
    if text.is_whole:
        for warning in check_length(text.message.text, settings):
            terminal.print_note(f"warning: {warning}")
        text = MessageText.whole(within_time(text.message, settings))
    return Order(settings, text, pipe, remarks, session.environment, turns, lists, alert)


def _take_text(
    message: str | None, settings: Settings, tell: Callable[[str], None]
) -> tuple[MessageText, Pipe | None]:
    """The message, or its beginning and where the rest comes from; of that `tell` gets what is to be told."""
    from cartesia_call.cli.wording import message_file, message_of, sentence_reader, take_message
    from cartesia_call.speech.message_text import MessageText

    if "-" not in {message, message_file(message, settings)}:
        return MessageText.whole(take_message(message, settings)), None

    from cartesia_call.cli.message_input import text_of
    from cartesia_call.cli.pipe import Pipe, is_pipe
    from cartesia_call.clock import SystemClock
    from cartesia_call.telephony.estimates import MAX_TIME_LIMIT_S

    if not is_pipe(0):
        return MessageText.whole(take_message(message, settings)), None
    text = MessageText(sentence_reader(settings, tell), language=settings.language)
    max_duration_s = settings.limits.max_duration_s or MAX_TIME_LIMIT_S
    timeout_s = settings.limits.input_timeout_s
    pipe = Pipe(0, text, input_timeout_s=timeout_s, max_duration_s=max_duration_s, tell=tell)
    # What another process may say has to be whole.
    is_needed_whole = settings.dry_run or settings.print_only or settings.people.joins
    if pipe.read_beginning(now_s=SystemClock().now_s, to_the_end=is_needed_whole):
        return MessageText.whole(message_of(text_of(pipe.content, "standard input"), settings)), None
    return text, pipe


def _failure_fields(failure: Failure, to: str | None, rehearsal: bool) -> dict[str, Any]:
    """The object for an attempt that came to no result: refused or stopped before it began, or a bug."""
    from cartesia_call.cli.render import result_fields
    from cartesia_call.clock import SystemClock
    from cartesia_call.telephony.attempt import AttemptResult
    from cartesia_call.telephony.outcomes import Outcome
    from cartesia_call.wiring.plan import new_attempt_id

    now = SystemClock().utc_now()
    stopped_by = failure.error.number if isinstance(failure.error, Stopped) else None
    return result_fields(
        AttemptResult(
            id=new_attempt_id(now),
            to=to or "",
            caller_id=None,
            outcome=None if stopped_by is None else Outcome.INTERRUPTED,
            interrupted_by=stopped_by,
            detail=str(failure.error),
            rehearsal=rehearsal,
            started_at=now,
            ended_at=now,
            error=failure.report,
        )
    )


async def _dial(order: Order, *, skips: bool) -> int:
    """Make the calls; the exit status. Everything is printed when it returns."""
    from cartesia_call.calls.interruption import Interruption
    from cartesia_call.cli import pipe, saving_audio
    from cartesia_call.cli.live_line import make_display
    from cartesia_call.clock import SystemClock
    from cartesia_call.wiring.line import open_line
    from cartesia_call.wiring.taken_port import telling_of_a_taken_port

    settings, path = order.settings, order.settings.save_audio
    clock = SystemClock()
    interruption = Interruption()
    people: Escalation | None = None
    result: AttemptResult | None = None

    def tell(result: AttemptResult, warnings: list[str]) -> None:
        display.erase()
        _report(result, [*order.remarks, *warnings], settings)
        order.remarks.clear()

    def stop(number: int) -> None:
        if result is None:
            interruption.raise_signal(number)
        else:
            leave_at_once(number)

    def leave_at_once(_: int) -> None:
        if result is not None:  # all is over and told, but for the file
            saving_audio.leave_unsaved(path)
            signals.leave_at_once(exit_status.of_result(result))
        display.erase()
        number = interruption.signal_number or 0
        if people is None and settings.json:
            import json

            failure = Failure(Stopped(number))
            terminal.print_result(json.dumps(_failure_fields(failure, order.to, settings.rehearse)))
        _leave_at_once(people, number, settings)

    # Log lines and the live line would share the terminal; and nobody can watch a minute in half a second.
    wants_live_line = not (settings.quiet or settings.verbose or skips)
    display = make_display(sys.stderr, now_s=clock.now_s, is_wanted=wants_live_line)
    with signals.handled(stop, leave_at_once):
        opened = open_line(settings, order.environment, clock=clock, observer=display, warn=terminal.warn)
        async with opened as line:
            if line.network is not None and not line.network.voice.is_speech and not settings.quiet:
                terminal.print_note(f"warning: {TONES}")
            people = escalation(order, line, interruption, tell, display.erase)
            port = telling_of_a_taken_port(
                settings, is_calling=lambda: bool(people and people.is_calling), tell=terminal.warn
            )
            async with display, pipe.reading(order.pipe), port:
                ended = await people.run()
            audio = line.audio(people.call) if path is not None and people.call is not None else None
        result = ended
        if path is not None and audio is not None:
            hurry = interruption.signal_number is not None
            await saving_audio.save_audio(path, *audio, limit_s=saving_audio.limit_s(hurry=hurry))
    return exit_status.of_result(result)


def escalation(
    order: Order,
    line: Line,
    interruption: Interruption,
    tell: Callable[[AttemptResult, list[str]], None],
    erase: Callable[[], None],
) -> Escalation:
    """Everybody of `order` in turn. `tell` gets each result; `erase` takes away what is in a line's way."""
    from cartesia_call.calls.escalation import Escalation
    from cartesia_call.cli.cut_off import CutOffCalls
    from cartesia_call.wiring.call_machinery import load_calls
    from cartesia_call.wiring.joining import joining
    from cartesia_call.wiring.plan import build_plan, new_attempt_id
    from cartesia_call.wiring.withholding import withholds

    clock = line.ports.clock

    def new_id() -> str:
        return new_attempt_id(clock.utc_now())

    def note(sentence: str) -> None:
        erase()
        terminal.print_note(sentence)

    plan = build_plan(order.settings, line, attempt_id=new_id(), to=order.to, text=order.text)
    terminal.mask_too([plan.caller_id])
    return Escalation(
        plan,
        order.turns,
        dataclasses.replace(line.ports, observer=LeavingPlace(line.ports.observer, PLACES)),
        interruption,
        load=leaving_place(load_calls, PLACES),
        new_id=new_id,
        withholds=withholds(order.settings, order.lists, clock),
        tell=tell,
        tell_cut_off=CutOffCalls(note, rehearsal=plan.rehearsal, carrier=plan.other_carrier).tell,
        text=order.text,
        joining=joining(order.settings, line, plan),
    )


def _report(result: AttemptResult, warnings: list[str], settings: Settings) -> None:
    from cartesia_call.cli.render import human_line, is_success, result_json
    from cartesia_call.telephony.numbers import mask_number

    for warning in warnings:
        terminal.print_note(f"warning: {warning}")
    line = human_line(result, number=result.to if settings.show_numbers else mask_number(result.to))
    if settings.json:
        terminal.print_result(result_json(result))
    if not is_success(result):
        terminal.print_note(line)
    elif not settings.json and not settings.quiet:
        terminal.print_result(line)


def _leave_at_once(people: Escalation | None, signal_number: int, settings: Settings) -> NoReturn:
    """The second signal: say what is known, and go. A call that was placed may be up."""
    status = exit_status.SIGNAL_BASE + signal_number
    try:
        result = people.leave_now() if people is not None else None
        if people is not None and result is not None:
            status = exit_status.of_result(result)
            if people.is_calling:
                _report(result, [], settings)
    except Exception:  # nothing keeps the program
        logger.exception("a fault of ours while leaving at once")
    signals.leave_at_once(status)
