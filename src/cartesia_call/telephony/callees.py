"""Whom a call may go to: a telephone number, or a SIP address."""

from __future__ import annotations

from cartesia_call.telephony.numbers import ParsedNumber, parse_number, plainly_spaced
from cartesia_call.telephony.sip_addresses import is_sip, parse_sip


def parse_callee(text: str, *, country: str | None) -> ParsedNumber:
    """A SIP address, or what `parse_number` reads. InputError with one sentence and a hint for neither."""
    typed = plainly_spaced(text)
    return ParsedNumber(parse_sip(typed)) if is_sip(typed) else parse_number(typed, country=country)
