"""Whatever happens, in whatever order: what holds for every conversation.

Many more orders: `pytest --hypothesis-profile=search tests/conversation/test_any_dialogue.py`.
"""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.conversation.keys import OPT_OUT, outcome_of
from cartesia_call.conversation.limits import (
    GREETING_OVER_S,
    HOLD_LIMIT_S,
    MACHINE_LIMIT_S,
    PERSON_LIMIT_S,
    SCREENER_LIMIT_S,
    TONE_PERSON_S,
)
from cartesia_call.conversation.parts import (
    Answerer,
    ConversationPlan,
    Judge,
    Part,
    Verdict,
    VoicemailMode,
)
from cartesia_call.listening.sounds import (
    Beep,
    FaxTone,
    MusicHeard,
    Sound,
    SoundGoesOn,
    SpeechBegan,
    SpeechEnded,
)
from cartesia_call.telephony.outcomes import Outcome
from tests.conversation.line import LENGTHS_S, Event, Line, key, sound

OTHER_PARTS = [part for part in Part if part is not Part.MESSAGE]
SKIPPED = {Outcome.VOICEMAIL_SKIPPED, Outcome.UNREACHABLE}
ON_HOLD = {Outcome.NO_ANSWER}
WITH_KEY = {Outcome.ACKNOWLEDGED, Outcome.REJECTED, Outcome.NOT_ACKNOWLEDGED, *SKIPPED, *ON_HOLD}

plans = st.builds(
    ConversationPlan,
    parts=st.sets(st.sampled_from(OTHER_PARTS)).map(lambda others: frozenset({Part.MESSAGE, *others})),
    ack_key=st.sampled_from([None, "1"]),
    reject_key=st.sampled_from([None, "9"]),
    key_words=st.sampled_from([{}, {"5": "later"}, {"5": OPT_OUT}]),
    repeats=st.integers(0, 2),
    ack_timeout_s=st.sampled_from([2.0, 15.0]),
    waits_for_greeting=st.booleans(),
    voicemail=st.sampled_from(VoicemailMode),
    needs_beep=st.booleans(),
    amd_timeout_s=st.sampled_from([0.0, 8.0]),
    carrier_judges=st.booleans(),
)

verdicts = st.builds(
    Verdict,
    answerer=st.sampled_from(Answerer),
    judge=st.sampled_from(Judge),
    may_record=st.booleans(),
    heard_beep=st.booleans(),
)
times_s = st.floats(-1.0, 60.0).map(lambda at_s: round(at_s * 2) / 2)
"""On a grid, so that things happen at the same moment."""


def _sound(at_s: float, kind: type[Sound], length_s: float) -> Event:
    if kind is SpeechEnded:
        return sound(at_s, SpeechEnded(at_s=at_s, length_s=length_s))
    if kind is Beep:
        return sound(at_s, Beep(at_s=at_s, length_s=0.5, frequency_hz=1000.0))
    heard: dict[type[Sound], Sound] = {
        SpeechBegan: SpeechBegan(at_s=at_s),
        MusicHeard: MusicHeard(at_s=at_s),
        SoundGoesOn: SoundGoesOn(at_s=at_s),
    }
    return sound(at_s, heard.get(kind, FaxTone(at_s=at_s)))


def _judged(at_s: float, verdict: Verdict) -> Event:
    return at_s, lambda dialogue, now_s: dialogue.judged(verdict, now_s)


sounds = st.builds(
    _sound,
    times_s,
    st.sampled_from([SpeechBegan, SpeechEnded, Beep, FaxTone, MusicHeard, SoundGoesOn]),
    st.sampled_from([0.4, 1.5, 3.0]),
)
keys = st.tuples(times_s, st.sampled_from("159*#"))


def longest_end_s(plan: ConversationPlan) -> float:
    """How long a conversation in which nothing happens any more may go on, generously."""
    round_s = LENGTHS_S[Part.MESSAGE] + LENGTHS_S[Part.PROMPT] + plan.ack_timeout_s
    rounds_s = (plan.repeats + 1) * round_s + plan.amd_timeout_s + SCREENER_LIMIT_S
    asides_s = MACHINE_LIMIT_S + GREETING_OVER_S + PERSON_LIMIT_S + sum(LENGTHS_S.values())
    return rounds_s + asides_s + HOLD_LIMIT_S + TONE_PERSON_S


@pytest.mark.long
@given(
    plan=plans,
    pressed=st.lists(keys, max_size=3),
    heard=st.lists(sounds, max_size=6),
    judged=st.lists(st.builds(_judged, times_s, verdicts), max_size=4),
    data=st.data(),
)
def test_every_conversation_ends_well(
    plan: ConversationPlan,
    pressed: list[tuple[float, str]],
    heard: list[Event],
    judged: list[Event],
    data: st.DataObject,
) -> None:
    """One thing is said at a time, nothing after the end (both held by `Line`), which comes within a bound
    behind the last event; no answering key is lost, and the outcome fits what was asked for."""
    events = data.draw(st.permutations([*heard, *judged, *(key(at_s, digit) for at_s, digit in pressed)]))
    line = Line(plan)
    line.run(*events)
    dialogue = line.dialogue

    assert line.finished_at_s is not None
    last_event_s = max((at_s for at_s, _ in events), default=0.0)
    assert line.finished_at_s <= max(0.0, last_event_s) + longest_end_s(plan)
    assert sorted(dialogue.digits) == sorted(digit for _, digit in pressed)

    given_answers = [plan.answers[digit] for digit in dialogue.digits if digit in plan.answers]
    assert dialogue.key == (given_answers[0] if given_answers else None)
    if given_answers:
        assert dialogue.outcome is outcome_of(given_answers[0])
    else:
        assert dialogue.outcome not in {Outcome.ACKNOWLEDGED, Outcome.REJECTED}
    if plan.ack_key is None and "later" not in plan.key_words.values():
        assert dialogue.acknowledged is None
    else:
        assert dialogue.acknowledged is (dialogue.outcome is Outcome.ACKNOWLEDGED)
        assert dialogue.outcome in WITH_KEY
    if plan.voicemail is VoicemailMode.IGNORE:
        assert dialogue.outcome not in {Outcome.VOICEMAIL_LEFT, *SKIPPED, *ON_HOLD}
    if dialogue.outcome is Outcome.VOICEMAIL_LEFT:
        assert dialogue.beep or not plan.needs_beep
    if pressed:
        assert dialogue.answered_by is Answerer.HUMAN
    assert sum(step.endswith(" identity") for step in line.log) == int(dialogue.screened)


@pytest.mark.long
@given(
    plan=plans,
    heard=st.lists(sounds, max_size=6),
    judged=st.lists(st.builds(_judged, times_s, verdicts), max_size=4),
)
def test_nobody_is_left_without_the_message(
    plan: ConversationPlan, heard: list[Event], judged: list[Event]
) -> None:
    """Unless a machine or fax is skipped, or nobody came behind music, some message was said to its end
    before we hang up."""
    line = Line(plan)
    line.run(*heard, *judged)
    if line.dialogue.outcome not in SKIPPED | ON_HOLD:
        spoken = [step.split()[1] for step in line.log]
        said = [part for part, after in pairwise(spoken) if after != "clear"]
        assert {"message", "voicemail"} & set(said)
        if [part for part in said if part in {"message", "voicemail"}][-1] == "voicemail":
            assert line.dialogue.outcome in {Outcome.VOICEMAIL_LEFT, Outcome.NOT_ACKNOWLEDGED}
