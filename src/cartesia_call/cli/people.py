"""Who is to be called, in turn, and who never: checked before anything is sent."""

from __future__ import annotations

from cartesia_call.cli import terminal
from cartesia_call.clock import SystemClock
from cartesia_call.errors import InputError
from cartesia_call.policy.do_not_call import parse_do_not_call
from cartesia_call.policy.guard import GUARD
from cartesia_call.policy.retry import EscalationPlan, escalation_plan
from cartesia_call.settings.model import Settings
from cartesia_call.telephony.numbers import parse_callee
from cartesia_call.telephony.time_zones import callee_zone

MOST_BYTES = 10_000_000
"""Of a do-not-call file: more than half a million numbers."""


def take_turns(to: str, settings: Settings) -> EscalationPlan:
    """The people in the order in which they are called; from here on their numbers are masked everywhere.

    InputError for a number that cannot be called, or attempts that the guard would withhold.
    """
    first = parse_callee(to, country=settings.country)
    terminal.mask_too([first.e164, *settings.people.then, settings.caller_id])
    if first.warning:
        terminal.print_note(f"warning: {first.warning}")
    return escalation_plan(
        (first.e164, *settings.people.then),
        attempts=settings.people.attempts,
        retry_on=settings.people.retry_on,
        retry_after_s=settings.people.retry_after_s,
        guard=None if settings.guard.no_guard_reason else GUARD,
    )


def read_do_not_call(settings: Settings) -> frozenset[str]:
    """The numbers of `--do-not-call`; without one, none. InputError for a file that cannot be read as one."""
    path = settings.guard.do_not_call_file
    if path is None:
        return frozenset()
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        text = content.decode("utf-8")
    except OSError as error:
        raise _unreadable(str(path), error.strerror or str(error)) from None
    except UnicodeDecodeError as error:
        raise _unreadable(str(path), f"it is not UTF-8 text (byte {error.start})") from None
    if len(content) > MOST_BYTES:
        raise _unreadable(str(path), f"it is longer than {MOST_BYTES:,} bytes")
    return parse_do_not_call(text, name=str(path), country=settings.country)


def check_zones(turns: EscalationPlan, settings: Settings) -> None:
    """InputError if `--window` cannot be read for somebody, whose zone is not known or not certain."""
    if settings.guard.window is None:
        return
    now = SystemClock().utc_now()
    for person in turns.people:
        callee_zone(person, timezone=settings.guard.timezone, now=now)


def _unreadable(path: str, reason: str) -> InputError:
    return InputError(
        f"the do-not-call file {path} cannot be read: {reason}",
        hint="name a file of numbers, one a line, with --do-not-call",
    )
