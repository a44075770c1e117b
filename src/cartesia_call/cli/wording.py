"""What is said of what was written: `--read-as`, `--spell`, and no tag that Cartesia would refuse."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable

from cartesia_call.cli.message_input import plain_sentence, read_message
from cartesia_call.cli.render import JSON_SCHEMA
from cartesia_call.errors import InputError
from cartesia_call.settings.call import MESSAGE_FILE
from cartesia_call.settings.model import Settings
from cartesia_call.speech.message_text import Message
from cartesia_call.speech.script import says_nothing, without_tags
from cartesia_call.speech.tags import check_tags

logger = logging.getLogger(__name__)


def wording(text: str, settings: Settings) -> str:
    """`text` as it is to be said."""
    if settings.speech.read_as == "plain":
        return text
    from cartesia_call.reading.speakable import speakable  # its tables take longer to load than a call

    return speakable(text, spells=settings.speech.spells, language=settings.language)


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
        stdin_is_terminal=os.isatty(0),
        input_timeout_s=settings.input_timeout_s,
    )
    return message_of(written, settings)


def shown(text: str, settings: Settings) -> str:
    """What `--print` prints: the words, or one object with them."""
    return json.dumps({"schema": JSON_SCHEMA, "text": text}, ensure_ascii=False) if settings.json else text


def sentence_reader(settings: Settings) -> Callable[[str], str]:
    """The same for sentences that come one by one; the white space around them stays."""

    def read(sentence: str) -> str:
        plain = plain_sentence(sentence)
        said = plain.strip()
        worded = wording(said, settings)
        if problems := check_tags(worded):  # too late to ask for another text
            logger.warning("tags are left out: %s", "; ".join(problems))
            worded = without_tags(worded)
        return plain.replace(said, worded, 1) if said else plain

    return read


def message_of(written: str, settings: Settings) -> Message:
    """What is said of what was `written`; InputError if no voice could say anything of it, or it has a tag
    that would be refused."""
    text = wording(written, settings)
    if says_nothing(text):
        raise InputError("the message has nothing in it that a voice could say", hint="give it some words")
    if problems := check_tags(text):
        raise InputError("; ".join(problems))
    return Message.of(text)
