"""A message as whole sentences, known at once or written while it is already being spoken."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence

from cartesia_call.errors import CartesiaCallError
from cartesia_call.patterns import regex
from cartesia_call.records import dataclass
from cartesia_call.speech.changing import Changing
from cartesia_call.speech.script import says_nothing
from cartesia_call.speech.sentences import (
    MAX_SENTENCE_CHARACTERS,
    ends_sentence,
    may_end,
    sentence_ends,
)

_OPEN_TAG = regex(r"<(?:/?(?:break|spell|speed|volume|emotion|phoneme)\b[^<>]*|/?[a-z]{0,7})$", re.IGNORECASE)
"""What may become one of Cartesia's tags when more is written."""

_OPEN_SPELL = regex(r"<spell>(?!.*</spell>).*$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Message:
    """What is said, and behind which of its characters a sentence ends: found once, by `of` or while it was
    written. Whoever says or counts a part of it takes a slice: `message[2:]` begins with its third sentence.
    """

    text: str
    ends: tuple[int, ...]

    @classmethod
    def of(cls, text: str, language: str = "en") -> Message:
        """`text` as it is, in the sentences of `language`, a BCP 47 tag."""
        return cls(text, sentence_ends(text, language))

    @classmethod
    def joined(cls, sentences: Sequence[str]) -> Message:
        """One behind the other."""
        return cls("".join(sentences), tuple(itertools.accumulate(map(len, sentences))))

    @property
    def sentences(self) -> tuple[str, ...]:
        """One by one; joined, they are the text again, byte for byte."""
        return tuple(self.text[start:end] for start, end in itertools.pairwise((0, *self.ends)))

    def start_of(self, sentence: int) -> int:
        """How many characters stand before a sentence, counted from 0."""
        return self.ends[sentence - 1] if sentence else 0

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, sentences: slice) -> Message:
        """Some of the sentences, one behind the other, as a message of their own."""
        first, last, _ = sentences.indices(len(self))
        start = self.start_of(first)
        ends = tuple(end - start for end in self.ends[first:last])
        return Message(self.text[start : self.start_of(max(first, last))], ends)


class MessageText(Changing):
    """A message that may grow by whole sentences; one that is all known is all there from the first.

    States: growing, then ended, by `end` or `break_off`; that is never left again. `spoken` is how a sentence
    is said, `language`, a BCP 47 tag the one whose sentences they are.
    """

    def __init__(self, spoken: Callable[[str], str] = str, *, language: str = "en") -> None:
        super().__init__()
        self._spoken = spoken
        self._language = language
        self._message = Message("", ())
        self._pending = ""
        self._ended = False
        self._error: CartesiaCallError | None = None

    @classmethod
    def whole(cls, message: Message) -> MessageText:
        """All of it is known."""
        text = cls()
        text._message, text._ended = message, True
        return text

    @property
    def message(self) -> Message:
        """As far as its sentences are known to be whole."""
        return self._message

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
        return self._ended and self._error is None

    def feed(self, text: str) -> None:
        """More of the message, cut anywhere. A sentence counts once nothing can follow in it."""
        if self._ended:
            raise ValueError("a message that has ended takes no more text")
        self._pending += text
        cut = self._settled_characters()
        pieces = list(self._sentences(self._pending[:cut]))
        is_open = pieces and not ends_sentence(pieces[-1], self._language)
        if is_open and len(pieces[-1]) <= MAX_SENTENCE_CHARACTERS:
            cut -= len(pieces.pop())
        self._pending = self._pending[cut:]
        self._add(pieces)

    def end(self) -> None:
        """There is no more: what is left is the last sentence."""
        self._finish(None)

    def break_off(self, error: CartesiaCallError) -> None:
        """There will be no more, and the end is missing. What is left is said if it ends as a sentence."""
        self.settle()
        self._pending = ""
        self._finish(error)

    def settle(self) -> bool:
        """Nobody has written on for long: what is left is a sentence if it ends as one. Whether it is."""
        settles = may_end(f"{self._pending.rstrip()} ", self._language)
        if settles:
            pending, self._pending = self._pending, ""
            self._add(self._sentences(pending))
        return settles

    def _finish(self, error: CartesiaCallError | None) -> None:
        if self._ended:
            raise ValueError("a message ends once")
        self._ended, self._error = True, error
        pending, self._pending = self._pending, ""
        self._add(self._sentences(pending))
        self._tell()

    def _sentences(self, text: str) -> tuple[str, ...]:
        return Message.of(text, self._language).sentences

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
        if said:
            self._message = Message.joined((*self._message.sentences, *said))
            self._tell()
