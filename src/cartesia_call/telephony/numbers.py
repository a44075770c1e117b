"""Telephone numbers: from what people type to E.164, and masked for logs."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable

from cartesia_call.errors import InputError
from cartesia_call.patterns import regex
from cartesia_call.records import dataclass
from cartesia_call.telephony import numbering
from cartesia_call.telephony.number_endings import ODD_ENDINGS, SLASH_HINT, WHOLE_DIGITS
from cartesia_call.telephony.numbering import (
    NumberParseException,
    PhoneNumber,
    ShortNumberCost,
    ValidationResult,
)
from cartesia_call.telephony.sip_addresses import is_sip, mask_sips_in

_LONGEST_SHORT_CODE_DIGITS = 6
"""No emergency number that phonenumbers knows is longer; the longest is 723141 in Niger."""
_QUOTED_CHARACTERS = 32
_REMEMBERED = 256
"""Numbers whose national digits are kept: a call's few are masked in every line that is shown of it."""
_E164_IN_TEXT = regex(r"(?:\+|%2B)\d{7,15}", re.IGNORECASE)
_BETWEEN_DIGITS = r"(?:\(0\)|[\W_]){0,4}"
"""What people write there: white space, brackets, dots, dashes; and a national prefix, `+44 (0)20`."""
_OLD_MEXICAN_MOBILE = regex(r"^\+521(\d{10})$")
"""A mobile number of Mexico as it was dialled from abroad until the regulator (IFT) dropped the prefix in
August 2019: the ten digits after the 1 are it."""
ORDER_HINT = "The number comes first, then the message. "
"""Begins the hint about words in place of a number: whoever reads numbers from elsewhere takes it off."""

_E164_HINT = "Write it in E.164, such as +12025550100: a plus sign, country code, number."


@dataclass(frozen=True)
class ParsedNumber:
    """A number that may be dialled. `warning` says what is odd about it, with the number masked."""

    e164: str
    warning: str | None = None


def parse_number(text: str, *, country: str | None) -> ParsedNumber:
    """Read a number in E.164 or, with `country` (ISO 3166-1 alpha-2), in its national form.

    InputError with one sentence and a hint for everything that is not one dialable telephone number:
    emergency numbers and short codes too, extensions, SIP addresses, letters in place of digits.
    """
    typed = plainly_spaced(text)
    region = known_region(country)
    _refuse_other_things(typed)
    if not typed.startswith("+"):
        _refuse_short(typed, region)
    _refuse_second(typed, region)
    number = _without_old_prefix(_parse(typed, region))
    is_known = numbering.is_valid_number(number)
    _refuse_emergency_and_short(number, typed, is_known=is_known)
    e164 = numbering.format_number(number, numbering.PhoneNumberFormat.E164)
    if is_known:
        return ParsedNumber(e164)
    _refuse_impossible(number, typed)
    return ParsedNumber(
        e164,
        f"{mask_number(e164)} is outside the number ranges known for its country; "
        "whether it can be called is up to Twilio.",
    )


def without_mobile_token(e164: str) -> str:
    """`e164` without the digit behind its country code that only says that the number is a mobile one:
    +54 9 11 ... and +54 11 ... are one number, and so are +52 1 ... and +52 ... What is no number stays."""
    e164 = _OLD_MEXICAN_MOBILE.sub(r"+52\1", e164)
    for end in range(2, 5):  # no country code begins like another one
        code, national = e164[1:end], e164[end:]
        token = numbering.country_mobile_token(int(code)) if code.isdecimal() else ""
        if token and national.startswith(token):
            return f"+{code}{national.removeprefix(token)}"
    return e164


def refuse_emergency(digits: str, region: str) -> None:
    """InputError if these digits, dialled in the country `region`, are an emergency number.

    Or begin with one, too long for an extension and no number that is known there.
    """
    if numbering.is_emergency_number(digits, region):
        raise _emergency(digits)
    if len(digits) <= _LONGEST_SHORT_CODE_DIGITS or read_number(digits, region) is not None:
        return
    if numbering.connects_to_emergency_number(digits, region):
        raise _emergency(digits, "begins with")


def is_short_code(digits: str, region: str) -> bool:
    """Whether these digits, dialled in the country `region`, are a short code."""
    if len(digits) > _LONGEST_SHORT_CODE_DIGITS:
        return False
    try:
        number = numbering.parse(digits, region)
    except NumberParseException:  # one digit, or a prefix with little behind it
        return False
    return bool(numbering.is_valid_short_number_for_region(number, region))


def read_number(text: str, region: str | None) -> str | None:
    """`text` as E.164 if it is a number of a range that is known, read as one of `region` without a plus."""
    try:
        number = numbering.parse(text, region)
    except NumberParseException:
        return None
    if not numbering.is_valid_number(number):
        return None
    return str(numbering.format_number(number, numbering.PhoneNumberFormat.E164))


def plainly_spaced(text: str) -> str:
    """`text` with plain spaces for all white space within a line, and without invisible marks.

    French typography and chat programs put such between digits, and nobody sees them.
    """
    if text.isascii():
        return text.replace("\t", " ").strip()
    shown_as = {"Zs": " ", "Cf": ""}
    spaced = (shown_as.get(unicodedata.category(character), character) for character in text)
    return "".join(spaced).replace("\t", " ").strip()


def known_region(country: str | None) -> str | None:
    """`country` in capitals, None for None; InputError if the numbering plan has no such country."""
    if country is None:
        return None
    region = country.strip().upper()
    if region in numbering.SUPPORTED_REGIONS:
        return region
    hint = "Give the two letters of ISO 3166, e.g. --country US."
    if region == "UK":
        hint = "The United Kingdom is --country GB."
    raise InputError(f"--country {country!r} is not a country known to the numbering plan.", hint=hint)


def country_of(e164: str) -> str | None:
    """The country (ISO 3166-1 alpha-2) that a number belongs to; None for none, and where it is not known."""
    region = numbering.region_code_for_number(numbering.parse(e164))
    return region if region in numbering.SUPPORTED_REGIONS else None


def mask_number(e164: str) -> str:
    """`+12025550143` as `+1202***0143`: country and area stay readable, at least three digits never do.

    Of a SIP address the user is masked: `sip:a***@example.com`.
    """
    if is_sip(e164):
        return mask_sips_in(e164)
    digits = e164.removeprefix("+")
    plus = e164[: len(e164) - len(digits)]
    head = min(4, max(1, len(digits) - 7))
    tail = min(4, max(0, len(digits) - head - 3))
    return f"{plus}{digits[:head]}***{digits[len(digits) - tail :]}"


def mask_numbers_in(text: str) -> str:
    """`text` with all that looks like E.164 or a SIP address masked, in URLs (`%2B1202...`) too."""

    def mask(match: re.Match[str]) -> str:
        digits = match[0].lstrip("+").removeprefix("%2B").removeprefix("%2b")
        return match[0][: len(match[0]) - len(digits)] + mask_number(digits)

    return _E164_IN_TEXT.sub(mask, mask_sips_in(text))


def mask_known(text: str, numbers: Iterable[str]) -> str:
    """`text` with these E.164 `numbers` masked, however their digits are written and separated there.

    With the country code, with or without its plus, or without it where no other digit touches the number;
    in the digits of any script. SIP addresses are masked wherever they stand.
    """
    text = mask_sips_in(text)
    for number in sorted(numbers, key=len, reverse=True):  # one may begin with another
        digits = "".join(character for character in number if character.isdigit())
        if is_sip(number) or not digits:
            continue
        national = _national_digits(number)
        text = _mask_spelling(text, r"(?:%2B|[+\uFF0B])?" + _BETWEEN_DIGITS.join(digits), number)
        if national != digits:
            text = _mask_spelling(text, rf"(?<!\d){_BETWEEN_DIGITS.join(national)}(?!\d)", number)
    return text


def _mask_spelling(text: str, spelling: str, number: str) -> str:
    end = 0
    pieces = []
    for match in re.finditer(spelling, _with_plain_digits(text), re.IGNORECASE):
        pieces += [text[end : match.start()], mask_number(number)]
        end = match.end()
    return "".join([*pieces, text[end:]])


@functools.lru_cache(maxsize=_REMEMBERED)
def _national_digits(number: str) -> str:
    """The digits of `number` without its country code; all of them if it is no E.164."""
    try:
        return str(numbering.national_significant_number(numbering.parse(number)))
    except NumberParseException:
        return "".join(character for character in number if character.isdigit())


def _with_plain_digits(text: str) -> str:
    """`text` with the same characters at the same places, except that all digits are ASCII."""
    return "".join(str(unicodedata.decimal(character, character)) for character in text)


def _refuse_other_things(typed: str) -> None:
    if not typed:
        raise InputError("The number to call is empty.", hint=_E164_HINT)
    if "***" in typed:
        raise InputError(
            "The number to call is masked with ***, as it is printed.",
            hint="Write it whole: `cartesia-call history --show-numbers` has it.",
        )
    if is_sip(typed):
        raise InputError("SIP addresses are no telephone numbers, and one is needed here.", hint=_E164_HINT)
    for pattern, what, hint in ODD_ENDINGS:
        if pattern.search(typed):
            raise InputError(f"{_quoted(typed)} {what}.", hint=hint)
    plain = re.sub(r"(?i)^tel:", "", typed)
    if any(character.isalpha() for character in plain):
        raise InputError(
            f"{_quoted(typed)} is not a telephone number: it has letters in it.",
            hint=f"{ORDER_HINT}{_E164_HINT}",
        )


def _refuse_short(typed: str, region: str | None) -> None:
    """What is too short for a country code: emergency numbers anywhere in the world, short codes."""
    digits = numbering.normalize_digits_only(typed)
    if not 0 < len(digits) <= _LONGEST_SHORT_CODE_DIGITS:
        return
    if any(
        numbering.is_emergency_number(digits, any_region) for any_region in numbering.SUPPORTED_SHORT_REGIONS
    ):
        raise _emergency(typed)
    if region is None:
        raise _short_code(typed)


def _refuse_second(typed: str, region: str | None) -> None:
    """Digits behind a number that is whole, and behind a slash, are no part of it."""
    before, slash, behind = typed.rpartition("/")
    whole = read_number(before, region) if slash and behind.strip().isdecimal() else None
    if whole is not None and len(_national_digits(whole)) >= WHOLE_DIGITS:
        raise InputError(
            f"{_quoted(typed)} has digits behind a slash, and is a whole number without them.",
            hint=SLASH_HINT,
        )


def _parse(typed: str, region: str | None) -> PhoneNumber:
    try:
        return numbering.parse(typed, region)
    except NumberParseException as error:
        if region is None and typed.startswith("00"):
            raise InputError(
                f"{_quoted(typed)} begins with 00, which means something in some countries only.",
                hint=f"Write + in its place. {_E164_HINT}",
            ) from None
        is_national = (
            error.error_type == NumberParseException.INVALID_COUNTRY_CODE
            and region is None
            and "+" not in typed
            and any(character.isdigit() for character in typed)
        )
        if is_national:
            raise InputError(
                f"{_quoted(typed)} has no country code.",
                hint=f"{_E164_HINT} Or say which country's national form it is: --country US.",
            ) from None
        raise InputError(f"{_quoted(typed)} is not a telephone number.", hint=_E164_HINT) from None


def _without_old_prefix(number: PhoneNumber) -> PhoneNumber:
    e164 = numbering.format_number(number, numbering.PhoneNumberFormat.E164)
    match = _OLD_MEXICAN_MOBILE.match(e164)
    return number if match is None else numbering.parse(f"+52{match[1]}")


def _refuse_emergency_and_short(number: PhoneNumber, typed: str, *, is_known: bool) -> None:
    national = numbering.national_significant_number(number)
    regions = numbering.region_codes_for_country_code(number.country_code or 0)
    # Asked only of what is short enough to be one: two dozen countries share +1, and lists are long.
    if len(national) <= _LONGEST_SHORT_CODE_DIGITS and any(
        numbering.is_emergency_number(national, region) for region in regions
    ):
        raise _emergency(typed)
    if is_known:
        return
    # Exchanges stop listening after `112`, unless a subscriber's number begins so.
    if any(numbering.connects_to_emergency_number(national, region) for region in regions):
        raise _emergency(typed, "begins with")
    if len(national) <= _LONGEST_SHORT_CODE_DIGITS and numbering.is_valid_short_number(number):
        raise _short_code(typed, is_premium=numbering.expected_cost(number) == ShortNumberCost.PREMIUM_RATE)


def _refuse_impossible(number: PhoneNumber, typed: str) -> None:
    reason = {
        ValidationResult.INVALID_COUNTRY_CODE: "its country code does not exist",
        ValidationResult.TOO_SHORT: "it has too few digits for its country",
        ValidationResult.TOO_LONG: "it has too many digits for its country",
        ValidationResult.INVALID_LENGTH: "no number of its country has that many digits",
        ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "its area code is missing",
    }.get(numbering.is_possible_number_with_reason(number))
    if reason is not None:
        raise InputError(f"{_quoted(typed)} cannot be a telephone number: {reason}.", hint=_E164_HINT)


def _emergency(typed: str, relation: str = "is") -> InputError:
    return InputError(
        f"{_quoted(typed)} {relation} an emergency number, which this program never calls.",
        hint="Call emergency services from a telephone.",
    )


def _short_code(typed: str, *, is_premium: bool = False) -> InputError:
    kind = "premium-rate short code" if is_premium else "short code"
    return InputError(
        f"{_quoted(typed)} is a {kind}, which works inside one telephone network only.",
        hint=f"Call a full number. {_E164_HINT}",
    )


def _quoted(typed: str) -> str:
    """What was typed, shortened, with the middle digits of anything as long as a full number hidden."""
    places = [place for place, character in enumerate(typed) if character.isdigit()]
    hidden: set[int] = set()
    if len(places) > _LONGEST_SHORT_CODE_DIGITS:
        hidden = set(places[min(4, len(places) - 7) : -4])
    shown = "".join("*" if place in hidden else character for place, character in enumerate(typed))
    return repr(shown if len(shown) <= _QUOTED_CHARACTERS else f"{shown[:_QUOTED_CHARACTERS]}...")
