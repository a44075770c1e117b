"""Who is to be called, in turn, and who never: checked before anything is sent."""

from __future__ import annotations

from pathlib import Path

from cartesia_call.cli import terminal
from cartesia_call.conversation.keys import OPT_OUT
from cartesia_call.declarations.setting import Setting
from cartesia_call.errors import InputError
from cartesia_call.policy.number_list import NumberLists, parse_numbers
from cartesia_call.policy.retry import EscalationPlan, escalation_plan
from cartesia_call.settings.fences import ALLOW
from cartesia_call.settings.model import Settings
from cartesia_call.settings.people_files import one_callee
from cartesia_call.settings.turns import DO_NOT_CALL
from cartesia_call.telephony.callees import compared

MOST_BYTES = 10_000_000
"""Of a file of numbers: more than half a million numbers."""


def take_turns(to: str, settings: Settings) -> EscalationPlan:
    """The people in the order in which they are called; from here on their numbers are masked everywhere.

    `to` is a number, a SIP address, or `@PATH`. What cannot be called is left out, with a warning. InputError
    if that is everybody, or for attempts that the guard would withhold.
    """
    terminal.mask_too([*settings.people.then, settings.caller_id])
    people: dict[str, str] = {}
    errors: list[InputError] = []
    for entry in (to, *settings.people.then):
        try:
            callee = one_callee(entry, country=settings.country, home=settings.fences.home)
        except InputError as error:
            errors.append(error)
            continue
        terminal.mask_too([callee.e164])
        if callee.warning and entry is to:  # the settings have told the others'
            terminal.print_note(f"warning: {callee.warning}")
        people.setdefault(compared(callee.e164), callee.e164)
    if errors and not people:
        raise errors[0]
    for left_out in errors:
        terminal.print_note(f"warning: {left_out.message} Left out; the others are called.")
    return escalation_plan(
        tuple(people.values()),
        attempts=settings.people.attempts,
        retry_on=settings.people.retry_on,
        retry_after_s=settings.people.retry_after_s,
        ring_twice_after_s=settings.people.ring_twice_after_s,
        guard=settings.fences.guard,
    )


def read_lists(settings: Settings) -> NumberLists:
    """The numbers of `--do-not-call` and `--allow`. InputError for a file that cannot be read as one."""
    return NumberLists(
        do_not_call={
            str(path): _read_numbers(path, DO_NOT_CALL, settings) for path in settings.guard.do_not_call_files
        },
        allow={str(path): _read_numbers(path, ALLOW, settings) for path in settings.fences.allow_files},
    )


def opt_out_warnings(settings: Settings) -> list[str]:
    """What would keep somebody who asks not to be called again from the list, as far as that can be seen."""
    path = settings.guard.opt_out_file
    if path is None or OPT_OUT not in settings.answering.conversation.answers.values():
        return []
    from cartesia_call.store.opt_outs import why_not_writable

    reason = why_not_writable(path)
    sentence = f"--key {OPT_OUT}: {path} cannot be written: {reason}; whoever asks for it would be on no list"
    return [] if reason is None else [sentence]


def _read_numbers(path: Path, setting: Setting[Path | None], settings: Settings) -> frozenset[str]:
    kind = str(setting.option).removeprefix("--")
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        text = content.decode("utf-8")
    except OSError as error:
        raise _unreadable(path, kind, error.strerror or str(error)) from None
    except UnicodeDecodeError as error:
        raise _unreadable(path, kind, f"it is not UTF-8 text (byte {error.start})") from None
    if len(content) > MOST_BYTES:
        raise _unreadable(path, kind, f"it is longer than {MOST_BYTES:,} bytes")
    return parse_numbers(text, name=str(path), kind=kind, country=settings.country)


def check_zones(turns: EscalationPlan, settings: Settings) -> None:
    """InputError if `--window` cannot be read for somebody, whose zone is not known or not certain."""
    if settings.guard.window is None:
        return
    from cartesia_call.clock import SystemClock
    from cartesia_call.telephony.time_zones import callee_zone

    now = SystemClock().utc_now()
    for person in turns.people:
        callee_zone(person, timezone=settings.guard.timezone, now=now)


def _unreadable(path: Path, kind: str, reason: str) -> InputError:
    return InputError(
        f"the {kind} file {path} cannot be read: {reason}",
        hint=f"name a file of numbers, one a line, with --{kind}",
    )
