"""Every test is in one share, and long ones begin in all of them."""

from __future__ import annotations

import pytest

from tests.worker_shares import in_shares


def test_each_share_begins_with_its_part_of_the_long_ones() -> None:
    """The others stay in their order."""
    ordered = in_shares("abcLdeLfgLhi", 3, str.isupper)
    assert "".join(ordered) == "LabcLdefLghi"


@pytest.mark.parametrize("workers", range(1, 7))
@pytest.mark.parametrize("tests", ["", "a", "L", "LLL", "abc", "aLbLLcd", "LLLLLLLLa", "aaaaaaaaaL"])
def test_none_is_lost(tests: str, workers: int) -> None:
    """However few there are for how many workers."""
    assert sorted(in_shares(tests, workers, str.isupper)) == sorted(tests)
