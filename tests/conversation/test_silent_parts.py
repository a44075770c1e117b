"""No phase of a conversation is without an end: what cannot be said is passed over."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cartesia_call.audio.mulaw import from_pcm16
from cartesia_call.conversation.limits import PART_SILENCE_S
from cartesia_call.conversation.parts import (
    Answerer,
    ConversationPlan,
    Judge,
    Part,
    Verdict,
    VoicemailMode,
)
from cartesia_call.conversation.talk import Finished
from cartesia_call.mediastream.session import SILENT_PEER_S
from cartesia_call.speech.utterance import Utterance
from cartesia_call.telephony.outcomes import Outcome
from tests.conversation.stream import SILENT_FRAME, Stream, utterance_of
from tests.listening.synthesis import quiet, speech

TAIL_S = 0.4
FRAME_S = 0.02

ASKING = ConversationPlan(
    parts=frozenset({Part.MESSAGE, Part.PROMPT, Part.CONFIRMATION}), ack_key="1", ack_timeout_s=3, repeats=1
)
LEAVING = ConversationPlan(
    parts=frozenset({Part.MESSAGE, Part.VOICEMAIL, Part.IDENTITY}), voicemail=VoicemailMode.LEAVE
)
SCREENED = ConversationPlan(parts=frozenset({Part.MESSAGE, Part.IDENTITY}), waits_for_greeting=True)

RECORDING = Verdict(answerer=Answerer.MACHINE, judge=Judge.CARRIER, may_record=True, heard_beep=True)
GREETING = Verdict(answerer=Answerer.MACHINE, judge=Judge.CARRIER)


def begun(seconds: float) -> Utterance:
    """An utterance that does not grow any more, and does not end either."""
    utterance = Utterance()
    utterance.append(b"x" * round(8000 * seconds))
    return utterance


def go_on(stream: Stream, from_s: float, until_s: float) -> list[str]:
    """A carrier that plays what it is sent, echoes marks and sends the callee's silence; what it was sent,
    and the end if it came."""
    now_s, plays_until_s = from_s, from_s
    said: list[str] = []
    marks: list[tuple[float, str]] = []
    while now_s < until_s:
        deadline_s = stream.talk.next_deadline_s()
        assert deadline_s is not None, f"nothing would happen any more after {said}"
        for sent in stream.sent(now_s):
            said.append(f"{now_s:.1f} {sent}")
            if "-end-" in sent:
                marks.append((plays_until_s, sent))
            elif sent == "clear":
                marks, plays_until_s = [], now_s
            else:
                plays_until_s = max(plays_until_s, now_s) + 1.0 + TAIL_S
        while marks and marks[0][0] <= now_s:
            stream.echo(marks.pop(0)[1], now_s)
        now_s += FRAME_S
        stream.hear(SILENT_FRAME, now_s - FRAME_S)
        if any(isinstance(event, Finished) for event in stream.talk.events()):
            said.append(f"{now_s:.1f} {stream.talk.dialogue.outcome}")
            break
    return said


@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_a_prompt_of_which_nothing_comes_is_passed_over(seconds: float) -> None:
    """Each time the message is said, and the key counts as ever; half of a prompt makes no difference."""
    stream = Stream(ASKING, {Part.PROMPT: begun(seconds)})
    said = go_on(stream, 0.0, 60.0)
    assert said[-1].endswith(Outcome.NOT_ACKNOWLEDGED)
    assert float(said[-1].split()[0]) < 2 * (1 + TAIL_S + seconds + PART_SILENCE_S + 3) + 1

    stream = Stream(ASKING, {Part.PROMPT: begun(seconds)})
    go_on(stream, 0.0, 1 + TAIL_S + seconds + PART_SILENCE_S + 1)
    stream.press("1", 8.0)
    assert go_on(stream, 8.0, 20.0)[-1].endswith(Outcome.ACKNOWLEDGED)


def test_a_part_that_comes_late_is_said() -> None:
    """As long as that takes less than the limit."""
    prompt = Utterance()
    stream = Stream(ASKING, {Part.PROMPT: prompt})
    go_on(stream, 0.0, 1 + TAIL_S + PART_SILENCE_S - 0.5)
    prompt.append(b"p" * 8000)
    prompt.finish()
    assert [step.split()[1] for step in go_on(stream, 6.0, 7.0)] == ["p", "prompt-end-2"]


@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_a_confirmation_of_which_nothing_comes_is_passed_over(seconds: float) -> None:
    """The key counted when it was pressed."""
    stream = Stream(ASKING, {Part.CONFIRMATION: begun(seconds)})
    stream.sent(0.0)
    stream.press("1", 0.5)
    said = go_on(stream, 0.5, 30.0)
    assert said[-1].endswith(Outcome.ACKNOWLEDGED)
    assert float(said[-1].split()[0]) == pytest.approx(0.5 + seconds + PART_SILENCE_S, abs=0.2)


@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_an_answer_to_a_robot_of_which_nothing_comes_is_passed_over(seconds: float) -> None:
    """The first thing that is said at all: nothing was sent before it."""
    stream = Stream(SCREENED, {Part.IDENTITY: begun(seconds)}, listens=True)
    question = from_pcm16(quiet(300) + speech(4000, seed=1) + quiet(3000))
    stream.hear(question, 0.0)
    assert stream.talk.dialogue.screened
    said = go_on(stream, 8.0, 80.0)
    assert said[-1].endswith(Outcome.DELIVERED)
    assert [step.split()[1] for step in said[-3:]] == ["m", said[-2].split()[1], "delivered"]


@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_the_message_takes_the_place_of_what_was_to_be_left(seconds: float) -> None:
    """Whole, and it counts as left."""
    stream = Stream(LEAVING, {Part.VOICEMAIL: begun(seconds)})
    stream.sent(0.0)
    stream.talk.judged(RECORDING, 0.7)
    said = go_on(stream, 0.7, 30.0)
    assert said[-1].endswith(Outcome.VOICEMAIL_LEFT)
    assert [step.split()[1][0] for step in said] == ["c", *(["x"] if seconds else []), "m", "v", "v"]


def waits_for_a_greeting() -> Stream:
    return Stream(ConversationPlan(waits_for_greeting=True), listens=True)


def waits_for_a_key() -> Stream:
    return Stream(ASKING, {Part.PROMPT: begun(0)})


def waits_for_a_verdict() -> Stream:
    return Stream(LEAVING)


def waits_for_a_recorder() -> Stream:
    stream = Stream(LEAVING, {Part.VOICEMAIL: begun(0)})
    stream.talk.judged(GREETING, 0.7)
    return stream


def waits_for_a_person() -> Stream:
    stream = Stream(SCREENED, {Part.IDENTITY: begun(0)}, listens=True)
    stream.hear(from_pcm16(quiet(300) + speech(4000, seed=1) + quiet(3000)), 0.0)
    return stream


@pytest.mark.parametrize(
    "beginning",
    [
        waits_for_a_greeting,
        waits_for_a_key,
        waits_for_a_verdict,
        waits_for_a_recorder,
        waits_for_a_person,
    ],
)
def test_every_phase_ends_by_time_alone(beginning: Callable[[], Stream]) -> None:
    """With a callee who does nothing, and of all parts only the message there is."""
    stream = beginning()
    assert go_on(stream, 8.0, 200.0)[-1].split()[1] in set(Outcome)


def test_a_message_may_be_silent_while_it_is_written() -> None:
    """Only whoever makes it knows whether more is to come; the stream stays watched."""
    stream = Stream(ConversationPlan(), {Part.MESSAGE: begun(0.5)})
    said = go_on(stream, 0.0, 10 * PART_SILENCE_S)
    assert [step.split()[1] for step in said] == ["x"]
    deadline_s = stream.talk.next_deadline_s()
    assert deadline_s == pytest.approx(10 * PART_SILENCE_S + SILENT_PEER_S, abs=0.1)


def test_of_two_parts_only_the_message_is_waited_for() -> None:
    """What takes the place of a silent part is the message, and waited for as such."""
    stream = Stream(LEAVING, {Part.VOICEMAIL: begun(0), Part.MESSAGE: utterance_of("m", 1.0)})
    stream.sent(0.0)
    stream.talk.judged(RECORDING, 0.7)
    assert go_on(stream, 0.7, 30.0)[-1].endswith(Outcome.VOICEMAIL_LEFT)
