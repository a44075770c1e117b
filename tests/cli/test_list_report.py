"""How far a list is, where nobody watches; and how many attempts end in a second."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cartesia_call.cli.list_report import RATE_OVER_S, EndRate, ListTelling
from cartesia_call.ledger_ports import DialListRecord
from tests.calls.listed import LIST_ID, listed, row
from tests.cli.lists import settings_of

RECORD = DialListRecord(
    id=LIST_ID, digest="d", name="people.csv", rows=2, created_at=datetime(2026, 11, 29, tzinfo=UTC)
)


@pytest.mark.parametrize(("progress_s", "lines"), [(0.0, 2), (60.0, 0)])
async def test_a_long_rehearsal_says_how_far_it_is(
    progress_s: float, lines: int, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its time skips, and whoever waits for it does so in real time: a line a minute, by that."""
    telling = ListTelling(RECORD, settings_of(), progress_s=progress_s)
    async with listed([row(1), row(2)], "busy") as calls:
        calls.then = lambda: telling.tell(calls.told[-1])
        async with telling.progress(calls.dial_list, skips=True):
            await calls.run()
    told = [line for line in capfd.readouterr().err.splitlines() if "rows over: " in line]
    assert len(told) == lines
    assert not told or "rows over: 2 of 2" in told[-1]


def test_the_rate_is_that_of_the_last_ends() -> None:
    rate = EndRate(began_at_s=100.0)
    for second in range(10):
        rate.count(100.0 + second)
    assert rate.per_second(110.0) == 1.0
    assert rate.per_second(109.0 + RATE_OVER_S) == pytest.approx(1 / RATE_OVER_S)
    assert rate.per_second(110.0 + RATE_OVER_S) == 0.0


def test_ends_of_long_ago_are_not_kept_when_nobody_asks_for_the_rate() -> None:
    """As with --quiet: a list of a hundred thousand needs no more memory than a short one."""
    rate = EndRate(began_at_s=0.0)
    for second in range(10_000):
        rate.count(float(second))
    assert len(rate) <= RATE_OVER_S + 1
