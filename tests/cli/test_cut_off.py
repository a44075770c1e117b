"""One line about each call that was cut off with its process, and not hundreds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cartesia_call.calls.settling import CutOff
from cartesia_call.cli.cut_off import TOLD_AT_MOST, CutOffCalls
from cartesia_call.cli.tables import local_text

BEGAN_AT = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
CALL = CutOff(id="a", to="+12025550143", began_at=BEGAN_AT, became="the carrier says busy")


@pytest.mark.parametrize(
    ("rehearsal", "carrier", "prefix"),
    [
        (False, None, ""),
        (True, None, "REHEARSAL: "),
        (False, "http://127.0.0.1:8080", "NOT TWILIO (http://127.0.0.1:8080): "),
    ],
)
def test_a_line_says_which_call_and_what_became_of_it(
    rehearsal: bool, carrier: str | None, prefix: str
) -> None:
    """With the time that `history` shows."""
    lines: list[str] = []
    CutOffCalls(lines.append, rehearsal=rehearsal, carrier=carrier).tell(CALL)
    assert lines == [
        f"warning: {prefix}the call to +12025550143 at {local_text(BEGAN_AT)} was cut off with its process; "
        "the carrier says busy"
    ]


def test_of_many_some_are_told() -> None:
    """The rest is in the history."""
    lines: list[str] = []
    told = CutOffCalls(lines.append, rehearsal=False, carrier=None)
    for _ in range(20):
        told.tell(CALL)
    assert len(lines) == TOLD_AT_MOST + 1
    assert "`cartesia-call history`" in lines[-1]
