"""Every test is in one share, and long ones begin in all of them, group by group."""

from __future__ import annotations

import pytest

from tests.worker_shares import in_shares


def _group_of(test: str) -> str | None:
    return test if test.isupper() else None


def test_each_share_begins_with_its_groups() -> None:
    """The others stay in their order."""
    assert "".join(in_shares("LabcMdMeLfNghOi", 3, _group_of)) == "LLOabMMcdeNfghi"


@pytest.mark.parametrize("workers", range(1, 7))
@pytest.mark.parametrize("tests", ["", "a", "L", "LMN", "abc", "aLbLMcd", "LLMMNOPQa", "aaaaaaaaaL"])
def test_none_is_lost(tests: str, workers: int) -> None:
    """However few there are for how many workers."""
    assert sorted(in_shares(tests, workers, _group_of)) == sorted(tests)
