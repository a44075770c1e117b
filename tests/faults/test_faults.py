"""Every fault and a good many pairs: never silent, never twice, never left up, and docs/faults.md says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartesia_call.simulator.faults import FAULTS
from cartesia_call.telephony.outcomes import Evidence, Outcome
from tests.calls.side_by_side import play_all
from tests.faults.document import document
from tests.faults.matrix import cases
from tests.faults.table import Row, play

DOCUMENT = Path(__file__).parents[2] / "docs" / "faults.md"


@pytest.mark.long
async def test_every_fault_comes_to_what_the_document_says() -> None:
    """Each case ends as it has to, keeps the promises of all calls, and stands in the document."""
    written = DOCUMENT.read_text(encoding="utf-8")
    rows = await play_all(play, list(cases()))
    wrong = [sentence for row in rows for sentence in broken_promises(row)]
    assert not wrong, "\n".join(wrong)
    assert document(rows) == written, "make it anew: python -m tests.faults > docs/faults.md"


def test_no_fault_is_left_out() -> None:
    """By itself, not only in a pair; and the pairs are at least a dozen."""
    alone = {case.faults[0].partition("@")[0] for case in cases() if len(case.faults) == 1}
    assert alone == set(FAULTS)
    assert len([case for case in cases() if len(case.faults) > 1]) >= 12


def broken_promises(row: Row) -> list[str]:
    """What `row` came to otherwise than its case says, and otherwise than any call may."""
    case, result = row.case, row.result
    come_to = (result.outcome, result.voice, result.evidence)
    promises = {
        f"it came to {come_to}, {result.detail!r}": come_to == (case.outcome, case.voice, case.evidence),
        "more than one request may have placed a call": row.placing_posts <= 1,
        "more than one call was placed": row.calls <= 1,
        "the call was left up": not row.is_left_up,
        "somebody heard what was never made": "GARBLED" not in row.heard,
        "it is said to be delivered, and was not heard": (
            result.outcome is not Outcome.DELIVERED or "whole" in row.heard or "from sentence" in row.heard
        ),
        "it has evidence, and was not heard": result.evidence is Evidence.NONE or row.heard != "nothing",
    }
    name = f"{case.name} --fallback {case.fallback}"
    return [f"{name}: {broken} (heard: {row.heard})" for broken, kept in promises.items() if not kept]
