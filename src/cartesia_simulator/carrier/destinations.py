"""Which numbers may be called, as far as Twilio documents what it refuses.

- Not E.164: 21211 (errors/21211). What six digits with the country code cannot hold is no number of any
  country, so `+911` and `+112` are not E.164 either.
- Service codes of North America, 911 among them: 21202 (blog 2009/02, "Protecting you from nasty numbers":
  "any x11 service"). Accounts that registered an emergency address do reach 911 today (docs, "Emergency
  calling for Programmable Voice"); this carrier never plays that.
- Premium numbers: 21202 (errors/21202, "such as a toll 976 line"); here area code 900 and exchange 976 of
  North America.
- SIP addresses (docs, "Making calls") have the form of RFC 3261, 19.1 (errors/32110): `sip:USER@HOST`, and a
  port, parameters and headers if need be. Anything else is 21211 too.

Lenient, for lack of a document: premium numbers of other countries (geo permissions decide about them),
numbers that nobody has, ranges that Twilio blocks for fraud (21216), how long a SIP address may be, and where
its host is. Not simulated: `sips:`, `client:`.
"""

from __future__ import annotations

import re

from cartesia_simulator.carrier.api_errors import ApiError, destination_not_valid, premium_number

_E164 = re.compile(r"\+[1-9]\d{5,14}")
_SERVICE_CODE = re.compile(r"\+?1?[2-9]11")
_PREMIUM = re.compile(r"\+1(?:900\d{7}|\d{3}976\d{4})")

_SIP = re.compile(
    r"""sip: [\w.!~*'()&=+$,;?/%-]+          # user
    @ (?: [a-z0-9.-]+ | \[[0-9a-f:.]+\] )    # host
    (?: :\d{1,5} )?                          # port
    (?: ;[^\s;?@]+ )* (?: \?[^\s?@]+ )?      # parameters, headers
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)


def is_sip(address: str) -> bool:
    """Whether `address` has the form of a SIP address with a user."""
    return _SIP.fullmatch(address) is not None


def is_e164(number: str) -> bool:
    """Whether `number` has the form of a telephone number with its country code."""
    return _E164.fullmatch(number) is not None


def refusal_of(to: str, caller_id: str) -> ApiError | None:
    """Why `caller_id` cannot call `to`; None if it can."""
    if _SERVICE_CODE.fullmatch(to) or _PREMIUM.fullmatch(to):
        return premium_number(to)
    if is_sip(to):
        return None
    if not is_e164(to) or to == caller_id:
        return destination_not_valid(to)
    return None
