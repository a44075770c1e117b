"""In which order tests run when several workers share them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

Test = TypeVar("Test")


def worker_count() -> int:
    """How many workers share the tests of this run, as pytest-xdist tells each of them."""
    return int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))


def in_shares(tests: Sequence[Test], workers: int, group_of: Callable[[Test], str | None]) -> list[Test]:
    """All of them, so that the share of each worker begins with its part of the long ones.

    Those have a group, all others None. A group stays in one share: what it does many times at once, such as
    starting processes, no other worker does beside it. `--dist worksteal` gives each worker a stretch of the
    list, and whoever has nothing left takes over from the end of the longest. Were all long ones in one
    share, its worker would still be at them when the others have nothing left.
    """
    groups: dict[str, list[Test]] = {}
    others: list[Test] = []
    for test in tests:
        group = group_of(test)
        (others if group is None else groups.setdefault(group, [])).append(test)
    long_ones = list(groups.values())
    ordered: list[Test] = []
    for worker in range(workers):
        begins_with = [test for group in long_ones[worker::workers] for test in group]
        share_size = (len(tests) - len(ordered)) // (workers - worker)
        rest = max(0, share_size - len(begins_with))
        ordered += [*begins_with, *others[:rest]]
        del others[:rest]
    return ordered
