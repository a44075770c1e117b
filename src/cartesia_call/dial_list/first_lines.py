"""The line of the first of many keys, in little memory: a list of a million rows has a million of them."""

from __future__ import annotations

import hashlib
from array import array

LEAST_PLACES = 1 << 10
FULLEST = 0.65
"""Of the places that may be taken: then there are twice as many, and a key is found in two looks."""

_SPREAD = 0x9E3779B97F4A7C15
"""2**64 by the golden ratio: neighbours, as numbers of one company are, come to lie far apart."""
_64_BITS = (1 << 64) - 1
_OF_TEXT = 1 << 63


def packed(key: str | int) -> int:
    """64 bits for a key: a number of 15 digits, the longest of E.164, is its own, a text has 63 of a digest.

    Two texts of a million have the same with a chance of one in eighteen million.
    """
    if isinstance(key, int):
        return key
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") | _OF_TEXT


class FirstLines:
    """Keys as `packed` has them, none of them 0, each with a line. Twelve bytes for each place of a table."""

    def __init__(self) -> None:
        self._keys = array("Q", bytes(8 * LEAST_PLACES))
        self._lines = array("I", bytes(4 * LEAST_PLACES))
        self._shift = 64 - LEAST_PLACES.bit_length() + 1
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def get(self, key: int) -> int | None:
        """The line of a key; None: it was not noted."""
        place = self._place(key)
        return self._lines[place] if self._keys[place] else None

    def note(self, key: int, line: int) -> bool:
        """Note a key and its line; False, and its line stays, if it was noted before."""
        place = self._place(key)
        if self._keys[place]:
            return False
        self._keys[place], self._lines[place] = key, line
        self._count += 1
        if self._count > FULLEST * len(self._keys):
            self._grow()
        return True

    def _place(self, key: int) -> int:
        """Where the key is, or would be."""
        keys, last = self._keys, len(self._keys) - 1
        place = (key * _SPREAD & _64_BITS) >> self._shift
        while (there := keys[place]) and there != key:
            place = (place + 1) & last
        return place

    def _grow(self) -> None:
        keys, lines = self._keys, self._lines
        self._keys, self._lines = array("Q", bytes(16 * len(keys))), array("I", bytes(8 * len(keys)))
        self._shift -= 1
        for old, key in enumerate(keys):
            if key:
                place = self._place(key)
                self._keys[place], self._lines[place] = key, lines[old]
