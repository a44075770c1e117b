"""People in turn: whom to call next, when, and when to stop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.errors import InputError
from cartesia_call.policy.guard import DEFAULT_BUDGET, GUARD, Budget, GuardRule
from cartesia_call.policy.retry import (
    DECLINED_PAUSE_S,
    DEFAULT_RETRY_ON,
    LEAST_TWICE_AFTER_S,
    LONGEST_TWICE_AFTER_S,
    MOST_PEOPLE,
    REPEATED_WITHIN_S,
    RETRYABLE,
    EscalationPlan,
    NextTurn,
    Turn,
    escalation_plan,
    longest_ring_s,
    next_turn,
    parse_retry_on,
)
from cartesia_call.telephony.outcomes import Outcome

ANN, BOB, CID = (f"+1202555014{digit}" for digit in (1, 2, 3))
CALL_S = 20.0

Answers = Callable[[str, int], Outcome | None]


def play(plan: EscalationPlan, answers: Answers) -> list[tuple[str, float]]:
    """Who is called when, if each call takes `CALL_S` and the `n`-th to somebody ends as `answers` says."""
    turns: list[Turn] = []
    calls: list[tuple[str, float]] = []
    now_s = 0.0
    while turn := next_turn(plan, turns, now_s):
        at_s = max(now_s, turn.at_s)
        calls.append((turn.to, at_s))
        now_s = at_s + CALL_S
        before = sum(earlier.to == turn.to for earlier in turns)
        outcome = answers(turn.to, before)
        turns.append(Turn(to=turn.to, outcome=outcome, placed_at_s=at_s, ended_at_s=now_s))
        assert len(turns) < 200
    return calls


def always(outcome: Outcome | None) -> Answers:
    return lambda person, before: outcome


def names(calls: list[tuple[str, float]]) -> str:
    """`ABA` for Ann, Bob and Ann again."""
    return "".join("?ABC"[int(person[-1])] for person, _ in calls)


def test_the_first_call_is_at_once() -> None:
    plan = escalation_plan([ANN, BOB], attempts=None)
    assert next_turn(plan, [], 7.0) == NextTurn(to=ANN, at_s=7.0)


def test_each_is_called_once_by_default() -> None:
    """In the order of the list, without a pause between two people."""
    calls = play(escalation_plan([ANN, BOB, CID], attempts=None), always(Outcome.NO_ANSWER))
    assert calls == [(ANN, 0), (BOB, CALL_S), (CID, 2 * CALL_S)]


@pytest.mark.parametrize("outcome", [Outcome.DELIVERED, Outcome.ACKNOWLEDGED, Outcome.VOICEMAIL_LEFT])
def test_whoever_is_reached_ends_the_turns(outcome: Outcome) -> None:
    calls = play(
        escalation_plan([ANN, BOB, CID], attempts=6),
        lambda person, before: outcome if person == BOB else Outcome.BUSY,
    )
    assert names(calls) == "AB"


@pytest.mark.parametrize("outcome", [Outcome.INTERRUPTED, Outcome.UNAUTHORIZED])
def test_a_signal_and_refused_credentials_end_the_turns(outcome: Outcome) -> None:
    """Nobody else would be called any better."""
    assert names(play(escalation_plan([ANN, BOB], attempts=4), always(outcome))) == "A"


def test_one_budget_for_all_and_a_pause_for_each() -> None:
    """Somebody's next call comes a pause after the end of the last one, and waits for nobody else's pause."""
    calls = play(escalation_plan([ANN, BOB], attempts=5, retry_after_s=60), always(Outcome.BUSY))
    assert calls == [(ANN, 0), (BOB, 20), (ANN, 80), (BOB, 100), (ANN, 160)]


def test_a_pause_that_is_over_is_not_waited_for_again() -> None:
    """While two others were called, the first one's pause has passed."""
    calls = play(escalation_plan([ANN, BOB, CID], attempts=4, retry_after_s=30), always(Outcome.NO_ANSWER))
    assert calls[-1] == (ANN, 3 * CALL_S)


@pytest.mark.parametrize("outcome", [*sorted(set(Outcome) - set(RETRYABLE)), None])
def test_what_cannot_be_retried_passes_to_the_next_person(outcome: Outcome | None) -> None:
    """Once, whatever the budget is: unknown calls, the reject key, refusals, faults of ours."""
    calls = play(
        escalation_plan([ANN, BOB], attempts=6),
        lambda person, before: outcome if person == ANN else Outcome.BUSY,
    )
    assert names(calls).count("A") == 1


def test_only_the_outcomes_asked_for_are_retried() -> None:
    plan = escalation_plan([ANN, BOB], attempts=6, retry_on=frozenset({Outcome.BUSY}))
    calls = play(plan, lambda person, before: Outcome.BUSY if person == ANN else Outcome.NO_ANSWER)
    assert names(calls) == "ABAAAA"[: len(calls)]
    assert len(calls) == 6


def test_whoever_declined_is_left_alone_for_a_while() -> None:
    """Never redialled unless asked for, then not at once; others are called meanwhile."""
    assert Outcome.DECLINED not in DEFAULT_RETRY_ON
    plan = escalation_plan([ANN], attempts=2, retry_on=frozenset({Outcome.DECLINED}), retry_after_s=1)
    assert play(plan, always(Outcome.DECLINED)) == [(ANN, 0), (ANN, CALL_S + DECLINED_PAUSE_S)]

    plan = escalation_plan([ANN, BOB], attempts=5, retry_on=frozenset({Outcome.DECLINED, Outcome.BUSY}))
    calls = play(plan, lambda person, before: Outcome.DECLINED if person == ANN else Outcome.BUSY)
    assert names(calls) == "ABBBB"


def test_a_longer_pause_holds_for_whoever_declined_too() -> None:
    plan = escalation_plan([ANN], attempts=2, retry_on=frozenset({Outcome.DECLINED}), retry_after_s=900)
    assert play(plan, always(Outcome.DECLINED))[1] == (ANN, CALL_S + 900)


def test_what_was_withheld_is_no_call() -> None:
    """It passes to the next person and leaves the whole budget to the others."""
    plan = escalation_plan([ANN, BOB], attempts=3)
    calls = play(plan, lambda person, before: Outcome.WITHHELD if person == ANN else Outcome.BUSY)
    assert names(calls) == "ABBB"
    assert names(play(plan, always(Outcome.WITHHELD))) == "AB"


def test_a_number_that_comes_twice_is_one_person() -> None:
    """A list made by a script must not silence an alert."""
    plan = escalation_plan([ANN, BOB, ANN], attempts=None)
    assert (plan.people, plan.attempts) == ((ANN, BOB), 2)


def test_a_budget_that_leaves_somebody_out_is_refused() -> None:
    with pytest.raises(InputError, match="--attempts 2 is fewer than the 3 people") as caught:
        escalation_plan([ANN, BOB, CID], attempts=2)
    assert caught.value.hint is not None
    assert "--attempts 6" in caught.value.hint


@pytest.mark.parametrize(
    ("people", "attempts", "retry_after_s", "least_s"),
    [
        ([ANN], 4, 60, 300),
        ([ANN], 4, 299, 300),
        ([ANN, BOB], 7, 60, 300),
        ([ANN], 8, 300, 515),
        ([ANN], 16, 600, 720),
    ],
)
def test_a_plan_that_the_guard_would_withhold_is_refused(
    people: list[str], attempts: int, retry_after_s: float, least_s: int
) -> None:
    """Before anything is sent, with the pause that fits. Without the guard it is fine."""
    with pytest.raises(InputError, match="the guard would withhold") as caught:
        escalation_plan(people, attempts=attempts, retry_after_s=retry_after_s)
    assert caught.value.hint is not None
    assert f"--retry-after {least_s}s" in caught.value.hint
    escalation_plan(people, attempts=attempts, retry_after_s=retry_after_s, guard=None)
    escalation_plan(people, attempts=attempts, retry_after_s=least_s)


@pytest.mark.parametrize(("people", "attempts"), [([ANN], 3), ([ANN, BOB], 6), ([ANN, BOB, CID], 9)])
def test_three_calls_to_each_fit_at_any_pace(people: list[str], attempts: int) -> None:
    assert escalation_plan(people, attempts=attempts, retry_after_s=0).attempts == attempts


@given(
    people=st.integers(1, 3),
    attempts=st.integers(3, 12),
    outcomes=st.lists(st.sampled_from([*Outcome, None]), min_size=40, max_size=40),
)
def test_the_budget_is_never_exceeded(people: int, attempts: int, outcomes: list[Outcome | None]) -> None:
    """Whatever happens: it ends, in budget, nobody is rung again within the pause, all are tried."""
    plan = escalation_plan([ANN, BOB, CID][:people], attempts=attempts, guard=None)
    script = iter(outcomes)
    ends: list[tuple[str, Outcome | None]] = []

    def answers(person: str, before: int) -> Outcome | None:
        ends.append((person, next(script)))
        return ends[-1][1]

    calls = play(plan, answers)
    assert sum(outcome is not Outcome.WITHHELD for _, outcome in ends) <= attempts
    last_s: dict[str, float] = {}
    for person, at_s in calls:
        assert at_s >= last_s.get(person, -1000.0) + CALL_S + plan.retry_after_s
        last_s[person] = at_s


@pytest.mark.parametrize(
    ("text", "outcomes"),
    [
        ("busy", {Outcome.BUSY}),
        ("busy,no-answer", {Outcome.BUSY, Outcome.NO_ANSWER}),
        (" Busy, declined  hung-up-early,", {Outcome.BUSY, Outcome.DECLINED, Outcome.HUNG_UP_EARLY}),
    ],
)
def test_outcomes_to_retry_are_words(text: str, outcomes: set[Outcome]) -> None:
    assert parse_retry_on(text) == outcomes


@pytest.mark.parametrize("text", ["", ",", "busy,unknown", "delivered", "rejected", "withheld", "10"])
def test_only_what_may_be_retried_can_be_named(text: str) -> None:
    """An unknown call is never redialled, and a script that asks for it is told."""
    with pytest.raises(ValueError, match="is not an outcome that can be retried; write some of busy,"):
        parse_retry_on(text)


def test_one_command_calls_twenty_people_at_most() -> None:
    """Somebody who is named again is no further person."""
    many = [f"+120255501{number:02}" for number in range(MOST_PEOPLE + 1)]
    assert len(escalation_plan([*many[:MOST_PEOPLE], *many[:5]], attempts=None).people) == MOST_PEOPLE == 20
    with pytest.raises(InputError, match="21 people are more than the 20"):
        escalation_plan(many, attempts=None)


def test_attempts_that_the_budget_would_withhold_are_refused() -> None:
    """Only those that were asked for: a list of people may be longer than a narrow budget."""
    guard = GuardRule(GUARD.limits, (DEFAULT_BUDGET,))
    people = [f"+120255501{number:02}" for number in range(20)]
    with pytest.raises(InputError, match="may place 40 calls where --budget lets 30 calls in 1 hour"):
        escalation_plan(people, attempts=40, guard=guard)
    assert escalation_plan(people, attempts=40, retry_after_s=3601, guard=guard).attempts == 40
    assert escalation_plan(people, attempts=40, guard=None).attempts == 40
    narrow = GuardRule(GUARD.limits, (Budget(calls=5, within=timedelta(hours=1)),))
    assert escalation_plan(people, attempts=None, guard=narrow).attempts == 20


TWICE_S = 75.0


def test_each_is_rung_twice_before_the_next_ones_turn() -> None:
    """The pause counts from the end of the first call; nothing else is called again without --attempts."""
    plan = escalation_plan([ANN, BOB], attempts=None, ring_twice_after_s=TWICE_S)
    assert plan.attempts == 4
    calls = play(plan, always(Outcome.NO_ANSWER))
    assert calls == [(ANN, 0), (ANN, CALL_S + TWICE_S), (BOB, 115), (BOB, 210)]


@pytest.mark.parametrize("outcome", [*Outcome, None])
def test_only_what_a_silenced_phone_looks_like_is_rung_twice(outcome: Outcome | None) -> None:
    """It rings on, its mailbox takes the call, or speaks instead of a person. Whoever is busy or has declined
    knows of the call, and what was not placed rang nowhere."""
    plan = escalation_plan([ANN], attempts=None, ring_twice_after_s=TWICE_S)
    is_unheard = outcome in {Outcome.NO_ANSWER, Outcome.VOICEMAIL_SKIPPED, Outcome.NOT_ACKNOWLEDGED}
    assert names(play(plan, always(outcome))) == ("AA" if is_unheard else "A")


def test_whoever_takes_the_second_call_ends_the_turns() -> None:
    plan = escalation_plan([ANN, BOB], attempts=None, ring_twice_after_s=TWICE_S)
    answers = lambda _, before: Outcome.ACKNOWLEDGED if before else Outcome.NOT_ACKNOWLEDGED  # noqa: E731
    assert names(play(plan, answers)) == "AA"


def test_both_calls_are_of_the_one_budget() -> None:
    """What the budget has left is for whoever --retry-on names, each turn again of two calls."""
    plan = escalation_plan([ANN, BOB], attempts=6, ring_twice_after_s=TWICE_S, guard=None)
    assert names(play(plan, always(Outcome.NO_ANSWER))) == "AABBAA"
    calls = play(plan, lambda person, _: Outcome.BUSY if person == ANN else Outcome.NO_ANSWER)
    assert names(calls) == "ABBABB"
    once = escalation_plan([ANN], attempts=3, ring_twice_after_s=TWICE_S, retry_on=frozenset({Outcome.BUSY}))
    assert names(play(once, always(Outcome.NO_ANSWER))) == "AA"


def test_a_call_between_two_that_rang_on_belongs_to_the_first() -> None:
    """The third begins a turn of its own."""
    plan = escalation_plan([ANN], attempts=9, ring_twice_after_s=TWICE_S, guard=None)
    script = [Outcome.NO_ANSWER, Outcome.BUSY, Outcome.NO_ANSWER, Outcome.NO_ANSWER, Outcome.DECLINED]
    calls = play(plan, lambda _, before: script[before])
    assert [later - earlier - CALL_S for (_, earlier), (_, later) in pairwise(calls)] == [75, 60, 75, 60]


def test_a_second_call_that_is_withheld_passes_to_the_next_person() -> None:
    plan = escalation_plan([ANN, BOB], attempts=None, ring_twice_after_s=TWICE_S)
    answers = lambda person, before: (  # noqa: E731
        Outcome.WITHHELD if before and person == ANN else Outcome.NO_ANSWER
    )
    assert names(play(plan, answers)) == "AABB"


def test_a_budget_must_hold_both_calls_of_everybody() -> None:
    """Or the last of them would never be called."""
    with pytest.raises(InputError, match="fewer than the 4 calls of --ring-twice, two to each") as caught:
        escalation_plan([ANN, BOB], attempts=3, ring_twice_after_s=TWICE_S)
    assert caught.value.hint is not None
    assert "--attempts 4" in caught.value.hint


def test_two_calls_to_each_pass_the_guard_and_more_need_their_pause() -> None:
    """Of four, none may come within 15 minutes of the first."""
    for twice_after_s in (LEAST_TWICE_AFTER_S, TWICE_S, LONGEST_TWICE_AFTER_S):
        assert escalation_plan([ANN], attempts=3, ring_twice_after_s=twice_after_s, retry_after_s=0)
        assert escalation_plan([ANN, BOB], attempts=None, ring_twice_after_s=twice_after_s)
    with pytest.raises(InputError, match="and --ring-twice may call one number 4 times") as caught:
        escalation_plan([ANN, BOB], attempts=5, ring_twice_after_s=TWICE_S)
    assert caught.value.hint is not None
    assert "--retry-after 750s" in caught.value.hint
    escalation_plan([ANN, BOB], attempts=5, ring_twice_after_s=TWICE_S, retry_after_s=750)
    guard = GuardRule(GUARD.limits, (Budget(calls=6, within=timedelta(hours=1)),))
    with pytest.raises(InputError, match="may place 8 calls where --budget lets 6"):
        escalation_plan([ANN, BOB], attempts=8, ring_twice_after_s=TWICE_S, retry_after_s=900, guard=guard)


@given(
    twice_after_s=st.floats(LEAST_TWICE_AFTER_S, LONGEST_TWICE_AFTER_S),
    late_s=st.floats(0, 9.9),
    share=st.floats(0, 1),
)
def test_the_second_call_rings_within_three_minutes_of_the_first(
    twice_after_s: float, late_s: float, share: float
) -> None:
    """With every ring time-out that is let through, though it rings longer or its end is known late; and a
    time-out of 5 s, the shortest, fits every pause."""
    ring_s = 5 + share * (longest_ring_s(twice_after_s) - 5)
    assert 5 <= ring_s <= longest_ring_s(twice_after_s)
    plan = escalation_plan([ANN], attempts=None, ring_twice_after_s=twice_after_s)
    end_s = ring_s + late_s
    first = Turn(to=ANN, outcome=Outcome.NO_ANSWER, placed_at_s=0.0, ended_at_s=end_s)
    second = next_turn(plan, [first], end_s)
    assert second is not None
    assert end_s + LEAST_TWICE_AFTER_S <= second.at_s <= REPEATED_WITHIN_S - 5 + 1e-6


@pytest.mark.parametrize(
    ("talked_s", "again_at_s"), [(20, 95), (100, 175), (110, 175), (115, 175), (116, None), (600, None)]
)
def test_a_mailbox_that_talks_for_long_shortens_the_pause(talked_s: float, again_at_s: float | None) -> None:
    """To a minute; what would come too late to be heard is left out, and the next person's turn comes."""
    plan = escalation_plan([ANN, BOB], attempts=None, ring_twice_after_s=TWICE_S)
    first = Turn(to=ANN, outcome=Outcome.NOT_ACKNOWLEDGED, placed_at_s=7.0, ended_at_s=7.0 + talked_s)
    expected = NextTurn(to=BOB, at_s=7.0 + talked_s)
    if again_at_s is not None:
        expected = NextTurn(to=ANN, at_s=7.0 + again_at_s)
    assert next_turn(plan, [first], 7.0 + talked_s) == expected
