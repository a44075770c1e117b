"""What the codes of Twilio's API answers mean for somebody who wants a call, and what to do about them."""

from __future__ import annotations

from collections.abc import Mapping

from cartesia_call.errors import CallRefused, CarrierError, Unauthorized
from cartesia_call.records import dataclass

NOT_FOUND = 20404
TOO_MANY_REQUESTS = 20429
CALL_NOT_IN_PROGRESS = 21220
CALLER_ID_NOT_OURS = 21210


@dataclass(frozen=True, kw_only=True)
class CatalogueEntry:
    """What a code means and what to do.

    `error` is what a refused placing request becomes. `quotes` adds Twilio's message, where only that says
    what is wrong. `account_wide`: every other call of the account would meet the same.
    """

    sentence: str
    hint: str | None = None
    error: type[CarrierError] = CallRefused
    quotes: bool = False
    account_wide: bool = False


OUR_BUG = "This is a bug in cartesia-call; please report it."
UPGRADE = (
    "Upgrade the account in the Twilio console (console.twilio.com); a trial cannot stream audio either."
)
GEO_PERMISSIONS = (
    "Allow the country in the Twilio console: Voice > Settings > Geo permissions "
    "(console.twilio.com/us1/develop/voice/settings/geo-permissions)."
)
E164 = "Write the number in E.164: a plus sign, country code, number."
OWN_NUMBER = "Use a number that this account bought or verified: --from or TWILIO_FROM_NUMBER."
CHECK_NUMBER = "Check the number."
BLOCKED_NUMBER = (
    "To a number in +1 Twilio wants the account to have a Primary Customer Profile: make one in the console "
    "(console.twilio.com/us1/account/trust-hub/customer-profiles). Otherwise ask Twilio's support "
    "(help.twilio.com) if the number should be reachable."
)
"""twilio.com/docs/errors/21216: fraud, regulation, or a +1 destination without such a profile."""
PUBLIC_URL = "Check the public URL (--public-url); its host name must not contain an underscore."

_BILLING = "Look at billing and the account's status in the Twilio console (console.twilio.com)."
_SUPPORT = "Ask Twilio's support (help.twilio.com)."
_VOICE_KEY = "Use an API key that may make voice calls."


def bug(sentence: str) -> CatalogueEntry:
    """Only a mistake of this program's leads there."""
    return CatalogueEntry(sentence=sentence, hint=OUR_BUG, quotes=True)


def _credentials(sentence: str, hint: str | None) -> CatalogueEntry:
    return CatalogueEntry(sentence=sentence, hint=hint, error=Unauthorized)


_INACTIVE = _credentials("the account is not active", _BILLING)
_NO_PERMISSION = _credentials("these credentials lack the permission", _VOICE_KEY)
_CALLBACK_ADDRESS = CatalogueEntry(
    sentence="the status callback's address is not valid", hint=PUBLIC_URL, quotes=True
)

CATALOGUE: Mapping[int, CatalogueEntry] = {
    10001: _INACTIVE,
    10002: CatalogueEntry(sentence="a trial account may not do this", hint=UPGRADE, account_wide=True),
    10004: CatalogueEntry(
        sentence="too many calls of this account are up at the same time",
        hint="Wait until some have ended, or have a business profile approved in the Twilio console.",
        account_wide=True,
    ),
    10005: CatalogueEntry(
        sentence="voice calls are disabled for this account", hint=_SUPPORT, account_wide=True
    ),
    20001: bug("the request has a parameter that Twilio does not know"),
    # 20003, 20404 and 21210 get their hints in `twilio_errors`: they depend on region and kind of key.
    20003: _credentials("the credentials are wrong", None),
    20004: bug("the request's method is not allowed"),
    20005: _INACTIVE,
    20006: _NO_PERMISSION,
    20008: _credentials(
        "test credentials cannot do this", "Use the live credentials, or --rehearse for a call without any."
    ),
    20010: CatalogueEntry(
        sentence="this action is disabled for the account", hint=_SUPPORT, account_wide=True
    ),
    20403: _NO_PERMISSION,
    NOT_FOUND: _credentials("the account is not known there", None),
    20409: CatalogueEntry(sentence="it conflicts with another change", hint="Try again later.", quotes=True),
    20422: CatalogueEntry(sentence="a parameter is invalid", quotes=True),
    TOO_MANY_REQUESTS: CatalogueEntry(
        sentence="too many requests at the same time", hint="Try again in a few seconds."
    ),
    21201: bug("the request names no number to call"),
    21202: CatalogueEntry(sentence="premium-rate numbers cannot be called"),
    21203: CatalogueEntry(
        sentence="the account may not call abroad", hint=GEO_PERMISSIONS, account_wide=True
    ),
    21205: _CALLBACK_ADDRESS,
    21206: CatalogueEntry(sentence="the digits to send are not valid"),
    21208: bug("the ring time-out is not valid"),
    21209: bug("a callback method is not valid"),
    CALLER_ID_NOT_OURS: CatalogueEntry(
        sentence="the caller ID is neither a number of this account nor verified",
        hint=OWN_NUMBER,
        account_wide=True,
    ),
    21211: CatalogueEntry(sentence="the number to call is not valid, or is the caller ID itself", hint=E164),
    21212: CatalogueEntry(
        sentence="the caller ID is not valid, or on a do-not-originate list",
        hint="Correct --from or TWILIO_FROM_NUMBER.",
        account_wide=True,
    ),
    21213: CatalogueEntry(
        sentence="the request has no caller ID", hint="Set --from or TWILIO_FROM_NUMBER.", account_wide=True
    ),
    21214: CatalogueEntry(sentence="the number cannot be reached", hint=CHECK_NUMBER),
    21215: CatalogueEntry(sentence="the account may not call this country", hint=GEO_PERMISSIONS),
    21216: CatalogueEntry(sentence="Twilio blocks this number", hint=BLOCKED_NUMBER),
    21217: CatalogueEntry(sentence="the number does not appear to be valid", hint=CHECK_NUMBER),
    21218: bug("the request names an unknown application"),
    21219: CatalogueEntry(
        sentence="a trial account may only call numbers that it has verified",
        hint="Verify the number in the Twilio console, or upgrade the account.",
    ),
    CALL_NOT_IN_PROGRESS: CatalogueEntry(sentence="the call is not in progress"),
    **dict.fromkeys(range(21221, 21230), bug("the request has SIP settings that are not valid")),
    21226: CatalogueEntry(sentence="SIP is not enabled for this account", hint=E164),
    21234: CatalogueEntry(sentence="a value of the machine detection is not valid", quotes=True),
    21401: CatalogueEntry(sentence="the number is not valid", hint=E164),
    21609: _CALLBACK_ADDRESS,
    21626: bug("the request asks for unknown status callbacks"),
    22005: CatalogueEntry(
        sentence="the account's queue of calls is full (a day's worth)",
        hint="Wait until it has drained; more calls only make it longer.",
        account_wide=True,
    ),
    32018: bug("the TwiML is longer than 4000 characters"),
    32019: bug("both TwiML and a URL for it were sent"),
    90010: _INACTIVE,
    573002: CatalogueEntry(
        sentence="a trial account must use the caller ID that Twilio assigned for this recipient",
        hint="Use the number that the Twilio console shows, with --from or TWILIO_FROM_NUMBER.",
        account_wide=True,
    ),
    573005: CatalogueEntry(
        sentence="this recipient of a trial account is not yet verified",
        hint="Finish the verification in the Twilio console, or upgrade the account.",
    ),
}
"""By Twilio's code (twilio.com/docs/api/errors, and the page on trial accounts)."""
