"""What happens behind the answer: the key, the machine, the robot that asks who is calling."""

from __future__ import annotations

from collections.abc import Mapping

from cartesia_call.conversation.parts import (
    AMD_TIMEOUT,
    GREETING,
    VOICEMAIL,
    VOICEMAIL_BEEP,
    ConversationPlan,
    Part,
    VoicemailMode,
)
from cartesia_call.declarations.setting import Section
from cartesia_call.records import dataclass
from cartesia_call.settings import people_parsers
from cartesia_call.settings.asking import (
    CONFIRMATION,
    KEEP_DIGITS,
    PROMPT,
    REPEAT,
    read_keys,
)
from cartesia_call.settings.call import TAGS
from cartesia_call.settings.people_parsers import Detection
from cartesia_call.settings.reader import Reader
from cartesia_call.settings.speaking import LANGUAGE
from cartesia_call.speech.choices import base_language
from cartesia_call.speech.tag_words import EVERY_TAG, NO_TAG, read_tags

ANSWER = Section("Who answers")

ANSWER.include(GREETING)
ANSWER.include(VOICEMAIL)
VOICEMAIL_MESSAGE = ANSWER.optional(
    "--voicemail-message",
    metavar="TEXT",
    parse=people_parsers.spoken_text,
    may_be_empty=True,
    default_note="the message",
    help="What is left on a machine.",
)
ANSWER.include(VOICEMAIL_BEEP)
AMD = ANSWER.setting(
    "--amd",
    metavar="auto|local|carrier|both",
    default="auto",
    parse=people_parsers.detection,
    help="Who tells machines from people. auto: this program, by what it hears, free; skip hangs up only "
    "where it is sure, behind a beep, a fax tone or 6s of talk, and on a guess when the message is over. "
    "local: the same, but skip hangs up on a guess at once. carrier: Twilio, charged by it for each call "
    "($0.0075 in its announcement of 2019). both: this program, until Twilio knows better.",
)
ANSWER.include(AMD_TIMEOUT)
IDENTIFY = ANSWER.optional(
    "--identify",
    metavar="TEXT",
    parse=people_parsers.spoken_text,
    help="What a robot is told, once, that asks who is calling; the message waits for the person.",
    file_note="Such as 'Acme alerts, about your server'.",
)
SEND_DIGITS = ANSWER.optional(
    "--send-digits",
    metavar="DIGITS",
    parse=people_parsers.send_digits,
    help="Tones that Twilio plays after the answer, for an extension: up to 32 of 0-9 A-D # *, "
    "w a pause of 0.5s, W of 1s. Twilio's detection of machines is then off.",
)

_TEXTS = {
    Part.IDENTITY: IDENTIFY,
    Part.PROMPT: PROMPT,
    Part.CONFIRMATION: CONFIRMATION,
    Part.VOICEMAIL: VOICEMAIL_MESSAGE,
}
_BY_CARRIER = frozenset({Detection.CARRIER, Detection.BOTH})


@dataclass(frozen=True, kw_only=True)
class AnsweringSettings:
    """What is wanted of whoever answers, and how the answer is taken.

    `texts` is what is spoken besides the message, by part, in the order in which it is wanted. `send_digits`
    are tones that Twilio plays after the answer. `keeps_digits`: the ledger holds every key that is pressed.
    """

    conversation: ConversationPlan
    texts: Mapping[Part, str]
    send_digits: str | None = SEND_DIGITS.field
    keeps_digits: bool = KEEP_DIGITS.field


def read_answering(reader: Reader) -> AnsweringSettings:
    """All that belongs to the conversation but the message."""
    voicemail, send_digits = reader.value(VOICEMAIL), reader.value(SEND_DIGITS)
    detection, wants_verdict = _detection(reader, send_digits), voicemail is not VoicemailMode.IGNORE
    keys, key_texts = read_keys(reader)
    repeats = reader.value(REPEAT)
    if keys.answers:
        _warn_of_english(reader)
    said = {
        Part.IDENTITY: reader.value(IDENTIFY),
        **key_texts,
        Part.VOICEMAIL: _voicemail_message(reader, voicemail),
    }
    texts = {part: text for part, written in said.items() if (text := _said(reader, part, written))}
    conversation = reader.read(
        ConversationPlan,
        parts=frozenset({Part.MESSAGE, *texts}),
        ack_key=keys.ack_key,
        reject_key=keys.reject_key,
        key_words=keys.key_words,
        repeats=repeats if keys.asks_for_key else 0,
        carrier_judges=detection in _BY_CARRIER and wants_verdict,
        judges_by_ear=detection is not Detection.CARRIER and wants_verdict,
        needs_proof=detection is Detection.AUTO and voicemail is VoicemailMode.SKIP,
    )
    return reader.read(
        AnsweringSettings,
        conversation=conversation,
        texts=texts,
    )


def _voicemail_message(reader: Reader, mode: VoicemailMode) -> str | None:
    """What is left on a machine in place of the message; None where nothing is left, or that one."""
    message = reader.value(VOICEMAIL_MESSAGE)
    if mode is VoicemailMode.LEAVE:
        return message
    if not reader.is_malformed(VOICEMAIL):
        if mode is VoicemailMode.IGNORE and (option := reader.given_on_command_line(AMD_TIMEOUT)):
            reader.problems.append(f"{option}: no verdict is waited for; add --voicemail skip or leave")
        for option in map(reader.given_on_command_line, (VOICEMAIL_MESSAGE, VOICEMAIL_BEEP)):
            if option:
                reader.problems.append(f"{option}: nothing is left on a machine; add --voicemail leave")
    return None


def _said(reader: Reader, part: Part, text: str | None) -> str | None:
    """What is said of a text beside the message; what does not become speech of it is a warning."""
    found = reader.find(_TEXTS[part])
    if found is None or text is None:
        return text
    reading = read_tags(text, obeyed=EVERY_TAG if reader.value(TAGS) else NO_TAG)
    remarks = list(reading.remarks)
    if found.text and not people_parsers.spoken_text(found.text):
        remarks.append("it has nothing in it that a voice could say")
    if people_parsers.NO_UTF8.search(found.text):
        remarks.append("it is not UTF-8 text; bytes that are none are replaced by U+FFFD")
    if len(found.text) > (most := people_parsers.LONGEST_TEXT_CHARACTERS):
        remarks.append(f"it has {len(found.text)} characters; what is beyond {most} is left out")
    reader.warnings += [f"{found.where}: {remark}" for remark in remarks]
    return reading.text.strip()


def _detection(reader: Reader, send_digits: str | None) -> Detection:
    """Who judges. Behind digits the carrier does not listen, so we must."""
    detection = reader.value(AMD)
    if send_digits is not None and detection in _BY_CARRIER:
        reader.warnings.append(
            "Twilio does not detect machines in a call that sends digits: "
            "what tells them from people is what this program hears (--amd auto)"
        )
        return Detection.AUTO
    return detection


def _warn_of_english(reader: Reader) -> None:
    """The texts that we bring are English, and so would be read by a voice of another language."""
    language = reader.value(LANGUAGE)
    unset = [setting.option or "" for setting in (PROMPT, CONFIRMATION) if reader.find(setting) is None]
    if base_language(language) != "en" and unset:
        reader.warnings.append(
            f"the default text of {' and '.join(unset)} is English, and --language is {language}: "
            "write your own"
        )
