"""Rows of the table that hold calls back."""

from __future__ import annotations

from cartesia_call.policy.guard import GUARD as DEFAULT_GUARD
from cartesia_call.policy.window import parse_time, parse_window
from cartesia_call.settings import parsers, people_parsers
from cartesia_call.settings.setting import Heading, Setting

GUARD = (
    Setting(
        key="no_guard",
        heading=Heading.GUARD,
        options=("--no-guard",),
        metavar="REASON",
        parse=people_parsers.reason,
        default_note=f"at most {', '.join(map(str, DEFAULT_GUARD.limits))}",
        help="Let any number of calls to one number through; the reason is kept in the history.",
    ),
    Setting(
        key="not_after",
        heading=Heading.GUARD,
        options=("--not-after",),
        metavar="HH:MM",
        parse=parse_time,
        help="Place no call after this time of today, in this machine's time zone.",
    ),
    Setting(
        key="window",
        heading=Heading.GUARD,
        options=("--window",),
        metavar="HH:MM-HH:MM",
        parse=parse_window,
        help="Place calls only between these times where the callee is; may cross midnight.",
    ),
    Setting(
        key="timezone",
        heading=Heading.GUARD,
        options=("--timezone",),
        metavar="ZONE",
        parse=parsers.text,  # a zone once it is needed: the numbering plan is not loaded for help
        default_note="the number's own",
        help="The time zone of --window, such as America/New_York, where a number may be in several.",
    ),
    Setting(
        key="do_not_call",
        heading=Heading.GUARD,
        options=("--do-not-call",),
        metavar="FILE",
        parse=parsers.path,
        help="A file of numbers that are never called, one a line.",
    ),
)
