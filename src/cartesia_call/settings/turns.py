"""Whom to call in turn, and what holds a call back."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING

from cartesia_call.audio.durations import duration_between, format_duration
from cartesia_call.declarations.setting import DIAL, ONE_CALL, Command, Section, Shape
from cartesia_call.errors import InputError
from cartesia_call.patterns import regex
from cartesia_call.policy.guard import GUARD as DEFAULT_GUARD
from cartesia_call.policy.retry import (
    DEFAULT_RETRY_ON,
    LEAST_TWICE_AFTER_S,
    LONGEST_TWICE_AFTER_S,
    RETRYABLE,
    longest_ring_s,
    parse_retry_on,
)
from cartesia_call.policy.window import Window, parse_time, parse_window
from cartesia_call.records import dataclass
from cartesia_call.settings import parsers, people_parsers
from cartesia_call.settings.call import COUNTRY, TO_FILE
from cartesia_call.settings.people_files import callees
from cartesia_call.settings.reader import Reader
from cartesia_call.telephony.outcomes import Outcome

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from cartesia_call.telephony.numbers import ParsedNumber

PEOPLE = Section("People in turn")
GUARD = Section("Guard rails")

THEN = PEOPLE.optional(
    "--then",
    shape=Shape.LIST,
    metavar="NUMBER",
    parse=people_parsers.people,
    help="Whom to call next if nobody was reached, or with --ack if nobody pressed the key; @FILE: whoever "
    "stands in that file, one a line. Repeatable.",
    commands=ONE_CALL,
)
ATTEMPTS = PEOPLE.optional(
    "--attempts",
    metavar="N",
    parse=people_parsers.whole_number(1, 100),
    default_note="one for each person, two with --ring-twice",
    help="How many calls there may be, for everybody together, in a list for each row, 1 to 100.",
)
RETRY_ON = PEOPLE.setting(
    "--retry-on",
    metavar="OUTCOME,...",
    default=",".join(outcome for outcome in RETRYABLE if outcome in DEFAULT_RETRY_ON),
    parse=parse_retry_on,
    help=f"After which outcomes somebody is called again: {', '.join(RETRYABLE)}.",
)
RETRY_AFTER = PEOPLE.setting(
    "--retry-after",
    metavar="DURATION",
    default="60s",
    parse=duration_between(0, 24 * 3600),
    help="The pause before somebody is called again, 0s to 24h; at least 5m after a declined call.",
)
RING_TWICE = PEOPLE.switch(
    "--ring-twice",
    help="Call somebody a second time before the next one's turn, if nobody answered, no key was pressed or "
    "a machine took the call: phones in do-not-disturb let a second call within 3 minutes through.",
)
RING_TWICE_AFTER = PEOPLE.setting(
    "--ring-twice-after",
    metavar="DURATION",
    default="75s",
    parse=duration_between(LEAST_TWICE_AFTER_S, LONGEST_TWICE_AFTER_S),
    help="The pause before that second call, 60s to 160s; with the ring time-out it has to fit 3 minutes.",
)

NO_GUARD = GUARD.optional(
    "--no-guard",
    metavar="REASON",
    parse=people_parsers.reason,
    default_note=f"at most {', '.join(map(str, DEFAULT_GUARD.limits))}",
    help="Let any number of calls through, to one number and to all; the reason is kept in the history.",
)
NOT_AFTER = GUARD.optional(
    "--not-after",
    metavar="HH:MM",
    parse=parse_time,
    help="Place no call after this time of today, in this machine's time zone.",
)
WINDOW = GUARD.optional(
    "--window",
    metavar="HH:MM-HH:MM",
    parse=parse_window,
    help="Place calls only between these times where the callee is; may cross midnight.",
)
TIMEZONE = GUARD.optional(
    "--timezone",
    metavar="ZONE",
    parse=parsers.text,  # a zone once it is needed: the numbering plan is not loaded for help
    default_note="the number's own",
    help="The time zone of --window, such as America/New_York, where a number may be in several.",
)
DO_NOT_CALL = GUARD.optional(
    "--do-not-call",
    metavar="FILE",
    parse=parsers.path,
    help="A file of numbers that are never called, one a line.",
    file_note="A file on the command line comes in addition.",
    commands=DIAL | {Command.WORKER},
)

_POSIX_ZONE = regex(r"(<[^>]+>|[A-Za-z]{3,})[+-]?[0-9]")
"""The beginning of a zone that says itself what it is, such as EST5EDT (tzset(3))."""


@dataclass(frozen=True, kw_only=True)
class PeopleSettings:
    """Who is called after the first callee, and who again.

    `to_file` is the file that holds the number to call first. `then` holds E.164 numbers and SIP addresses.
    `attempts` is the budget of calls for everybody together, None: one for each. `retry_after_s` is the least
    pause between two calls to one number, `ring_twice_after_s` that before somebody's second call in one
    turn; None: there is none. `joins`: one call may be made for several of these commands.
    """

    to_file: str | None = TO_FILE.field
    then: tuple[str, ...]
    attempts: int | None = ATTEMPTS.field
    retry_on: frozenset[Outcome] = RETRY_ON.field
    retry_after_s: float = RETRY_AFTER.field
    ring_twice_after_s: float | None = None
    joins: bool = PEOPLE.switch(
        "--join",
        help="Share one call with others of yours, also with --join, that wait for the same number: it says "
        "all their messages, and a key that is pressed answers all of them. What the guard holds back, and "
        "nobody else is left to hear, waits for it, too. A pipe is read to its end first.",
        commands=ONE_CALL,
    ).field


@dataclass(frozen=True, kw_only=True)
class GuardSettings:
    """What holds a call back.

    `no_guard_reason` switches the limits of calls off, to one number and to all together. `not_after` is
    today's, in this machine's zone. `window` is open where the callee is: in `timezone`, or in the number's
    own zone. Nobody in any of `do_not_call_files` is called: one on the command line takes nobody off the
    configured one.
    """

    no_guard_reason: str | None = NO_GUARD.field
    not_after: time | None
    window: Window | None = WINDOW.field
    timezone: ZoneInfo | None
    do_not_call_files: tuple[Path, ...]

    @property
    def opt_out_file(self) -> Path | None:
        """Where somebody goes who asks not to be called again: the file of this command, else everybody's."""
        return self.do_not_call_files[-1] if self.do_not_call_files else None


def read_people(reader: Reader, *, ring_timeout_s: float) -> PeopleSettings:
    """The next people, each read like the first one to call, and when somebody is called again."""
    if reader.find(ATTEMPTS) is None:
        for setting in (RETRY_ON, RETRY_AFTER):
            if option := reader.given_on_command_line(setting):
                reader.problems.append(
                    f"{option}: nobody is called again; add --attempts N, the number of calls for everybody"
                )
    return reader.read(
        PeopleSettings, then=_then(reader), ring_twice_after_s=_ring_twice_after_s(reader, ring_timeout_s)
    )


def _ring_twice_after_s(reader: Reader, ring_timeout_s: float) -> float | None:
    """None if nobody is to be rung twice. What rings for so long that the second call comes too late is a
    problem: it would ring, and be kept from being heard like the first."""
    twice_after_s = reader.value(RING_TWICE_AFTER)
    asked = reader.find(RING_TWICE)
    if asked is None or not reader.value(RING_TWICE):
        if option := reader.given_on_command_line(RING_TWICE_AFTER):
            reader.problems.append(f"{option}: nobody is rung twice; add --ring-twice")
        return None
    if ring_timeout_s > (longest_s := longest_ring_s(twice_after_s)):
        reader.problems.append(
            f"{asked.where}: with --ring-timeout {format_duration(ring_timeout_s)} and "
            f"--ring-twice-after {format_duration(twice_after_s)} the second call would come later than "
            "3 minutes after the first, when no iPhone lets it through; write --ring-timeout "
            f"{format_duration(longest_s)} or less"
        )
    return twice_after_s


def read_guard(reader: Reader) -> GuardSettings:
    """What holds a call back."""
    if reader.find(WINDOW) is None and (option := reader.given_on_command_line(TIMEZONE)):
        reader.problems.append(
            f"{option} says where --window holds, and there is none: add --window HH:MM-HH:MM"
        )
    return reader.read(
        GuardSettings,
        not_after=_not_after(reader),
        timezone=_timezone(reader),
        do_not_call_files=reader.every(DO_NOT_CALL),
    )


def _then(reader: Reader) -> tuple[str, ...]:
    found = reader.find(THEN)
    if found is None:
        return ()

    def parse(text: str) -> tuple[str, ...]:
        country, entries = reader.value(COUNTRY), people_parsers.people(text)
        people: list[ParsedNumber] = []
        for entry in entries:
            try:
                people.extend(callees(entry, country=country))
            except InputError as error:  # nobody else goes uncalled for it
                reader.warnings.append(f"{found.where}: {error.message} Left out.")
        reader.warnings.extend(f"{found.where}: {callee.warning}" for callee in people if callee.warning)
        return tuple(callee.e164 for callee in people)

    return reader.parsed(THEN, parse) or ()


def _not_after(reader: Reader) -> time | None:
    """Where TZ is no zone, the C library takes UTC without a word."""
    not_after, zone = reader.value(NOT_AFTER), reader.environment("TZ").removeprefix(":")
    if not_after is None or not zone or zone.startswith("/") or _POSIX_ZONE.match(zone):
        return not_after
    from cartesia_call.telephony.time_zones import parse_zone

    try:
        parse_zone(zone)
    except ValueError as error:
        reader.warnings.append(f"TZ in the environment: {error}; until then --not-after is judged in UTC")
    return not_after


def _timezone(reader: Reader) -> ZoneInfo | None:
    if reader.find(TIMEZONE) is None:
        return None
    from cartesia_call.telephony.time_zones import parse_zone

    return reader.parsed(TIMEZONE, parse_zone)
