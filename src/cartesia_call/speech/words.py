"""Where the words of a message end: in its text and in its audio."""

from __future__ import annotations

import itertools
import math
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cartesia_call.audio.mulaw import BYTES_PER_S
from cartesia_call.speech.tags import TAG

_WORDS_AHEAD = 4
"""So many words of the text may have gone unmentioned before one that is found."""

_AHEAD_PER_UNFOUND = 2
"""And so many more for each word that was not found: one is its own, the other catches up with a gap."""

_MOST_UNFOUND = 100
"""More do not widen the search."""


class WordEnd(NamedTuple):
    """The first `characters` of the text are spoken when `audio_bytes` of its mu-law were played."""

    characters: int
    audio_bytes: int


class WordPlaces:
    """Finds the words that a service says it speaks, in the order in which it does, in their transcript.

    Only letters and digits count, in any case. A word need not be spoken as it is written (`12:30`, `$5`), so
    one that is not in the text, at most a few words ahead, is skipped.
    """

    def __init__(self, transcript: str) -> None:
        self._transcript = transcript
        self._tag_ends = {tag.start(): tag.end() for tag in TAG.finditer(transcript)}
        self._letters = ""
        self._places: list[int] = []
        """Of each of `_letters`, its character in the transcript."""
        self._edges: list[int] = []
        """Where in `_letters` a word may begin or end."""
        self._read()
        self._next = 0
        self._unfound = 0
        self._last_end_s = 0.0

    def place(self, words: Sequence[str], ends_s: Sequence[float]) -> list[WordEnd]:
        """Those of the further `words` that were found, each ending so many seconds after the audio began.

        Words whose times are fewer or more than they, no numbers, or go back, are ignored altogether.
        """
        times_s = [self._last_end_s, *ends_s]
        # Comparing refuses NaN too.
        if len(words) != len(ends_s) or not all(
            earlier <= later < math.inf for earlier, later in itertools.pairwise(times_s)
        ):
            return []
        found = []
        for word, end_s in zip(words, ends_s, strict=True):
            if (characters := self._find(word)) is not None:
                found.append(WordEnd(characters, round(end_s * BYTES_PER_S)))
        self._last_end_s = times_s[-1]
        return found

    def _read(self) -> None:
        letters: list[str] = []
        at, is_spelled, is_edge = 0, False, True
        while at < len(self._transcript):
            if at in self._tag_ends:
                is_spelled = self._transcript[at : at + 6].lower() == "<spell"
                at, is_edge = self._tag_ends[at], True
                continue
            character = self._transcript[at]
            folded = list(_letters_of(character))
            # Nearly all scripts without spaces between words are made of "other letters".
            stands_alone = is_spelled or unicodedata.category(character) == "Lo"
            if folded and (is_edge or stands_alone):
                self._edges.append(len(letters))
            is_edge = stands_alone or not folded
            letters += folded
            self._places += [at] * len(folded)
            at += 1
        self._edges.append(len(letters))
        self._letters = "".join(letters)

    def _find(self, word: str) -> int | None:
        """How much of the transcript is spoken at the end of `word`; None if it is not there."""
        letters = "".join(_letters_of(word))
        if not letters:
            return None
        first = bisect_left(self._edges, self._next)
        ahead = _WORDS_AHEAD + _AHEAD_PER_UNFOUND * min(self._unfound, _MOST_UNFOUND)
        for begin in self._edges[first : first + ahead + 1]:
            end = begin + len(letters)
            if self._letters.startswith(letters, begin) and self._is_edge(end):
                self._next, self._unfound = end, 0
                return self._with_punctuation(self._places[end - 1] + 1)
        self._unfound += 1
        return None

    def _is_edge(self, letter: int) -> bool:
        place = bisect_left(self._edges, letter)
        return place < len(self._edges) and self._edges[place] == letter

    def _with_punctuation(self, end: int) -> int:
        """`end`, or behind what directly follows there and is neither a word, nor opens one."""
        text = self._transcript
        while end < len(text):
            if end in self._tag_ends and text.startswith("</", end):
                end = self._tag_ends[end]
            elif end in self._tag_ends or text[end].isspace() or _opens_word(text[end]):
                break
            else:
                end += 1
        return end


def _letters_of(text: str) -> Iterator[str]:
    for character in unicodedata.normalize("NFKD", text).casefold():
        if unicodedata.category(character)[0] in "LMN":
            yield character


def _opens_word(character: str) -> bool:
    return unicodedata.category(character) in ("Ps", "Pi") or any(_letters_of(character))
