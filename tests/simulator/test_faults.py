"""Names of faults, and which of them a run has."""

from __future__ import annotations

import pytest

from cartesia_call.errors import InputError
from cartesia_call.simulator.faults import FAULTS, TIMED_FAULTS, Fault, FaultPlan, parse_fault


@pytest.mark.parametrize("name", FAULTS)
def test_every_name_of_the_table_is_read(name: str) -> None:
    """The table is the only list of faults."""
    assert parse_fault(name) == Fault(name=name)


def test_a_moment_follows_the_name() -> None:
    """`@3s` says when."""
    assert parse_fault("stream-drop@1500ms") == Fault(name="stream-drop", at_s=1.5)


def test_an_unknown_name_lists_the_known_ones() -> None:
    """One sentence with every name."""
    with pytest.raises(InputError) as refused:
        parse_fault("tunnel-eaten")
    assert all(name in str(refused.value) for name in FAULTS)


def test_a_moment_that_would_mean_nothing_is_refused() -> None:
    """A fault that happens on a request takes no moment, and the sentence says which do."""
    with pytest.raises(InputError, match="stream-drop"):
        parse_fault("place-500@3s")


def test_a_malformed_moment_is_refused() -> None:
    """The durations' own sentence, with the fault's name before it."""
    with pytest.raises(InputError, match="stream-drop@soon"):
        parse_fault("stream-drop@soon")


def test_timed_faults_are_faults() -> None:
    """Both tables name the same things."""
    assert set(FAULTS) >= TIMED_FAULTS


def test_a_plan_knows_its_faults_and_refuses_to_be_asked_nonsense() -> None:
    """A misspelt name in our own code is an error, not a fault that never happens."""
    plan = FaultPlan([parse_fault("stream-drop@2s")])
    assert plan.has("stream-drop")
    assert plan.get("stream-drop") == Fault(name="stream-drop", at_s=2.0)
    assert not plan.has("place-500")
    assert plan.get("place-500") is None
    with pytest.raises(KeyError):
        plan.has("place-501")
