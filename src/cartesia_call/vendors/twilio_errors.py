"""Twilio's error answers, read and translated into the errors of this package."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cartesia_call.errors import (
    CallNotFound,
    CallRefused,
    CarrierError,
    CarrierUnavailable,
    PlacementUnknown,
    Unauthorized,
)
from cartesia_call.quoting import quotable

CALL_NOT_IN_PROGRESS = 21220
TOO_MANY_REQUESTS = 20429
NOT_FOUND = 20404


class NoAnswer(Exception):
    """The request left this machine and no whole answer came back. `why` ends a sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Refusal(Exception):
    """An HTTP answer other than 2xx, as it came."""

    def __init__(self, http_status: int, body: str) -> None:
        super().__init__(f"HTTP {http_status}")
        self.http_status = http_status
        self.body = body


@dataclass(frozen=True, kw_only=True)
class Account:
    """Whose requests they are, for hints, and what no sentence may contain.

    `region` is the one that the API's host stands for (`us1`, `ie1`), None for a host that is not Twilio's.
    """

    region: str | None
    by_api_key: bool
    secrets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CatalogueEntry:
    """What a code means and what to do. `quotes` adds Twilio's message, which then says what is wrong."""

    sentence: str
    hint: str | None = None
    error: type[CarrierError] = CallRefused
    quotes: bool = False


_CONSOLE = "Look at the account in the Twilio console (console.twilio.com)."
_BILLING = "Look at billing and the account's status in the Twilio console (console.twilio.com)."
_GEO = (
    "Allow the country in the Twilio console: Voice > Settings > Geo permissions "
    "(console.twilio.com/us1/develop/voice/settings/geo-permissions)."
)
_E164 = "Write the number in E.164: a plus sign, country code, number."
_OWN_NUMBER = "Use a number that this account bought or verified: --from or TWILIO_FROM_NUMBER."
_UPGRADE = "Upgrade the account in the Twilio console."
_OUR_BUG = "This is a bug in cartesia-call; please report it."


def _bug(sentence: str) -> CatalogueEntry:
    return CatalogueEntry(sentence=sentence, hint=_OUR_BUG, quotes=True)


def _credentials(sentence: str, hint: str | None) -> CatalogueEntry:
    return CatalogueEntry(sentence=sentence, hint=hint, error=Unauthorized)


CATALOGUE: Mapping[int, CatalogueEntry] = {
    10001: _credentials("the account is not active", _BILLING),
    10002: CatalogueEntry(sentence="a trial account may not do this", hint=_UPGRADE),
    10004: CatalogueEntry(
        sentence="too many calls of this account are up at the same time",
        hint="Wait until some have ended, or have a business profile approved in the Twilio console.",
    ),
    10005: CatalogueEntry(sentence="voice calls are disabled for this account", hint="Ask Twilio's support."),
    # 20003 and 20404 get their hints from `_credentials_hint`: they depend on region and kind of key.
    20003: _credentials("the credentials are wrong", None),
    20404: _credentials("the account is not known there", None),
    20005: _credentials("the account is not active", _BILLING),
    20006: _credentials("these credentials lack the permission", "Use an API key that may make voice calls."),
    20008: _credentials(
        "test credentials cannot do this", "Use the live credentials, or the built-in simulator for tests."
    ),
    20010: CatalogueEntry(sentence="this action is disabled for the account", hint="Ask Twilio's support."),
    20403: _credentials("these credentials lack the permission", "Use an API key that may make voice calls."),
    20409: CatalogueEntry(sentence="it conflicts with another change", hint="Try again later.", quotes=True),
    20422: CatalogueEntry(sentence="a parameter is invalid", quotes=True),
    20429: CatalogueEntry(sentence="too many requests at the same time", hint="Try again in a few seconds."),
    21201: _bug("the request names no number to call"),
    21202: CatalogueEntry(sentence="premium-rate numbers cannot be called"),
    21203: CatalogueEntry(sentence="the account may not call abroad", hint=_GEO),
    21205: CatalogueEntry(
        sentence="the status callback's address is not valid",
        hint="Check the public URL; its host name must not contain an underscore.",
        quotes=True,
    ),
    21206: CatalogueEntry(sentence="the digits to send are not valid"),
    21208: _bug("the ring time-out is not valid"),
    21209: _bug("a callback method is not valid"),
    21210: CatalogueEntry(
        sentence="the caller ID is neither a number of this account nor verified", hint=_OWN_NUMBER
    ),
    21211: CatalogueEntry(sentence="the number to call is not valid, or is the caller ID itself", hint=_E164),
    21212: CatalogueEntry(
        sentence="the caller ID is not valid, or on a do-not-originate list",
        hint="Correct --from or TWILIO_FROM_NUMBER.",
    ),
    21213: CatalogueEntry(sentence="the request has no caller ID", hint="Set --from or TWILIO_FROM_NUMBER."),
    21214: CatalogueEntry(sentence="the number cannot be reached", hint="Check the number."),
    21215: CatalogueEntry(sentence="the account may not call this country", hint=_GEO),
    21216: CatalogueEntry(
        sentence="Twilio blocks this number", hint="Ask Twilio's support if it should be reachable."
    ),
    21217: CatalogueEntry(sentence="the number does not appear to be valid", hint="Check the number."),
    21218: _bug("the request names an unknown application"),
    21219: CatalogueEntry(
        sentence="a trial account may only call numbers that it has verified",
        hint="Verify the number in the Twilio console, or upgrade the account.",
    ),
    21220: CatalogueEntry(sentence="the call is not in progress"),
    21226: CatalogueEntry(sentence="SIP is not enabled for this account", hint=_CONSOLE),
    21234: CatalogueEntry(sentence="a value of the machine detection is not valid", quotes=True),
    21401: CatalogueEntry(sentence="the number is not valid", hint=_E164),
    22005: CatalogueEntry(
        sentence="the account's queue of calls is full (a day's worth)",
        hint="Wait until it has drained; more calls only make it longer.",
    ),
    32018: _bug("the TwiML is longer than 4000 characters"),
    32019: _bug("both TwiML and a URL for it were sent"),
    90010: _credentials("the account is not active", _BILLING),
    573002: CatalogueEntry(
        sentence="a trial account must use the caller ID that Twilio assigned for this recipient",
        hint="Use the number that the Twilio console shows, with --from or TWILIO_FROM_NUMBER.",
    ),
    573005: CatalogueEntry(
        sentence="this recipient of a trial account is not yet verified",
        hint="Finish the verification in the Twilio console, or upgrade the account.",
    ),
}
"""Codes that an API answer can carry (twilio.com/docs/api/errors, and the page on trial accounts)."""


@dataclass(frozen=True, kw_only=True)
class _Answer:
    code: int | None
    message: str
    more_info: str


def error_for(
    refusal: Refusal, account: Account, *, placing: bool = False, call_sid: str | None = None
) -> CarrierError:
    """The error to raise for `refusal` of a request that places a call, is about one call, or neither.

    When placing, a 4xx is a refusal whatever its body says: whoever answered did not do it. Anything else
    that is not a success proves nothing, and neither does a 408.
    """
    status = refusal.http_status
    answer = _read(refusal.body, account.secrets)
    entry = CATALOGUE.get(TOO_MANY_REQUESTS if answer.code is None and status == 429 else answer.code or 0)
    code, hint = answer.code, _hint(answer, entry, account, status)
    if not 400 <= status < 500 or status == 408:
        said = f": {answer.message}" if answer.message else ""
        if placing:
            sentence = f"Twilio answered HTTP {status}{said}; the call may have been placed"
            return PlacementUnknown(sentence, code=code, http_status=status)
        return CarrierError(f"Twilio answered HTTP {status}{said}", code=code, http_status=status)
    if call_sid is not None and (status == 404 or code in {NOT_FOUND, CALL_NOT_IN_PROGRESS}):
        return _call_not_found(call_sid, code, status, account)
    kind = _kind(entry, status, code, placing)
    what = "the credentials" if kind is Unauthorized else "the call" if placing else "the request"
    return kind(
        f"Twilio refuses {what}: {_explanation(answer, entry, status)}",
        code=code,
        http_status=status,
        hint=hint,
    )


def region_of(host: str) -> str | None:
    """The region whose API `host` is: `api.twilio.com` is us1, `api.dublin.ie1.twilio.com` is ie1."""
    match = re.fullmatch(r"api(\.[a-z0-9-]+)??(\.(?P<region>[a-z]{2}\d))?\.twilio\.com", host.lower())
    if match is None:
        return None
    return match["region"] or "us1"


def _read(body: str, secrets: tuple[str, ...]) -> _Answer:
    """Both shapes that Twilio uses: its own, and RFC 9457 (title, detail, type). Others say nothing."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        return _Answer(code=None, message="", more_info="")
    code = fields.get("code")
    detail = fields.get("detail")
    message = fields.get("message") or fields.get("title") or ""
    return _Answer(
        code=code if isinstance(code, int) and not isinstance(code, bool) else None,
        message=quotable(
            f"{message}: {detail}" if detail and "title" in fields else str(message), secrets=secrets
        ),
        more_info=quotable(str(fields.get("more_info") or fields.get("type") or ""), secrets=secrets),
    )


def _kind(entry: CatalogueEntry | None, status: int, code: int | None, placing: bool) -> type[CarrierError]:
    if status == 429 or code == TOO_MANY_REQUESTS:
        return CarrierUnavailable
    kind = entry.error if entry else Unauthorized if status in {401, 403} else CallRefused
    if kind is CallRefused and not placing:
        return CarrierError
    return kind


def _explanation(answer: _Answer, entry: CatalogueEntry | None, status: int) -> str:
    number = f"error {answer.code}" if answer.code is not None else f"HTTP {status}"
    if entry is None:
        return f"{answer.message or 'it does not say why'} ({number})"
    quote = f": {answer.message}" if entry.quotes and answer.message else ""
    return f"{entry.sentence}{quote} ({number})"


def _hint(answer: _Answer, entry: CatalogueEntry | None, account: Account, status: int) -> str | None:
    if answer.code in {20003, NOT_FOUND} or (entry is None and status == 401):
        return _credentials_hint(account)
    if entry is not None:
        return entry.hint
    return f"See {answer.more_info}" if answer.more_info.startswith("https://") else None


def _credentials_hint(account: Account) -> str | None:
    names = "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
    if account.by_api_key:
        names = "TWILIO_ACCOUNT_SID, TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET"
    if account.region in {None, "us1"}:
        return f"Check {names}. Keys of another region (ie1, au1) are only valid with TWILIO_REGION set."
    return (
        f"The request went to region {account.region}, where only credentials created for {account.region} "
        f"are valid. Check {names} (or their variants ending in _{str(account.region).upper()}), "
        "or unset TWILIO_REGION."
    )


def _call_not_found(call_sid: str, code: int | None, status: int, account: Account) -> CallNotFound:
    if code == CALL_NOT_IN_PROGRESS:
        return CallNotFound(
            f"call {call_sid} is not in progress (error {code})", code=code, http_status=status
        )
    where = f" in region {account.region}" if account.region else ""
    return CallNotFound(
        f"Twilio knows no call {call_sid} of this account{where}",
        code=code,
        http_status=status,
        hint="A call is only visible in the region that placed it: check TWILIO_REGION.",
    )
