"""Every fault and a good many pairs: never silent, never twice, never left up, and docs/faults.md says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice
from cartesia_simulator.faults import FAULTS
from tests.calls.side_by_side import play_all
from tests.faults.document import introduction, outcomes, outcomes_of_two
from tests.faults.matrix import cases
from tests.faults.table import Row, play
from tests.faults.two_people import Turn, TwoPeople, Way, play_two

DOCUMENT = Path(__file__).parents[2] / "docs" / "faults.md"
MAKE_IT_ANEW = "make it anew: python -m tests.faults > docs/faults.md"

ENDS_TURNS = {Outcome.DELIVERED, Outcome.UNAUTHORIZED}
"""Of what the cases come to: reached, or nobody else would be called any better."""

WHOLE_AGAIN = (Outcome.DELIVERED, Voice.CARTESIA, Evidence.MARK)
NOT_TRIED_AGAIN = {"tunnel-refused", "tunnel-334"}
"""A public path that could not be had: the second person does without."""

ANSWER_LOST = {"place-timeout", "place-500"}
NO_CALLBACKS = {"callbacks-lost", "tunnel-refused"}


@pytest.mark.long
async def test_every_fault_comes_to_what_the_document_says() -> None:
    """Each case ends as it has to, keeps the promises of all calls, and stands in the document."""
    rows = await play_all(play, list(cases()))
    wrong = [sentence for row in rows for sentence in broken_promises(row)]
    assert not wrong, "\n".join(wrong)
    assert outcomes(rows) in DOCUMENT.read_text(encoding="utf-8"), MAKE_IT_ANEW


@pytest.mark.long
@pytest.mark.parametrize("way", list(Way), ids=lambda way: way.name.lower())
async def test_a_second_person_is_none_the_worse_for_it(way: Way) -> None:
    """Called where they should be, told what they should hear; and it stands in the document."""
    rows = await play_all(play_two, [(case, way) for case in cases()])
    wrong = [sentence for row in rows for sentence in broken_promises_to_two(row)]
    assert not wrong, "\n".join(wrong)
    assert outcomes_of_two(way, rows) in DOCUMENT.read_text(encoding="utf-8"), MAKE_IT_ANEW


def test_the_document_explains_every_fault() -> None:
    """By the simulator's own table."""
    assert DOCUMENT.read_text(encoding="utf-8").startswith(introduction()), MAKE_IT_ANEW


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
        f"its trace is unlike the network that made it: {row.differences}": not row.differences,
        f"its trace gives away {row.leaked}": not row.leaked,
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


def broken_promises_to_two(row: TwoPeople) -> list[str]:
    """What two people were told otherwise than they may be, whatever the fault."""
    first, second = row.first, row.second
    turns = [first] if second is None else [first, second]
    left = [turn for turn in turns if turn.result.outcome in {Outcome.UNKNOWN, Outcome.HANGUP_UNCONFIRMED}]
    promises = {
        f"the first came to {come_to(first)}": _is_right_for_the_first(row),
        f"the second came to {second and come_to(second)}": second is None or _is_right_for(second, row),
        "the second was called, and should not be, or the other way round": (
            (second is None) == (first.result.outcome in ENDS_TURNS)
        ),
        "somebody may have been called twice": all(turn.calls <= 1 >= turn.placing_posts for turn in turns),
        "a call was left up": not row.is_left_up,
        "the wrong result decides": row.decides == (left or turns[-1:])[0].result,
        f"it took {row.took_s:.0f} s, more than all time-outs": row.took_s <= row.limit_s,
        "somebody heard what was never made": not any("GARBLED" in turn.heard for turn in turns),
        "who was reached has not heard it all": all(
            "whole" in turn.heard or "from sentence" in turn.heard
            for turn in turns
            if turn.result.outcome is Outcome.DELIVERED
        ),
    }
    name = f"{row.case.name} --fallback {row.case.fallback}, {row.way.name.lower()}"
    return [f"{name}: {broken}" for broken, kept in promises.items() if not kept]


def _is_right_for_the_first(row: TwoPeople) -> bool:
    """Alone, they would have come to the same. Who is busy knows nothing of most faults; and where the answer
    to the POST is lost and nobody can call back, no stream ever proves their call."""
    if row.way is Way.FIRST_CALL_ONLY:
        return come_to(row.first) == _alone(row)
    names = set(row.case.faults)
    if names & ANSWER_LOST and names & NO_CALLBACKS:
        return row.first.result.outcome is Outcome.UNKNOWN
    return row.first.result.outcome is Outcome.BUSY or row.first.calls == 0


def _is_right_for(second: Turn, row: TwoPeople) -> bool:
    """The fault is theirs as it would be alone; or it is over, and they hear it in our voice."""
    if row.way is Way.FIRST_IS_BUSY:
        return come_to(second) == _alone(row)
    if NOT_TRIED_AGAIN.isdisjoint(row.case.faults):
        return come_to(second) == WHOLE_AGAIN and second.heard == "whole (Cartesia)"
    if row.case.fallback == "none":
        return second.result.outcome is Outcome.TUNNEL_FAILED
    return second.heard == "whole (carrier)"


def _alone(row: TwoPeople) -> tuple[Outcome | None, Voice | None, Evidence]:
    return row.case.outcome, row.case.voice, row.case.evidence


def come_to(turn: Turn) -> tuple[Outcome | None, Voice | None, Evidence]:
    """What a case says of one person."""
    return turn.result.outcome, turn.result.voice, turn.result.evidence
