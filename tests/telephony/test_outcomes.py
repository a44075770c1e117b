"""The one table of outcomes: each row is known by its word, and its columns agree with each other."""

from __future__ import annotations

import json
import pickle

import pytest

from cartesia_call.telephony.outcomes import CallLeft, Next, Outcome, Played


@pytest.mark.parametrize("outcome", Outcome)
def test_an_outcome_is_its_word(outcome: Outcome) -> None:
    """It is found by it, printed as it, and kept as it."""
    assert Outcome(outcome.value) is outcome
    assert f"{outcome}" == outcome == outcome.name.lower().replace("_", "-")
    assert json.loads(json.dumps(outcome)) == outcome
    assert pickle.loads(pickle.dumps(outcome)) is outcome


@pytest.mark.parametrize("outcome", Outcome)
def test_columns_agree(outcome: Outcome) -> None:
    """Nobody is called again while a call may be up; nobody is reached by a message that was not played."""
    means = outcome.means
    assert means.left <= CallLeft.OVER or not means.is_retryable
    assert not (means.ends_turns and means.is_retryable)
    if means.next is Next.REACHED:
        assert means.left is CallLeft.OVER
        assert means.played is not Played.NOTHING
    assert means.sentence.strip(". ") == means.sentence != ""


def test_what_may_leave_a_call_is_told_by_its_own_exit_status() -> None:
    """The call that is surely there weighs more than the one that may be."""
    left = sorted(Outcome, key=lambda outcome: outcome.means.left, reverse=True)
    assert left[:2] == [Outcome.HANGUP_UNCONFIRMED, Outcome.UNKNOWN]
    assert [outcome.means.left > CallLeft.OVER for outcome in left[:3]] == [True, True, False]
