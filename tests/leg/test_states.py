"""Where every state leads, by every event: docs/states.md says so, and both laws show in it."""

from __future__ import annotations

from pathlib import Path

from cartesia_call.leg.states import ANSWERED, OVER, POLLED, State
from tests.leg.document import document
from tests.leg.table import EVENTS, REACHED, Step, steps

DOCUMENT = Path(__file__).parents[2] / "docs" / "states.md"


def test_the_document_shows_every_state_and_event() -> None:
    """Made anew, it is the same."""
    assert set(REACHED) == set(State)
    written = DOCUMENT.read_text(encoding="utf-8")
    assert document() == written, "make it anew: python -m tests.leg > docs/states.md"


def test_time_alone_leads_out_of_every_state_but_the_last_three() -> None:
    """The first law: each has a deadline, at which something happens."""
    for state, reach in REACHED.items():
        assert (reach().leg.next_deadline_s() is None) == (state in OVER)
    stays = {step.state for step in steps() if step.event == "time alone" and step.to is step.state}
    assert stays == OVER


def test_a_signal_leads_to_hanging_up_wherever_a_call_may_be() -> None:
    """The second law: but where no call can be, or the answer alone knows which it is, or it is down."""
    after = {step.state: step.to for step in steps() if step.event == "signal"}
    assert {state for state, to in after.items() if to is State.DOWN} == {
        State.PREPARING,
        State.HELD_OFF,
        State.LOST_STOP,
        State.EXPLAINING,
        State.DOWN,
    }
    assert after[State.POSTING] is State.POSTING
    assert {after[state] for state in (State.SEARCHING, State.WATCHING, State.PROVING)} == {State.PROVING}
    for state in ANSWERED | {State.QUEUED, State.RINGING, State.HANGING_UP}:
        is_down_already = state is State.LOST_STOP  # a callback told of its end
        assert after[state] is (State.DOWN if is_down_already else State.HANGING_UP), state


def test_what_is_down_is_never_left_again() -> None:
    """Nor is anything else that is over."""
    found = [Step(step.state, step.event, step.to) for step in steps() if step.state in OVER]
    assert len(found) == len(OVER) * len(EVENTS)
    assert all(step.to is step.state for step in found)


def test_only_states_without_a_stream_are_polled() -> None:
    """Where a stream is up, its end tells."""
    assert State.SPEAKING not in POLLED
