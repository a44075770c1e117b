"""Parsers of the settings about keys, machines and people, as `parsers` describes them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from cartesia_call.audio.durations import duration_between
from cartesia_call.conversation.keys import ACKNOWLEDGED_WORD, REJECTED_WORD
from cartesia_call.declarations.setting import one_of
from cartesia_call.patterns import regex
from cartesia_call.policy.guard import Budget
from cartesia_call.telephony.outcomes import Outcome

LONGEST_TEXT_CHARACTERS = 2000
"""About four minutes of speech. What is beyond that in a text beside the message is left out."""

NO_UTF8 = regex(r"[\ud800-\udfff]")
"""What Python makes of bytes in arguments and the environment that are no UTF-8."""


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A parser of whole numbers in this range."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,4}", value) or not least <= int(value) <= most:
            raise ValueError(f"{value!r} is not a whole number from {least} to {most}")
        return int(value)

    return parse


def key(value: str) -> str:
    """One key of a telephone. `*` says the message again, always."""
    if re.fullmatch(r"[0-9#]", value):
        return value
    if value == "*":
        raise ValueError("'*' always says the message again; write one of 0-9 or #")
    raise ValueError(f"{value!r} is not one key of a telephone; write one of 0-9 or #")


def key_words(value: str) -> dict[str, str]:
    """`1=confirmed,9=opt-out`: the word of each key, by its digit. ValueError with all that is wrong."""
    words: dict[str, str] = {}
    problems: list[str] = []
    for entry in (entry.strip() for entry in value.split(",")):
        digit, equals, word = entry.partition("=")
        if not equals:
            problems.append(f"{entry!r} is no key and its word; write such as 1=confirmed")
            continue
        try:
            key(digit)
        except ValueError as error:
            problems.append(str(error))
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?", word):
            problems.append(f"{word!r} is no word for a key; write 1 to 20 of a-z, 0-9 and - between them")
        elif word in set(Outcome) - {ACKNOWLEDGED_WORD, REJECTED_WORD}:
            problems.append(
                f"{word} is how a call ends without a key; write another word, or {REJECTED_WORD}"
            )
        if digit in words:
            problems.append(f"the key {digit!r} has two words; write one")
        words[digit] = word
    if problems:
        raise ValueError("; ".join(dict.fromkeys(problems)))
    return words


def spoken_text(value: str) -> str:
    """A text for a voice, which may come from a stranger: what cannot be said of it is left out.

    Bytes that are no text become U+FFFD. Empty if nothing is left that a voice could say.
    """
    text = NO_UTF8.sub("\ufffd", value[:LONGEST_TEXT_CHARACTERS])
    words = " ".join("".join(map(_spoken_character, text)).split())
    return words if any(character.isprintable() and character != " " for character in words) else ""


def _spoken_character(character: str) -> str:
    """Format characters join letters in some scripts; controls and what XML cannot carry only separate."""
    is_kept = character.isprintable() or unicodedata.category(character) == "Cf"
    return character if is_kept else " "


def send_digits(value: str) -> str:
    """Twilio's `SendDigits` (call-resource): at most 32 tones and pauses."""
    if not re.fullmatch(r"[0-9A-Da-d#*wW]+", value):
        raise ValueError(
            f"{value!r} cannot be sent; write digits, A to D, # and *, w for a pause of 0.5s, W for one of 1s"
        )
    if len(value) > 32:
        raise ValueError(f"has {len(value)} tones and pauses; Twilio sends at most 32")
    return re.sub("[a-d]", lambda tone: tone[0].upper(), value)


class Detection(StrEnum):
    """Who tells machines from people: we where we are sure, we wherever we guess, the carrier, or both."""

    AUTO = "auto"
    LOCAL = "local"
    CARRIER = "carrier"
    BOTH = "both"


def detection(value: str) -> Detection:
    return Detection(one_of(*Detection)(value))


def people(value: str) -> tuple[str, ...]:
    """Numbers or SIP addresses, separated by commas; each is read once the country is known."""
    entries = tuple(entry.strip() for entry in value.split(","))
    if not all(entries):
        raise ValueError("names an empty number; leave it out")
    return entries


def countries(value: str) -> frozenset[str]:
    """Countries to call: ISO 3166, or 001 for numbers of no country."""
    from cartesia_call.telephony.ranges import parse_countries

    return parse_countries(value)


def budget(value: str) -> Budget:
    """`30/1h`: at most so many calls within any stretch of this length, a minute to a week."""
    calls, slash, stretch = value.partition("/")
    if not slash or not re.fullmatch(r"[0-9]{1,4}", calls) or int(calls) < 1:
        raise ValueError(f"{value!r} is not a budget; write calls and a time, such as 30/1h")
    return Budget(calls=int(calls), within=timedelta(seconds=duration_between(60, 7 * 86400)(stretch)))


def reason(value: str) -> str:
    """A few words that are kept with the call."""
    words = spoken_text(value)
    if sum(character.isalnum() for character in words) < 5 or len(words) > 200:
        raise ValueError(
            f"{value[:40]!r} is no reason; say why in 5 to 200 characters, for they are kept with the call"
        )
    return words
