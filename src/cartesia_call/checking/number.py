"""What a number to call says about itself."""

from __future__ import annotations

from collections.abc import Callable

from cartesia_call.checking.findings import Finding, failed, passed, warned
from cartesia_call.errors import CallRefused, CallWithheld, InputError
from cartesia_call.policy.withheld import Withheld
from cartesia_call.telephony.numbers import ParsedNumber, country_of, parse_number

NUMBER = "number"

_NOT_VALID = 21211


def check_number(
    typed: str,
    *,
    country: str | None,
    caller_id: str | None,
    fence: Callable[[str], Withheld | None] | None = None,
) -> tuple[Finding, ParsedNumber | None]:
    """The line about a number as it was typed, and the number itself unless it cannot be dialled.

    `fence` says whether a call to it would be held back whatever the time.
    """
    try:
        number = parse_number(typed, country=country)
    except InputError as error:
        return failed(NUMBER, error), None
    if number.e164 == caller_id:
        return failed(
            NUMBER,
            CallRefused(
                f"{number.e164} is the caller ID itself",
                code=_NOT_VALID,
                hint="name another caller ID with --from, or another number",
            ),
        ), number
    if fence is not None and (withheld := fence(number.e164)) is not None:
        return failed(NUMBER, CallWithheld(f"{number.e164} is not called: {withheld.detail}")), number
    found_in = country_of(number.e164)
    if number.warning is not None:
        return warned(NUMBER, number.warning.rstrip("."), None, country=found_in), number
    where = f" in {found_in}" if found_in else ""
    return passed(NUMBER, f"{number.e164} is a number{where}", country=found_in), number
