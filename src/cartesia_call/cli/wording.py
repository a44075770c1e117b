"""What is said of what was written: `--read-as`, `--spell`, `--tags`, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cartesia_call.cli import terminal
from cartesia_call.cli.message_input import plain_sentence, read_message
from cartesia_call.cli.render import JSON_SCHEMA
from cartesia_call.errors import InputError
from cartesia_call.settings.call import MESSAGE_FILE
from cartesia_call.settings.model import Settings
from cartesia_call.speech.message_text import Message
from cartesia_call.speech.script import has_words, says_nothing, signs_by_name, without_tags
from cartesia_call.speech.tag_words import EVERY_TAG, NO_TAG, SPELLING, TagReading, read_tags
from cartesia_call.telephony.limits import MAX_DURATION

FASTER_THAN_ANY_VOICE = 2.0
"""How much faster than the fastest reading of `telephony.estimates`: `--speed` makes half as fast again."""


def message_file(argument: str | None, settings: Settings) -> str | None:
    """The file that holds the message: beside MESSAGE only one that the command line names too."""
    is_meant = argument is None or settings.is_on_command_line(MESSAGE_FILE)
    return settings.message_file if is_meant else None


def take_message(argument: str | None, settings: Settings) -> Message:
    """What is said of MESSAGE, of its file or of standard input; InputError if there is nothing to say."""
    written = read_message(
        argument,
        message_file(argument, settings),
        stdin=0,
        input_timeout_s=settings.limits.input_timeout_s,
    )
    return message_of(written, settings)


def message_of(written: str, settings: Settings) -> Message:
    """What is said of what was `written`; what becomes of its tags is told.

    InputError if no voice could say anything of it.
    """
    message, remarks = message_and_remarks(written, settings)
    for remark in remarks:
        terminal.print_note(f"warning: {remark}")
    return message


def message_and_remarks(written: str, settings: Settings) -> tuple[Message, Sequence[str]]:
    """The same, and what is to be told of its tags instead of telling it."""
    reading = wording(written, settings)
    if says_nothing(reading.text):
        raise InputError("the message has nothing in it that a voice could say", hint="give it some words")
    return Message.of(reading.text, settings.language), reading.remarks


def check_length(text: str, settings: Settings) -> list[str]:
    """A warning about a text that the call's limit cuts, unless the command line itself sets the limit."""
    from cartesia_call.audio.durations import format_duration
    from cartesia_call.telephony.estimates import fastest_reading_s, pauses_s

    limit_s = settings.limits.max_duration_s
    least_s = fastest_reading_s(without_tags(text)) + pauses_s(text)
    if limit_s is None or least_s <= limit_s or settings.is_on_command_line(MAX_DURATION):
        return []
    return [
        f"the message takes at least {_in_minutes(least_s)} to say, and the call ends after "
        f"{format_duration(limit_s)}: allow more with --max-duration"
    ]


def within_time(message: Message, settings: Settings) -> Message:
    """As much of `message` as any voice could say before the call ends: nobody pays for the rest of a file.

    The call is cut short all the same: what is kept is longer than it lasts.
    """
    from cartesia_call.telephony.estimates import fastest_reading_s, pauses_s

    limit_s = settings.limits.max_duration_s
    if limit_s is None:
        return message
    least_s = 0.0
    for number, sentence in enumerate(message.sentences, 1):
        least_s += fastest_reading_s(without_tags(sentence)) + pauses_s(sentence)
        if least_s >= FASTER_THAN_ANY_VOICE * limit_s:
            return message[:number]
    return message


def _in_minutes(duration_s: float) -> str:
    from cartesia_call.audio.durations import format_duration

    short = duration_s < 2 * 60
    return format_duration(round(duration_s)) if short else f"{round(duration_s / 60)} minutes"


def sentence_reader(settings: Settings, tell: Callable[[str], None]) -> Callable[[str], str]:
    """The same for sentences that come one by one; the white space around them stays.

    `tell` gets what is to be told of the first sentence in which there is something to tell.
    """
    has_told = False

    def read(sentence: str) -> str:
        nonlocal has_told
        plain = plain_sentence(sentence)
        said = plain.strip()
        if not said:
            return plain
        reading = wording(said, settings, is_part=True)
        for remark in () if has_told else reading.remarks:
            tell(remark)
            has_told = True
        return plain.replace(said, reading.text, 1)

    return read


def wording(text: str, settings: Settings, *, is_part: bool = False) -> TagReading:
    """`text` as it is to be said, without white space around it, and what is to be told of its tags.

    A text of signs alone is their names, in every manner; a part of one stays, for words are around it.
    """
    obeys = settings.speech.obeys_tags
    reading = read_tags(text, obeyed=EVERY_TAG if obeys else NO_TAG, is_part=is_part)
    if not (is_part or has_words(reading.text) or says_nothing(reading.text)):
        return TagReading(signs_by_name(reading.text), reading.remarks)
    if settings.speech.read_as == "plain":
        return TagReading(reading.text.strip(), reading.remarks)
    from cartesia_call.reading.speakable import speakable  # its tables take longer to load than a call

    said = speakable(reading.text, spells=settings.speech.spells, language=settings.language)
    # The rules put spellings in, and take away what kept tags apart: `&lt;`, other tags, marks.
    own = SPELLING if settings.speech.spells else NO_TAG
    again = read_tags(said, obeyed=EVERY_TAG if obeys else own, is_part=is_part)
    if says_nothing(again.text) and not is_part:  # of signs alone, which the rules leave out
        again = reading
    return TagReading(again.text.strip(), reading.remarks or again.remarks)


def shown(text: str, settings: Settings) -> str:
    """What `--print` prints: the words, or one object with them."""
    return terminal.json_line({"schema": JSON_SCHEMA, "text": text}) if settings.json else text
