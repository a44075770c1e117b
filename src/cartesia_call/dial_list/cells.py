"""Single fields of a dial list as people and spreadsheets write them. ValueError or InputError says what is
wrong with one, numbers in it masked.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable

from cartesia_call.dial_list.records import ODD_CHARACTER
from cartesia_call.dial_list.showing import masked_digits
from cartesia_call.errors import InputError
from cartesia_call.policy.window import parse_time
from cartesia_call.speech.choices import parse_language, parse_voice
from cartesia_call.telephony.callees import compared, parse_callee
from cartesia_call.telephony.numbers import ORDER_HINT, ParsedNumber, without_mobile_token
from cartesia_call.telephony.sip_addresses import LONGEST_ADDRESS_CHARACTERS, is_sip, telephone_user
from cartesia_call.telephony.time_zones import parse_zone

FILL_IN = "Fill it in, or take the row out."
LONGEST_CHOICE_CHARACTERS = 100
"""Of a voice, a language, a time zone or a time of day."""

_AS_TEXT = re.compile(r"""=\s*"([^"]*)"|['’](?=\s*[+(\d])(.*)""", re.DOTALL)
"""How spreadsheets are told that a number is text: the formula `="..."`, and an apostrophe before it."""
_SPREADSHEET_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|#{2,})")
_NO_NUMBER = (
    (
        re.compile(r"\+?\d{7,}[.,]0{1,2}"),
        "it has decimals: some program took the number for an amount",
        "Have the column written as text.",
    ),
    (
        re.compile(r"(?:19|20)\d\d-\d\d-\d\d.*|\d\d?([./-])\d\d?\1(?:19|20)\d\d.*", re.DOTALL),
        "it is a date",
        "If it is a number, write it in E.164: a plus sign, country code, number.",
    ),
)
"""What would be read as the number of somebody else where national numbers are."""


def callee_in(field: str, *, country: str | None, home: str | None) -> ParsedNumber:
    """Who is called, by the field of the column of numbers; `home` is the country that calls come from.

    Read as `parse_callee` does, without what makes it text in a spreadsheet. InputError for what cannot be
    called.
    """
    typed = field.strip()
    if says := unsayable(typed):
        raise InputError(says, hint=FILL_IN)
    if len(typed) > LONGEST_ADDRESS_CHARACTERS:
        raise InputError("it is longer than any number or SIP address")
    if text := _AS_TEXT.fullmatch(typed):
        typed = text[1] or text[2] or ""
    for pattern, reason, hint in _NO_NUMBER:
        if pattern.fullmatch(typed):
            raise InputError(reason, hint=hint)
    try:
        return parse_callee(typed, country=country, home=home)
    except InputError as error:
        todo = error.hint and error.hint.removeprefix(ORDER_HINT)
        raise InputError(error.message.rstrip("."), hint=todo) from None


def same_callee_key(callee: str) -> str | int:
    """One value for all spellings of `callee` (E.164, or a SIP address) that surely ring the same telephone.

    Small, for there is one for every row of a list.
    """
    user = telephone_user(callee) if is_sip(callee) else callee
    if user is None or not user.startswith("+"):
        return compared(callee)
    return int(without_mobile_token(user)[1:])


def choice_in(field: str, parse: Callable[[str], str]) -> str | None:
    """What a column of choices has for a row, None for nothing; ValueError for what `parse` refuses."""
    text = field.strip()
    if not text:
        return None
    if len(text) > LONGEST_CHOICE_CHARACTERS:
        raise ValueError(f"it is longer than {LONGEST_CHOICE_CHARACTERS} characters")
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(masked_digits(str(error))) from None


@functools.lru_cache(maxsize=1000)
def parse_zone_name(text: str) -> str:
    """The name of a time zone; looking for its file is slow, and a list has few."""
    return parse_zone(text).key


def parse_clock(text: str) -> str:
    """`HH:MM`, as `time.fromisoformat` reads it."""
    return parse_time(text).isoformat("minutes")


PARSERS: dict[str, Callable[[str], str]] = {
    "voice": parse_voice,
    "language": parse_language,
    "timezone": parse_zone_name,
    "not_after": parse_clock,
}
"""By the names of the columns."""


def odd_character_in(field: str) -> str | None:
    """What to say of a control or a lost character in a field; None if there is none."""
    found = ODD_CHARACTER.search(field)
    if found is None:
        return None
    code = f"U+{ord(found[0]):04X}"
    if unicodedata.category(found[0]) == "Cc":
        return f"the control character {code} is in it"
    return f"{code} is in it, which stands for a character that was lost"


def unsayable(field: str) -> str | None:
    """What to say of a field that is to be heard and holds nothing that could; None if it does."""
    text = field.strip()
    if not text:
        return "it is empty"
    if text.startswith("#") and _SPREADSHEET_ERROR.fullmatch(text):
        return f"{text[:10]} is what a spreadsheet shows in place of a value"
    return None
