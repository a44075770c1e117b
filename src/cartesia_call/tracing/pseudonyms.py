"""Names that say what kind of thing a value is and whether it is the same one, and nothing else of it."""

from __future__ import annotations

import hashlib
import re

MOST_VALUES = 200_000
"""That are told apart in one trace; further ones share a name. A call has some fifty."""

PSEUDONYM = re.compile(r"<(?P<kind>[a-zA-Z]+):(?P<number>[0-9]{1,9})(?:/[0-9]{1,9})?>")
"""`<number:1>`, the first number of this trace; `<text:3/41>`, its third text, of 41 characters."""


class Pseudonyms:
    """Numbers the values of one trace in the order in which they come.

    A pseudonym is no function of its value, so nobody can find the value by trying all telephone numbers.
    Audio has a name that is one, for it is too much to remember: a hash with `key`, which is random for each
    trace and kept nowhere.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._numbers: dict[tuple[str, bytes], int] = {}
        self._counts: dict[str, int] = {}

    def of(self, kind: str, value: str, *, with_length: bool = False) -> str:
        """The pseudonym of `value`, the same each time; `kind` is a word such as `number`."""
        digest = hashlib.blake2b(value.encode("utf-8", "replace"), key=self._key, digest_size=16).digest()
        number = self._numbers.get((kind, digest))
        if number is None:
            number = self._counts.get(kind, 0) + 1
            if len(self._numbers) < MOST_VALUES:
                self._counts[kind] = self._numbers[kind, digest] = number
        length = f"/{len(value)}" if with_length else ""
        return f"<{kind}:{number}{length}>"

    def of_audio(self, audio: bytes) -> str:
        """The same for the same audio, within this trace."""
        return "h" + hashlib.blake2b(audio, key=self._key, digest_size=8).hexdigest()
