"""Each key has the line that it was noted with first, however many there are; in a few bytes for each."""

from __future__ import annotations

import random
import tracemalloc

from cartesia_call.dial_list.first_lines import LEAST_PLACES, FirstLines, packed


def test_the_first_line_stays() -> None:
    lines = FirstLines()
    assert lines.get(7) is None
    assert lines.note(7, 2)
    assert not lines.note(7, 3)
    assert (lines.get(7), len(lines)) == (2, 1)


def test_many_keys_are_told_from_each_other() -> None:
    """Neighbours, and any; while the table grows, too."""
    chance = random.Random(1)
    keys = dict.fromkeys(range(12025550100, 12025550100 + 3 * LEAST_PLACES))
    keys |= dict.fromkeys(chance.getrandbits(64) | 1 for _ in range(3 * LEAST_PLACES))
    lines = FirstLines()
    for line, key in enumerate(keys, start=1):
        assert lines.get(key) is None
        assert lines.note(key, line)
    assert [lines.get(key) for key in keys] == list(range(1, len(keys) + 1))


def test_a_number_is_its_own_key_and_no_text_has_it() -> None:
    longest = 10**15 - 1
    assert packed(longest) == longest
    texts = {packed(f"sip:p{number}@example.com") for number in range(1000)}
    assert len(texts) == 1000
    assert min(texts) > longest
    assert max(texts) < 1 << 64


def test_a_key_takes_some_forty_bytes_at_the_most() -> None:
    """A table that has just grown is a third full; the one before it is gone by then."""
    tracemalloc.start()
    try:
        lines = FirstLines()
        for key in range(1, 20_001):
            lines.note(key, key)
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 40 * len(lines)
    assert most < 60 * len(lines)
