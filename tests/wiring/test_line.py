"""The ledgers of a call: the guard counts what all of them hold, whichever could be written."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from cartesia_call.clock import SystemClock
from cartesia_call.policy.guard import GUARD
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.wiring.line import ledger_of, next_ledgers_of
from tests.settings.machine import Machine
from tests.store.attempts import intent


async def test_each_ledger_counts_the_others(tmp_path: Path) -> None:
    """The first, and the next in the runtime directory: three calls in a row, wherever they are written."""
    settings = dataclasses.replace(Machine(tmp_path).resolve(), rehearse=False)
    first = ledger_of(settings)
    following = next(iter(next_ledgers_of(settings).values()))
    assert isinstance(following, SqliteLedger)
    now = SystemClock().utc_now()
    ledgers = [first, following, first, following, first]
    withheld = [
        await ledger.begin(intent(str(number), created_at=now), GUARD) is not None
        for number, ledger in enumerate(ledgers)
    ]
    assert withheld == [False, False, False, True, True]


async def test_a_rehearsal_counts_no_calls(tmp_path: Path) -> None:
    settings = dataclasses.replace(Machine(tmp_path).resolve(), rehearse=False)
    rehearsed = ledger_of(dataclasses.replace(settings, rehearse=True))
    now = SystemClock().utc_now()
    for number in range(3):
        await ledger_of(settings).begin(intent(str(number), created_at=now), GUARD)
    assert await rehearsed.begin(intent("rehearsed", created_at=now), GUARD) is None
