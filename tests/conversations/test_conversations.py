"""Every conversation ends as it has to, and docs/conversations.md says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartesia_call.telephony.outcomes import Outcome
from cartesia_simulator.callee import BEHAVIOURS
from tests.calls.side_by_side import play_all
from tests.conversations.document import answered_by, document
from tests.conversations.matrix import CASES, SECTIONS
from tests.conversations.play import Row, play

DOCUMENT = Path(__file__).parents[2] / "docs" / "conversations.md"


@pytest.mark.long
async def test_every_conversation_comes_to_what_the_document_says() -> None:
    """Each case ends as it has to, keeps the promises of all calls, and stands in the document."""
    written = DOCUMENT.read_text(encoding="utf-8")
    rows = await play_all(play, CASES)
    wrong = [sentence for row in rows for sentence in broken_promises(row)]
    assert not wrong, "\n".join(wrong)
    again = "make it anew: python -m tests.conversations > docs/conversations.md"
    assert document(sections_of(rows)) == written, again


def test_every_callee_is_there_and_no_case_twice() -> None:
    """All that a callee can be, and each case once."""
    assert {case.callee.partition(",")[0] for case in CASES} == set(BEHAVIOURS)
    names = [case.name for case in CASES]
    assert sorted(names) == sorted(set(names))


def sections_of(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    """The rows by the titles of their sections."""
    by_case = {row.case.name: row for row in rows}
    return [(title, [by_case[case.name] for case in cases]) for title, cases in SECTIONS.items()]


def broken_promises(row: Row) -> list[str]:
    """What `row` came to otherwise than its case says, and otherwise than any call may."""
    case, result = row.case, row.result
    came_to = {
        "outcome": (result.outcome, case.outcome),
        "heard": (row.heard, case.heard),
        "digits": (result.digits, case.digits),
        "answered by": (answered_by(row), case.answered_by),
        "screened": (result.screened, case.screened),
        "voicemail": (row.voicemail, case.voicemail),
        "evidence": (result.evidence, case.evidence),
        "acknowledged": (
            result.acknowledged,
            case.outcome is Outcome.ACKNOWLEDGED if case.asks_for_key else None,
        ),
        "the bytes as they were made": (row.is_as_made, True),
        "left up": (row.is_left_up, False),
    }
    return [
        f"{case.name}: {what} {found!s}, not {wanted!s} ({result.detail})"
        for what, (found, wanted) in came_to.items()
        if found != wanted
    ]
