"""Whom a call may go to: a telephone number, or a SIP address; and which spellings mean the same callee."""

from __future__ import annotations

import functools

from cartesia_call.errors import InputError
from cartesia_call.telephony.numbers import (
    ParsedNumber,
    is_short_code,
    parse_number,
    plainly_spaced,
    read_number,
    refuse_emergency,
    without_mobile_token,
)
from cartesia_call.telephony.sip_addresses import compared_sip, is_sip, parse_sip, telephone_user

_EMERGENCY_USERS = frozenset({"112", "911"})
"""A call for help at SIP providers everywhere. Other short users may be extensions of a switchboard."""
_LEAST_COMMON_DIGITS = 7
"""Of two spellings of one number: shorter ones are local to a town or a switchboard."""
_REMEMBERED = 4096
"""Callees whose forms are kept: each call of a long list is compared with all that are up."""
_INTERNATIONAL_PREFIXES = ("00", "011")
"""What is dialled in place of the plus: ITU-T E.123 recommends 00; North America has 011."""


def parse_callee(text: str, *, country: str | None, home: str | None = None) -> ParsedNumber:
    """A SIP address, or what `parse_number` reads. InputError with one sentence and a hint for neither.

    `home` is the country that calls come from. A SIP user of digits is held to a number's rules: one with a
    plus is one; without, it is no emergency number of `country` or `home`.
    """
    typed = plainly_spaced(text)
    if not is_sip(typed):
        return parse_number(typed, country=country)
    address = parse_sip(typed)
    user = telephone_user(address)
    if user in _EMERGENCY_USERS:
        raise InputError(
            f"The SIP user {user} leads to an emergency number, which this program never calls.",
            hint="Call emergency services from a telephone.",
        )
    if user is not None and user.startswith("+"):
        return ParsedNumber(address, parse_number(user, country=None).warning)
    if user is not None:
        for region in dict.fromkeys((country, home)):
            if region is not None:
                refuse_emergency(user, region)
    return ParsedNumber(address)


@functools.lru_cache(maxsize=_REMEMBERED)
def compared(callee: str) -> str:
    """`callee` (E.164, or a SIP address) as it is compared: one form for all that surely are the same.

    A number is without what only marks it as a mobile one (+54 9), an address without port, parameters and
    the host's trailing dot, its user decoded.
    """
    return compared_sip(callee) if is_sip(callee) else without_mobile_token(callee)


def may_be_same(one: str, other: str) -> bool:
    """Whether two callees are one, or as numbers may be: `sip:2025550143@trunk.example.com` and +12025550143.

    A SIP user of digits without a plus may lack the country code, or have a prefix before it; then the last
    digits decide, seven at least.
    """
    if compared(one) == compared(other):
        return True
    digits, others = _telephone(one), _telephone(other)
    if digits is None or others is None:
        return False
    if digits.startswith("+") and others.startswith("+"):
        return digits == others
    shorter, longer = sorted((digits.lstrip("+0"), others.lstrip("+0")), key=len)
    return longer.endswith(shorter) and len(shorter) >= _LEAST_COMMON_DIGITS


def likeness(callee: str) -> str:
    """One form for all that may be the same, and for some others as well: what `may_be_same` says yes to has
    the same one. For whoever looks them up."""
    digits = _telephone(callee)
    plain = "" if digits is None else digits.lstrip("+0")
    return plain[-_LEAST_COMMON_DIGITS:] if len(plain) >= _LEAST_COMMON_DIGITS else compared(callee)


def numbers_meant(callee: str, *, home: str | None) -> tuple[str, ...]:
    """The numbers (E.164) that a call may ring: of a number itself, of a SIP user of digits every reading.

    Without a plus it is read as a national number of `home`, with a country code, and with an international
    prefix; what is in no known range is left out, for it may be an extension. Other users mean no number.
    """
    digits = _telephone(callee)
    if digits is None:
        return ()
    if not is_sip(callee):
        return (callee,)
    if digits.startswith("+"):
        return (digits,)
    readings = [read_number(digits, home)] if home is not None else []
    readings += [
        read_number("+" + digits.removeprefix(prefix), None)
        for prefix in ("", *_INTERNATIONAL_PREFIXES)
        if digits.startswith(prefix)
    ]
    return tuple(dict.fromkeys(reading for reading in readings if reading is not None))


def short_code_meant(callee: str, *, home: str | None) -> str | None:
    """The digits of a SIP user that are a short code in `home`: what a trunk into its network would dial."""
    digits = telephone_user(callee) if is_sip(callee) else None
    if digits is None or home is None or digits.startswith("+"):
        return None
    return digits if is_short_code(digits, home) else None


@functools.lru_cache(maxsize=_REMEMBERED)
def _telephone(callee: str) -> str | None:
    """The digits that a callee is dialled by, after a plus if they are E.164; None for a user with a name."""
    user = telephone_user(callee) if is_sip(callee) else callee
    if user is None or not user.startswith("+"):
        return user
    return without_mobile_token(user)
