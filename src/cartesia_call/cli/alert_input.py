"""The message of a monitor: read, told of, and what is said where nobody is called about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cartesia_call.cli import terminal
from cartesia_call.cli.message_input import argument_text, plain_text, read_message
from cartesia_call.cli.wording import message_file, message_of
from cartesia_call.errors import InputError
from cartesia_call.loggers import logger_of
from cartesia_call.settings.call import MESSAGE_FILE
from cartesia_call.speech.message_text import Message
from cartesia_call.speech.script import has_words

if TYPE_CHECKING:
    from cartesia_call.alerts.formats import AlertFormat
    from cartesia_call.alerts.notices import Alert
    from cartesia_call.settings.model import Settings

WORDLESS = "A monitor has sent an alert without any words."
"""Said where nothing in an alert can be spoken: that it came is news enough."""

NOBODY_CALLED = "the alert is resolved; nobody is called, for --resolved was not given"

logger = logger_of(__name__)


def take_alert(
    argument: str | None, form: AlertFormat, settings: Settings, environment: Mapping[str, str]
) -> Alert:
    """What a monitor sent: in the environment, or where any message may be. What is odd about it is told.

    InputError if there is none.
    """
    from cartesia_call.alerts.formats import read_alert
    from cartesia_call.alerts.nagios import PREFIXES

    if not form.is_of_environment:
        text = read_message(
            argument,
            message_file(argument, settings),
            stdin=0,
            input_timeout_s=settings.limits.input_timeout_s,
        )
    elif argument is None and not settings.is_on_command_line(MESSAGE_FILE):
        text = ""
    else:
        raise InputError(
            f"--from-alert {form.kind} reads the environment, and there is a message beside it",
            hint="leave MESSAGE and --file out",
        )
    macros = {name: argument_text(value) for name, value in environment.items() if name.startswith(PREFIXES)}
    alert = read_alert(form, text, macros, tells_resolved=settings.speech.tells_resolved)
    for remark in alert.remarks:
        terminal.print_note(f"warning: --from-alert {remark}")
    logger.info("the alert's id is %s%s", alert.id, ", and it is resolved" if alert.is_resolved else "")
    return alert


def words_of(alert: Alert, settings: Settings) -> Message:
    """What is said of it."""
    said = plain_text(alert.message)
    return message_of(said if has_words(said) else WORDLESS, settings)


def report_resolved(to: str, settings: Settings) -> int:
    """Tell that there was nobody to call: a success, for nothing is wrong; the exit status."""
    from cartesia_call.cli.render import result_fields
    from cartesia_call.clock import SystemClock
    from cartesia_call.telephony.attempt import AttemptResult
    from cartesia_call.wiring.plan import new_attempt_id

    if settings.json:
        now = SystemClock().utc_now()
        nothing = AttemptResult(
            id=new_attempt_id(now),
            to=to,
            caller_id=settings.caller_id,
            outcome=None,
            detail=NOBODY_CALLED,
            rehearsal=settings.rehearse,
            carrier=settings.other_carrier,
            started_at=now,
            ended_at=now,
        )
        terminal.print_result(json.dumps({**result_fields(nothing), "exit_code": 0}))
    elif not settings.quiet:
        terminal.print_result(f"resolved: {NOBODY_CALLED}")
    return 0
