"""What is asked of whoever answers: keys, their words, and what is said about them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from cartesia_call.conversation.keys import ACKNOWLEDGED_WORD, OPT_OUT, REJECTED_WORD
from cartesia_call.conversation.parts import ACK_TIMEOUT, ConversationPlan, Part
from cartesia_call.declarations.setting import Section, Setting, Shape
from cartesia_call.settings import people_parsers
from cartesia_call.settings.fleet import QUEUE
from cartesia_call.settings.reader import Reader
from cartesia_call.settings.turns import DO_NOT_CALL

SECTION = Section("Asking for a key")

ACK = SECTION.optional(
    "--ack",
    metavar="KEY",
    parse=people_parsers.key,
    help="Ask for this key, 0-9 or #, and end with 0 only if it, or a --key, was pressed, with 16 if not. "
    "The key * says the message again. Short for --key KEY=acknowledged.",
)
KEY = SECTION.optional(
    "--key",
    shape=Shape.LIST,
    metavar="KEY=WORD",
    parse=people_parsers.key_words,
    help="A key with a word of your own (a-z, 0-9, -), which stands in the result. Each ends with 0 like "
    "--ack, whatever it means, but rejected and opt-out with 17; opt-out also puts the number into the "
    "--do-not-call file. Repeatable.",
)
REJECT = SECTION.optional(
    "--reject",
    metavar="KEY",
    parse=people_parsers.key,
    help="Another key, by which the callee declines; ends with 17. Short for --key KEY=rejected.",
)
PROMPT = SECTION.optional(
    "--prompt",
    metavar="TEXT",
    parse=people_parsers.spoken_text,
    may_be_empty=True,
    default_note='"Press 1 to confirm.", with the keys that are asked for',
    help="What is said after the message; '' for nothing.",
    file_note="'' is for the command line alone.",
)
CONFIRMATION = SECTION.setting(
    "--confirmation",
    metavar="TEXT",
    default="Thank you. Good bye.",
    parse=people_parsers.spoken_text,
    may_be_empty=True,
    help="What is said after the key; '' for nothing.",
    file_note="'' is for the command line alone.",
)
SECTION.include(ACK_TIMEOUT)
REPEAT = SECTION.setting(
    "--repeat",
    metavar="N",
    default="1",
    parse=people_parsers.whole_number(0, 20),
    help="How often the message is said again without a key, 0 to 20 times.",
)
KEEP_DIGITS = SECTION.switch(
    "--keep-digits",
    help="Keep all keys that the callee presses in the history; without it only what they answered is kept: "
    "acknowledged, rejected, a word of --key.",
)

_ABOUT_THE_KEY = (REJECT, PROMPT, CONFIRMATION, ACK_TIMEOUT, REPEAT)
_KEYS_SPOKEN = {"#": "the pound key"}
_WORDS_SPOKEN = {
    ACKNOWLEDGED_WORD: "to confirm",
    REJECTED_WORD: "to decline",
    OPT_OUT: "to get no more calls",
}
"""For a prompt of our own; of a word that the user has chosen we say the word."""


def read_keys(reader: Reader) -> tuple[ConversationPlan, dict[Part, str | None]]:
    """The keys that answer, as a plan of nothing else, and what is said of them; nothing without any."""
    nothing: tuple[ConversationPlan, dict[Part, str | None]] = (ConversationPlan(), {})
    ack_key, words, reject_key = reader.value(ACK), reader.value(KEY), reader.value(REJECT)
    prompt, confirmation = reader.value(PROMPT), reader.value(CONFIRMATION)
    if reader.find(ACK) is None and reader.find(KEY) is None:
        if options := _on_command_line(reader, _ABOUT_THE_KEY):
            reader.problems.append(f"{options}: no key is asked for; add --ack KEY, such as --ack 1")
        return nothing
    if reader.is_malformed(ACK) or reader.is_malformed(KEY):
        return nothing
    keys = ConversationPlan(ack_key=ack_key, key_words=words or {})
    _refuse_keys(reader, keys, reject_key)
    if keys.asks_for_key:
        keys = ConversationPlan(ack_key=ack_key, key_words=words or {}, reject_key=reject_key)
    given = reader.find(PROMPT)
    if given is None or (given.text and not prompt):
        prompt = _default_prompt(keys.answers)
    # Nobody hears a confirmation of what is no acknowledgement.
    return keys, {Part.PROMPT: prompt, Part.CONFIRMATION: confirmation if keys.asks_for_key else None}


def _refuse_keys(reader: Reader, keys: ConversationPlan, reject_key: str | None) -> None:
    """Note what is wrong with these keys together."""
    asked = ((REJECT, [reject_key]), (KEY, [*keys.key_words]), (ACK, [keys.ack_key]))
    named = [(at.where, digits) for setting, digits in asked if (at := reader.find(setting)) is not None]
    for (one, digits), (other, others) in itertools.combinations(named, 2):
        reader.problems += [
            f"{one} and {other} name the same key {digit!r}: write two" for digit in digits if digit in others
        ]
    words, offered = keys.key_words.values(), reader.find(KEY)
    if not keys.asks_for_key and offered is not None and REJECTED_WORD in words:
        reader.problems.append(f"{offered.where}: a key to decline needs one to answer; add --ack KEY")
    elif not keys.asks_for_key and (option := reader.given_on_command_line(REJECT)):
        reader.problems.append(f"{option}: no key is asked for; add --ack KEY, such as --ack 1")
    if offered is not None and OPT_OUT in words and not _keeps_opt_outs(reader):
        reader.problems.append(
            f"{offered.where}: {OPT_OUT} puts the number into a file; add --do-not-call FILE, which exists"
        )


def _keeps_opt_outs(reader: Reader) -> bool:
    """Whether there is a place for whoever asks not to be called again: a queue has one for all workers."""
    return any(reader.find(place) is not None for place in (DO_NOT_CALL, QUEUE))


def _default_prompt(answers: Mapping[str, str]) -> str:
    """`Press 1 to confirm, 2 for cancelled, or 9 to decline.`"""
    *offers, last = [
        f"{_KEYS_SPOKEN.get(digit, digit)} {_WORDS_SPOKEN.get(word) or 'for ' + word.replace('-', ' ')}"
        for digit, word in answers.items()
    ]
    return f"Press {', '.join(offers)}, or {last}." if offers else f"Press {last}."


def _on_command_line(reader: Reader, settings: Iterable[Setting[object]]) -> str:
    """Those of these options that stand on the command line, for a sentence; empty if none does."""
    return ", ".join(option for one in settings if (option := reader.given_on_command_line(one)))
