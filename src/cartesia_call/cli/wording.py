"""What is said of what was written: `--read-as`, `--spell`, and no tag that Cartesia would refuse."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

from cartesia_call.cli.message_input import plain_sentence
from cartesia_call.cli.render import JSON_SCHEMA
from cartesia_call.errors import InputError
from cartesia_call.settings.model import Settings
from cartesia_call.speech.script import says_nothing, without_tags
from cartesia_call.speech.tags import check_tags

logger = logging.getLogger(__name__)


def wording(text: str, settings: Settings) -> str:
    """`text` as it is to be said."""
    if settings.speech.read_as == "plain":
        return text
    from cartesia_call.reading.speakable import speakable  # its tables take longer to load than a call

    return speakable(text, spells=settings.speech.spells, language=settings.language)


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


def check_text(text: str) -> str:
    """`text`; InputError if no voice could say anything of it, or it has a tag that would be refused."""
    if says_nothing(text):
        raise InputError("the message has nothing in it that a voice could say", hint="give it some words")
    if problems := check_tags(text):
        raise InputError("; ".join(problems))
    return text
