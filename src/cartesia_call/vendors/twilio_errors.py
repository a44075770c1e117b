"""Twilio's error answers, read and translated into the errors of this package."""

from __future__ import annotations

import json
import re
from dataclasses import field

from cartesia_call.errors import (
    CallNotFound,
    CallRefused,
    CarrierError,
    CarrierUnavailable,
    PlacementUnknown,
    Unauthorized,
)
from cartesia_call.patterns import regex
from cartesia_call.quoting import quotable
from cartesia_call.records import dataclass
from cartesia_call.vendors.twilio_catalogue import (
    CALL_NOT_IN_PROGRESS,
    CALLER_ID_NOT_OURS,
    CATALOGUE,
    NOT_FOUND,
    TOO_MANY_REQUESTS,
    CatalogueEntry,
)

_OUTAGE = "status.twilio.com tells whether Twilio has a problem."
_WITHOUT_VERIFIED_CALLER_IDS = "ie1"
"""The region whose list of products lacks Verified Caller IDs (twilio.com/docs/global-infrastructure)."""

_LACKED_IN_REGION = regex(r"not supported in realm")
"""`Endpoint is not supported in realm 'ie1'`, whatever code comes with it (twilio-java#864)."""

_HIGHEST_CODE = 999_999
"""Twilio's codes have five or six digits; a longer number is not one of them."""


@dataclass(frozen=True)
class Refusal:
    """An HTTP answer other than 2xx, as it came."""

    http_status: int
    body: str


@dataclass(frozen=True, kw_only=True)
class Account:
    """Whose requests they are, for hints, and what no sentence may contain.

    `region` is the one that the API's host stands for (`us1`, `ie1`), or that a host which is not Twilio's is
    used for; None if that is not known.
    """

    region: str | None
    by_api_key: bool
    secrets: tuple[str, ...] = field(repr=False)


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
    code = answer.code
    if not 400 <= status < 500 or status == 408:  # assumes: errors-by-status
        said = f": {answer.message}" if answer.message else ""
        if placing:
            sentence = f"Twilio answered HTTP {status}{said}; the call may have been placed"
            return PlacementUnknown(sentence, code=code, http_status=status, hint=_OUTAGE)
        return CarrierError(
            f"Twilio answered HTTP {status}{said}", code=code, http_status=status, hint=_OUTAGE
        )
    if _LACKED_IN_REGION.search(answer.message):
        return _lacked_in_region(answer, account, status, placing)
    # assumes: ended-call-is-refused
    if call_sid is not None and (status == 404 or code in {NOT_FOUND, CALL_NOT_IN_PROGRESS}):
        return _call_not_found(call_sid, code, status, account)
    kind = _kind(entry, status, code, placing)
    what = "the credentials" if kind is Unauthorized else "the call" if placing else "the request"
    return kind(
        f"Twilio refuses {what}: {_explanation(answer, entry, status)}",
        code=code,
        http_status=status,
        account_wide=entry is not None and entry.account_wide,
        hint=_hint(answer, entry, account, status),
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
    code = fields.get("code")  # assumes: error-fields
    detail = fields.get("detail")
    message = fields.get("message") or fields.get("title") or ""
    return _Answer(
        code=code if type(code) is int and 0 < code <= _HIGHEST_CODE else None,
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
    if answer.code == CALLER_ID_NOT_OURS and account.region == _WITHOUT_VERIFIED_CALLER_IDS:
        return (
            "Region ie1 has no verified caller IDs: use a number that this account bought (--from or "
            "TWILIO_FROM_NUMBER), or another --region."
        )
    if entry is not None:
        return entry.hint
    return f"See {answer.more_info}" if answer.more_info.startswith("https://") else None


def _credentials_hint(account: Account) -> str | None:
    names = "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
    if account.by_api_key:
        names = "TWILIO_ACCOUNT_SID, TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET"
    if account.region in {None, "us1"}:
        return (
            f"Check {names}. Keys of another region (ie1, au1) are only valid with --region or TWILIO_REGION."
        )
    suffix = f"_{str(account.region).upper()}"
    return (
        f"The request went to region {account.region}, where only credentials created for {account.region} "
        f"are valid, and no us1 key: make an API key with this region in the Twilio console, and set "
        f"TWILIO_API_KEY_SID{suffix} and TWILIO_API_KEY_SECRET{suffix}. If it is one, check {names} (or "
        f"their variants ending in {suffix}); or leave out --region and TWILIO_REGION."
    )


def _lacked_in_region(answer: _Answer, account: Account, status: int, placing: bool) -> CarrierError:
    kind = CallRefused if placing else CarrierError
    region = f"region {account.region}" if account.region else "this region"
    number = f"error {answer.code}" if answer.code is not None else f"HTTP {status}"
    return kind(
        f"Twilio does not offer this in {region}: {answer.message} ({number})",
        code=answer.code,
        http_status=status,
        hint="Use another region (--region or TWILIO_REGION), with credentials of that region.",
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
