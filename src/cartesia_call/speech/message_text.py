"""A message as whole sentences, known at once or written while it is already being spoken."""

from __future__ import annotations

import re
from collections.abc import Callable

from cartesia_call.errors import CartesiaCallError
from cartesia_call.speech.changing import Changing
from cartesia_call.speech.script import (
    MAX_SENTENCE_CHARACTERS,
    ends_sentence,
    says_nothing,
    split_sentences,
)

_OPEN_TAG = re.compile(
    r"<(?:/?(?:break|spell|speed|volume|emotion|phoneme)\b[^<>]*|/?[a-z]{0,7})$", re.IGNORECASE
)
"""What may become one of Cartesia's tags when more is written."""

_OPEN_SPELL = re.compile(r"<spell>(?!.*</spell>).*$", re.IGNORECASE | re.DOTALL)


class MessageText(Changing):
    """Whole sentences, in order; those of a text that is all known are all there from the first.

    States: growing, then ended, by `end` or `break_off`; that is never left again. `spoken` is how a sentence
    is said.
    """

    def __init__(self, spoken: Callable[[str], str] = str) -> None:
        super().__init__()
        self._spoken = spoken
        self._sentences: list[str] = []
        self._pending = ""
        self._ended = False
        self._error: CartesiaCallError | None = None

    @classmethod
    def whole(cls, text: str) -> MessageText:
        """`text` as it is; the sentences joined are `text` again."""
        message = cls()
        message._sentences = list(split_sentences(text))
        message._ended = True
        return message

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentences that are known to be whole."""
        return tuple(self._sentences)

    @property
    def has_ended(self) -> bool:
        """True once no more sentences will come."""
        return self._ended

    @property
    def error(self) -> CartesiaCallError | None:
        """Why the end of the message is missing, else None."""
        return self._error

    @property
    def is_whole(self) -> bool:
        """True once the whole message is known."""
        return self._ended and self._error is None

    def feed(self, text: str) -> None:
        """More of the message, cut anywhere. A sentence counts once nothing can follow in it."""
        if self._ended:
            raise ValueError("a message that has ended takes no more text")
        self._pending += text
        cut = self._settled_characters()
        pieces = list(split_sentences(self._pending[:cut]))
        if pieces and not ends_sentence(pieces[-1]) and len(pieces[-1]) <= MAX_SENTENCE_CHARACTERS:
            cut -= len(pieces.pop())
        self._pending = self._pending[cut:]
        self._add(pieces)

    def end(self) -> None:
        """There is no more: what is left is the last sentence."""
        self._finish(None)

    def break_off(self, error: CartesiaCallError) -> None:
        """There will be no more, and the end is missing. What is left of it is not said."""
        self._pending = ""
        self._finish(error)

    def _finish(self, error: CartesiaCallError | None) -> None:
        if self._ended:
            raise ValueError("a message ends once")
        self._ended, self._error = True, error
        pending, self._pending = self._pending, ""
        self._add(split_sentences(pending))
        self._tell()

    def _settled_characters(self) -> int:
        """How much of what is pending no tag reaches into that is not closed yet."""
        if len(self._pending) > 2 * MAX_SENTENCE_CHARACTERS:  # then it is no tag
            return len(self._pending)
        opened = [
            found.start() for pattern in (_OPEN_TAG, _OPEN_SPELL) if (found := pattern.search(self._pending))
        ]
        return min(opened, default=len(self._pending))

    def _add(self, pieces: tuple[str, ...] | list[str]) -> None:
        spoken = [self._spoken(piece) for piece in pieces]
        said = [piece for piece in spoken if not says_nothing(piece)]
        self._sentences += said
        if said:
            self._tell()
