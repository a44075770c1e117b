"""A list of people: which rows of it are called, how fast, and what is written of it."""

from __future__ import annotations

import re
from pathlib import Path

from cartesia_call.declarations.setting import LIST, Command, Section, one_of, optional, setting, switch
from cartesia_call.patterns import regex
from cartesia_call.policy.pacing import DEFAULT_CPS, HIGHEST_CPS, LOWEST_CPS
from cartesia_call.records import dataclass
from cartesia_call.settings import parsers, people_parsers
from cartesia_call.settings.reader import Reader
from cartesia_call.telephony.outcomes import Outcome

MOST_LIVE = 1000
"""Far beyond what one process carries; what it does carry, `benchmarks.many_legs` shows."""

_NUMBER = regex(r"[0-9]{1,3}(\.[0-9]{1,2})?")


def cps(value: str) -> float:
    """Calls per second: a whole number, or a part of one."""
    rate = float(value) if _NUMBER.fullmatch(value) else 0.0
    if not LOWEST_CPS <= rate <= HIGHEST_CPS or (rate > 1 and rate != int(rate)):
        raise ValueError(
            f"{value!r} is no pace; write a whole number from 1 to {HIGHEST_CPS:g}, or a part of 1 from "
            f"{LOWEST_CPS:g}, such as 0.5"
        )
    return rate


def outcomes(value: str) -> frozenset[Outcome]:
    """Outcomes, separated by commas or white space."""
    words = re.split(r"[\s,]+", value.lower().strip())
    known = {str(outcome): outcome for outcome in Outcome}
    for word in words:
        if word not in known:
            raise ValueError(f"{word!r} is not an outcome; write some of {', '.join(known)}")
    return frozenset(known[word] for word in words)


WAIT = switch(
    "--wait",
    help="Rows outside their --window, or held back by a limit of calls, wait for their time; without it "
    "they are withheld.",
    commands=LIST,
)
STOP_ON = setting(
    "--on",
    metavar="OUTCOME,...",
    default="acknowledged",
    parse=outcomes,
    help="What counts for --stop-after.",
    commands=LIST,
)


@dataclass(frozen=True, kw_only=True)
class ListSettings:
    """What `batch` was told about its list. `message` has placeholders; None: each row has its own."""

    message: str | None = optional(
        "--message",
        metavar="TEXT",
        parse=parsers.text,
        help='What is said to each row, with its columns in braces: "Hello {name}". Without it, and without '
        "--file, the column message.",
        commands=LIST,
    ).field
    to_column: str = setting(
        "--to-column",
        metavar="NAME",
        default="to",
        parse=parsers.text,
        help="The column with the numbers to call.",
        commands=LIST,
    ).field
    duplicates: str = setting(
        "--duplicates",
        metavar="refuse|first|all",
        default="refuse",
        parse=one_of("refuse", "first", "all"),
        help="A number that stands there twice: refuse the list, call the first row alone, or call all.",
        commands=LIST,
    ).field
    skips_bad: bool = switch(
        "--skip-bad", help="Call the others where rows are wrong; those count as not reached.", commands=LIST
    ).field
    cps: float = setting(
        "--cps",
        metavar="N",
        default=f"{DEFAULT_CPS:g}",
        parse=cps,
        help="Calls placed per second at the most; what the account may not place waits at Twilio.",
        commands=LIST,
    ).field
    most_live: int = setting(
        "--max-live",
        metavar="N",
        default="50",
        parse=people_parsers.whole_number(1, MOST_LIVE),
        help=f"Calls that are up at the same time at the most, 1 to {MOST_LIVE}: of a list, or of a worker.",
        commands=LIST | {Command.WORKER},
    ).field
    waits: bool = WAIT.field
    stop_after: int | None = optional(
        "--stop-after",
        metavar="N",
        parse=people_parsers.whole_number(1, 9999),
        help="Call nobody else once so many rows came to what --on says.",
        commands=LIST,
    ).field
    stop_on: frozenset[Outcome] = STOP_ON.field
    resumes: bool = switch(
        "--resume",
        help="Go on with this list where an earlier run left it: nobody is called twice, nobody is "
        "forgotten.",
        commands=LIST,
    ).field
    calls_again: bool = switch(
        "--again", help="Call everybody, although this very list was called before.", commands=LIST
    ).field
    redials_unknown: bool = switch(
        "--redial-unknown",
        help="With --resume, call those again of whom nobody knows whether they were called.",
        commands=LIST,
    ).field
    results: Path | None = optional(
        "--results",
        metavar="FILE",
        parse=parsers.path,
        help="Write the list once more, with what became of each row.",
        commands=LIST,
    ).field


SECTION = Section("A list", ListSettings)


def read_list(reader: Reader) -> ListSettings:
    """The list's settings, those of each call aside."""
    settings = reader.read(ListSettings)
    if settings.resumes and settings.calls_again:
        reader.problems.append("--resume goes on with a list and --again starts it anew: leave one out")
    if settings.redials_unknown and not settings.resumes:
        reader.problems.append("--redial-unknown is for rows of an earlier run: add --resume")
    if settings.stop_after is None and (option := reader.given_on_command_line(STOP_ON)):
        reader.problems.append(f"{option} says what --stop-after counts, and it is not given")
    return settings
