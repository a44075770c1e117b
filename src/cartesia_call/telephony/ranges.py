"""What a number's range says about it: its country, and whether a call costs more than to its neighbours."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from cartesia_call.telephony import numbering
from cartesia_call.telephony.numbering import PhoneNumberType

INTERNATIONAL = "001"
"""The numbering plan's region for country codes of no country, such as +800 (UN M.49: the world)."""

PREMIUM, SHARED_COST = "premium-rate", "shared-cost"
INTERNATIONAL_NETWORK = "satellite or international-network"

_COSTLY_TYPES = {PhoneNumberType.PREMIUM_RATE: PREMIUM, PhoneNumberType.SHARED_COST: SHARED_COST}
_DIGITS = "0123456789"


def destination_of(e164: str) -> str:
    """Where a call to a number goes: a country (ISO 3166-1 alpha-2), or `INTERNATIONAL`.

    A number outside the ranges that are known counts as one of the main country of its code.
    """
    number = numbering.parse(e164)
    code = number.country_code or 0
    return str(numbering.region_code_for_number(number) or numbering.region_code_for_country_code(code))


def parse_countries(text: str) -> frozenset[str]:
    """Destinations as `destination_of` names them, separated by commas or white space, at least one.

    ValueError with half a sentence for one that the numbering plan does not know.
    """
    countries = [word.upper() for word in text.replace(",", " ").split()]
    unknown = next((word for word in countries if not _is_known(word)), None)
    if unknown is not None or not countries:
        advice = "the United Kingdom is GB" if unknown == "UK" else "write the two letters of ISO 3166"
        raise ValueError(
            f"{unknown or text!r} is not a country known to the numbering plan; {advice}, such as US,CA"
        )
    return frozenset(countries)


def costly_range(e164: str) -> str | None:
    """`PREMIUM`, `SHARED_COST` or `INTERNATIONAL_NETWORK`; None for every other number.

    By the number's type in the numbering plan; a number that is outside the ranges known is taken for what
    its nearest neighbours are, if they are all costly: +44 92 for one of +44 9. All country codes of no
    country are networks (+870 to +888) or premium (+979), but for free ones (+800).
    """
    types = _types_near(e164)
    if types and types <= _COSTLY_TYPES.keys():
        return PREMIUM if PhoneNumberType.PREMIUM_RATE in types else SHARED_COST
    code = numbering.parse(e164).country_code or 0
    is_of_no_country = numbering.region_code_for_country_code(code) == INTERNATIONAL
    return INTERNATIONAL_NETWORK if is_of_no_country and types != {PhoneNumberType.TOLL_FREE} else None


def _is_known(country: str) -> bool:
    return country == INTERNATIONAL or country in numbering.SUPPORTED_REGIONS


@functools.lru_cache(maxsize=256)
def _types_near(e164: str) -> frozenset[int]:
    """The type of a number; of one that is not known, the types of the known numbers of its length that
    begin like it for longest."""
    number = numbering.parse(e164)
    if numbering.is_valid_number(number):
        return frozenset({numbering.number_type(number)})
    national = numbering.national_significant_number(number)
    for kept in range(len(national) - 1, 0, -1):
        beginning = f"+{number.country_code}{national[:kept]}"
        neighbours = [numbering.parse(beginning + end) for end in _endings(len(national) - kept)]
        types = {numbering.number_type(neighbour) for neighbour in neighbours}
        if types := types - {PhoneNumberType.UNKNOWN}:
            return frozenset(types)
    return frozenset()


def _endings(length: int) -> Iterator[str]:
    """A hundred of the endings of this length: one digit, then another one over and over."""
    for first in _DIGITS:
        yield from (first + other * (length - 1) for other in (_DIGITS if length > 1 else "0"))
