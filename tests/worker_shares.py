"""In which order tests run when several workers share them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

Test = TypeVar("Test")


def worker_count() -> int:
    """How many workers share the tests of this run, as pytest-xdist tells each of them."""
    return int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))


def in_shares(tests: Sequence[Test], workers: int, is_long: Callable[[Test], bool]) -> list[Test]:
    """All of them, so that the share of each worker begins with as many of the long ones as any other's.

    `--dist worksteal` gives each worker a stretch of the list, and whoever has nothing left takes over from
    the end of the longest. Were all long ones in one share, a worker alone would still be at them when the
    others have nothing left.
    """
    long_ones = [test for test in tests if is_long(test)]
    others = [test for test in tests if not is_long(test)]
    ordered: list[Test] = []
    for worker in range(workers):
        begins_with = long_ones[worker::workers]
        share_size = (len(tests) - len(ordered)) // (workers - worker)
        rest = max(0, share_size - len(begins_with))
        ordered += [*begins_with, *others[:rest]]
        del others[:rest]
    return ordered
