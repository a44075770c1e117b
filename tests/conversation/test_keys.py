"""What the words of keys come to."""

from __future__ import annotations

import pytest

from cartesia_call.conversation.keys import OPT_OUT, outcome_of, sentence_of
from cartesia_call.conversation.parts import ConversationPlan, Part
from cartesia_call.telephony.outcomes import Outcome
from tests.conversation.line import Line, key

OFFERED = frozenset({Part.MESSAGE, Part.PROMPT, Part.CONFIRMATION})
WORDS = {"2": "cancelled", "9": OPT_OUT}


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("acknowledged", Outcome.ACKNOWLEDGED),
        ("cancelled", Outcome.ACKNOWLEDGED),
        ("rejected", Outcome.REJECTED),
        (OPT_OUT, Outcome.REJECTED),
    ],
)
def test_any_word_acknowledges_but_those_that_decline(word: str, outcome: Outcome) -> None:
    """The message was heard and answered; what the answer is, says the word."""
    assert outcome_of(word) is outcome


def test_each_word_has_its_sentence() -> None:
    """That of the outcome where the word says no more."""
    assert sentence_of("acknowledged") == Outcome.ACKNOWLEDGED.means.sentence
    assert sentence_of("rejected") == Outcome.REJECTED.means.sentence
    assert sentence_of("cancelled") == "the callee pressed the key that means cancelled"
    assert sentence_of(OPT_OUT) == "the callee asked not to be called again"


def test_the_short_forms_are_words_like_others() -> None:
    """In the order in which they are offered."""
    plan = ConversationPlan(ack_key="1", reject_key="8", key_words=WORDS)
    assert list(plan.answers.items()) == [("1", "acknowledged"), *WORDS.items(), ("8", "rejected")]
    assert plan.asks_for_key
    assert not ConversationPlan(key_words={"9": OPT_OUT}).asks_for_key
    assert ConversationPlan().answers == {}


@pytest.mark.parametrize(
    ("digit", "word", "last"),
    [
        ("2", "cancelled", ["3 confirmation", "4 acknowledged"]),
        ("9", OPT_OUT, ["3 rejected"]),
        ("5", None, ["21 not-acknowledged"]),
    ],
)
def test_the_word_of_the_key_that_decided_is_known(digit: str, word: str | None, last: list[str]) -> None:
    """A later key changes nothing."""
    line = Line(ConversationPlan(parts=OFFERED, key_words=WORDS))
    done = line.run(key(3, digit), *([key(3.5, "2")] if word else []))
    assert done[-len(last) :] == last
    assert line.dialogue.key == word
    assert line.dialogue.acknowledged is (word == "cancelled")


@pytest.mark.parametrize("waits_for_greeting", [False, True])
def test_a_key_at_any_moment_is_never_lost_and_confirmed_at_once(waits_for_greeting: bool) -> None:
    """Every 100 ms of message, prompt and wait, twice over, a moment before and behind each end of one, too;
    with the network: `tests.calls.test_keys`."""
    plan = ConversationPlan(
        parts=OFFERED, ack_key="1", repeats=1, ack_timeout_s=1.5, waits_for_greeting=waits_for_greeting
    )
    unanswered = Line(plan)
    unanswered.run()
    assert unanswered.dialogue.outcome is Outcome.NOT_ACKNOWLEDGED
    assert unanswered.finished_at_s is not None
    tenths = round(unanswered.finished_at_s * 10)
    assert tenths >= 150
    for tenth in range(tenths):
        for thousandths in (0, 1, 99):
            at_s = round(tenth / 10 + thousandths / 1000, 3)
            line = Line(plan)
            done = line.run(key(at_s))
            assert done[-2:] == [f"{at_s:g} confirmation", f"{round(at_s + 1, 3):g} acknowledged"]
            assert not [step for step in done[:-2] if float(step.split()[0]) > at_s]
            assert (line.dialogue.digits, line.dialogue.acknowledged) == ("1", True)


def test_who_may_only_opt_out_has_heard_the_message_without_a_key() -> None:
    """The key is offered and waited for; then it is delivered, and nobody was asked to acknowledge."""
    plan = ConversationPlan(
        parts=frozenset({Part.MESSAGE, Part.PROMPT}), key_words={"9": OPT_OUT}, ack_timeout_s=3.0
    )
    line = Line(plan)
    assert line.run() == ["0 message", "4 prompt", "9 delivered"]
    assert (line.dialogue.key, line.dialogue.acknowledged) == (None, None)
    late = Line(plan)
    assert late.run(key(8, "9")) == ["0 message", "4 prompt", "8 rejected"]
    assert (late.dialogue.key, late.dialogue.acknowledged) == (OPT_OUT, None)
