"""Fences against runaways and toll fraud. What is configured holds; the command line can only narrow it."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

from cartesia_call.declarations.setting import CALL, PLACE, Section
from cartesia_call.policy.guard import DEFAULT_BUDGET, GUARD, GuardRule
from cartesia_call.records import dataclass
from cartesia_call.settings import parsers, people_parsers
from cartesia_call.settings.call import CALLER_ID, COUNTRY
from cartesia_call.settings.reader import COMMAND_LINE, Found, Reader
from cartesia_call.settings.turns import NO_GUARD

SECTION = Section("Fences")

ALLOW_PREMIUM = SECTION.switch(
    "--allow-premium",
    help="Call premium-rate, shared-cost, satellite and international-network numbers too.",
    file_note="A 0 here cannot be overridden.",
    commands=CALL,
)
COUNTRIES = SECTION.optional(
    "--countries",
    metavar="CC,...",
    parse=people_parsers.countries,
    default_note="the caller ID's",
    help="Call numbers of these countries only, such as US,CA; 001 for numbers of none.",
    file_note="Here they are added to the caller ID's own, and no command can call others.",
    commands=CALL,
)
ALLOW = SECTION.optional(
    "--allow",
    metavar="FILE",
    parse=parsers.path,
    help="A file of numbers, one a line: no other is called.",
    file_note="No command can call others, another file on the command line only fewer.",
    commands=PLACE,
)
BUDGET = SECTION.optional(
    "--budget",
    metavar="CALLS/TIME",
    parse=people_parsers.budget,
    default_note="30/1h",
    help="How many calls this user may place in this time, to all numbers together.",
    file_note="No command can have a wider one.",
)


BUILT_IN_COUNTRY = "US"
"""Where the built-in network's caller ID is, and the numbers that are kept free for examples."""


@dataclass(frozen=True, kw_only=True)
class FenceSettings:
    """What is called at all, and how often.

    `allows_premium`: costly ranges too; `premium_forbidden_at` is the place that configures that they never
    are. `countries` as `telephony.ranges` names them, None: any, for nothing says where calls come from;
    `countries_at` is the place that configures some. `home` is the caller ID's country. Each of `allow_files`
    holds. `guard` counts the calls; None: a reason switched it off.
    """

    allows_premium: bool
    premium_forbidden_at: str | None
    countries: frozenset[str] | None
    countries_at: str | None
    home: str | None
    allow_files: tuple[Path, ...]
    guard: GuardRule | None


def read_fences(reader: Reader, *, rehearse: bool) -> FenceSettings:
    """Every fence, from both places where it may stand.

    In a rehearsal the built-in network's country is called beside that of the configured caller ID, which
    does not enter it otherwise.
    """
    premium, named = reader.configured(ALLOW_PREMIUM), reader.configured(COUNTRIES)
    allows_premium = reader.every(ALLOW_PREMIUM) or (False,)
    is_forbidden = premium is not None and not allows_premium[0]
    caller_id = reader.find(CALLER_ID)
    home = _country_of(caller_id, reader)
    own = {home} if home else set()
    if rehearse and (caller_id is None or caller_id.source != COMMAND_LINE):
        home = home or BUILT_IN_COUNTRY
        own |= {BUILT_IN_COUNTRY, home}
    return FenceSettings(
        allows_premium=all(allows_premium),
        premium_forbidden_at=premium.where if premium is not None and is_forbidden else None,
        countries=_countries(reader, own),
        countries_at=named.where if named is not None else None,
        home=home,
        allow_files=reader.every(ALLOW),
        guard=None
        if reader.find(NO_GUARD) is not None
        else GuardRule(GUARD.limits, reader.every(BUDGET) or (DEFAULT_BUDGET,)),
    )


def _countries(reader: Reader, own: Set[str]) -> frozenset[str] | None:
    every = reader.every(COUNTRIES)
    if reader.configured(COUNTRIES) is None:
        return every[0] if every else frozenset(own) or None
    return frozenset.intersection(every[0] | own, *every[1:]) if every else frozenset(own)


def _country_of(caller_id: Found | None, reader: Reader) -> str | None:
    """None for a caller ID that cannot be read: that is a problem of its own, in a live call."""
    if caller_id is None:
        return None
    from cartesia_call.errors import InputError
    from cartesia_call.telephony.numbers import parse_number
    from cartesia_call.telephony.ranges import destination_of

    try:
        return destination_of(parse_number(caller_id.text, country=reader.value(COUNTRY)).e164)
    except InputError:
        return None
