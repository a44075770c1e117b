"""Fences against toll fraud: which ranges and countries are called at all, whoever asks.

A SIP user of digits is held to the rules for every number that it may mean.
"""

from __future__ import annotations

from collections.abc import Set

from cartesia_call.policy.withheld import Rule, Withheld
from cartesia_call.telephony.callees import numbers_meant, short_code_meant
from cartesia_call.telephony.ranges import INTERNATIONAL, costly_range, destination_of


def withheld_by_range(to: str, *, home: str | None, forbidden_at: str | None = None) -> Withheld | None:
    """Whether `to` (E.164, or a SIP address) is in one of the ranges that `costly_range` knows.

    `home` is the country that calls come from. `forbidden_at` names the place in the settings that rules
    these ranges out for good, None: `--allow-premium` lets them through.
    """
    ranges = [found for number in numbers_meant(to, home=home) if (found := costly_range(number))]
    if not ranges:
        return None
    way = f"{forbidden_at} rules that out" if forbidden_at else "--allow-premium lets the call through"
    return _never(Rule.PREMIUM, f"it is a {ranges[0]} number, and those cost more than others; {way}")


def withheld_by_countries(
    to: str, countries: Set[str] | None, *, home: str | None, configured_at: str | None = None
) -> Withheld | None:
    """Whether `to` is in none of `countries`, as `destination_of` names them; None: any will do.

    Of several readings of a SIP user one has to be in one. What means no number is in no country, and passes.
    `configured_at` names the place in the settings that names countries, None: there is none.
    """
    destinations = [destination_of(number) for number in numbers_meant(to, home=home)]
    if countries is None or not destinations or not countries.isdisjoint(destinations):
        return None
    country = destinations[0]
    where = "of no country (001)" if country == INTERNATIONAL else f"in {country}"
    called = ", ".join(sorted(countries)) or "none"
    if configured_at:
        way = f"add {country} to {configured_at}, and leave --countries out or name it there too"
    else:
        wider = ",".join(sorted({*countries, country}))
        way = f"add it with --countries {wider}, or for good with CARTESIA_CALL_COUNTRIES={country}"
    return _never(
        Rule.COUNTRIES, f"the number is {where}, and the countries that are called are {called}; {way}"
    )


def withheld_by_short_code(to: str, *, home: str | None) -> Withheld | None:
    """Whether a SIP user of digits is a short code of `home`, which a trunk would connect."""
    digits = short_code_meant(to, home=home)
    if digits is None:
        return None
    return _never(
        Rule.SHORT_CODE,
        f"the user {digits} is a short code in {home}; if it is an extension, name its address in the file "
        "of --allow",
    )


def _never(rule: Rule, detail: str) -> Withheld:
    return Withheld(rule=rule, detail=detail, until=None)
