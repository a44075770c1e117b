"""The one-line language for what a callee does."""

from __future__ import annotations

import pytest

from cartesia_call.errors import InputError
from cartesia_call.simulator.callee import BEHAVIOURS, CalleeScript, parse_callee


def test_every_detail_is_read() -> None:
    """Details follow the behaviour after commas, in any order, keys as often as wanted."""
    script = parse_callee("answers, ring:500ms,says:1.5s,presses:1@5s,presses:#@6,hangs-up@3s")
    assert script == CalleeScript(
        behaviour="answers",
        ring_s=0.5,
        says_s=1.5,
        hangs_up_after_s=3.0,
        presses=(("1", 5.0), ("#", 6.0)),
    )


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_behaviour_alone_is_a_script(behaviour: str) -> None:
    """Details have defaults."""
    assert parse_callee(behaviour) == CalleeScript(behaviour=behaviour)


def test_details_without_a_behaviour_mean_that_somebody_answers() -> None:
    """`hangs-up@3s` is complete."""
    assert parse_callee("hangs-up@3s") == CalleeScript(behaviour="answers", hangs_up_after_s=3.0)


@pytest.mark.parametrize("spec", ["voicemail", "", "answers,", "answers,sings:2s", "busy,busy"])
def test_an_unknown_word_lists_the_known_ones(spec: str) -> None:
    """One sentence names every behaviour and every detail."""
    with pytest.raises(InputError) as refused:
        parse_callee(spec)
    for word in (*BEHAVIOURS, "ring:", "says:", "presses:", "hangs-up@"):
        assert word in str(refused.value)


@pytest.mark.parametrize("spec", ["busy,ring:2s", "no-answer,says:1s", "declines,hangs-up@3s"])
def test_a_detail_that_cannot_happen_is_refused(spec: str) -> None:
    """A detail is never silently without effect."""
    with pytest.raises(InputError, match="means nothing"):
        parse_callee(spec)


@pytest.mark.parametrize(
    "spec", ["answers,ring:soon", "answers,presses:1", "answers,presses:12@3s", "hangs-up@"]
)
def test_a_malformed_detail_is_named(spec: str) -> None:
    """The sentence says which detail, and what it should look like."""
    with pytest.raises(InputError, match="--callee: in"):
        parse_callee(spec)
