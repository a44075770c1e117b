"""The media streams that knocked at one call's door, and the one that was let in."""

from __future__ import annotations

import json

from cartesia_call.conversation.parts import Answerer, Judge, Part, Verdict
from cartesia_call.conversation.talk import Talk
from cartesia_call.leg.facts import CallFacts
from cartesia_call.leg.streams import NEVER_STARTED, Streams
from cartesia_call.mediastream.events import Ended
from tests.leg.given import ACCOUNT, OURS, STOP_TEXT, STRANGERS, call_plan, made, media_text, start_text

HUMAN = Verdict(answerer=Answerer.HUMAN, judge=Judge.CARRIER)


class Door:
    """The streams of one call at one moment. `closed` are those that were to be closed."""

    def __init__(self, call_sid: str | None = None) -> None:
        self.facts = CallFacts(call_sid)
        self.streams = Streams(call_plan(), self.facts)
        self.streams.utterances = {Part.MESSAGE: made()}
        self.closed: list[Talk] = []

    def knock(self, text: str | None, now_s: float = 0.0, verdicts: list[Verdict] | None = None) -> Talk:
        """A stream connects and says `text`, if anything."""
        talk = self.streams.connected(now_s)
        if text is not None:
            talk.receive_text(text, now_s)
            self.closed += self.streams.take_events(now_s, [] if verdicts is None else verdicts)
        return talk

    def say(self, talk: Talk, text: str, now_s: float = 1.0) -> None:
        talk.receive_text(text, now_s)
        self.closed += self.streams.take_events(now_s, [])


def test_the_first_stream_that_passes_every_check_is_let_in() -> None:
    """It names the call, shows that somebody answered, and speaks at once; the secret is used up."""
    door = Door()
    talk = door.knock(start_text(), 5.0)
    assert door.streams.talk is talk
    assert (door.facts.call_sid, door.facts.progress.answered_at_s) == (OURS, 5.0)
    assert talk.next_text(5.0) is not None
    assert not door.streams.wants_one


def test_a_second_one_is_closed() -> None:
    """Though it says all that is right."""
    door = Door()
    first, second = door.streams.connected(0.0), door.streams.connected(0.0)
    for talk in (first, second):
        door.say(talk, start_text())
    assert (door.streams.talk, door.closed) == (first, [second])
    assert second.next_text(1.0) is None


def test_a_wrong_start_is_refused_and_named() -> None:
    """Another account, another call, nonsense; the first reason is told."""
    door = Door(OURS)
    wrong = [start_text(account_sid="AC" + "2" * 32), start_text(STRANGERS), json.dumps({"event": "start"})]
    talks = [door.knock(text) for text in wrong]
    assert door.closed == talks
    assert door.streams.talk is None
    assert door.streams.wants_one
    assert door.streams.refusal == "the stream belongs to another account"
    assert ACCOUNT not in str(door.streams.never_came)


def test_a_stream_that_connected_before_the_call_was_known_must_name_it_too() -> None:
    """The answer to the placing came meanwhile."""
    door = Door()
    talk = door.streams.connected(0.0)
    door.facts.call_sid = OURS
    door.say(talk, start_text(STRANGERS))
    assert door.closed == [talk]
    assert door.streams.talk is None


def test_who_says_nothing_is_closed_at_the_stream_time_out() -> None:
    """Once; and when it is gone, that is why no stream came."""
    door = Door()
    talk = door.knock(None)
    assert door.streams.next_deadline_s() == 10.0
    assert door.streams.check(9.9) == []
    assert door.streams.check(10.0) == [talk]
    assert door.streams.check(11.0) == []
    assert door.streams.next_deadline_s() is None
    door.streams.gone(talk, 11.0)
    assert door.streams.refusal == NEVER_STARTED


def test_who_was_let_in_is_not_refused_when_it_goes() -> None:
    """Nor is anybody who comes behind it."""
    door = Door()
    talk, other = door.streams.connected(0.0), door.streams.connected(0.0)
    door.say(talk, start_text())
    door.streams.gone(talk, 2.0)
    door.streams.gone(other, 2.0)
    assert door.streams.refusal is None


def test_a_closed_door_lets_nobody_in() -> None:
    """Who stood there already neither."""
    door = Door()
    talk = door.streams.connected(0.0)
    door.streams.is_awaited = False
    door.say(talk, start_text())
    assert door.closed == [talk]


def test_verdicts_that_were_known_before_reach_the_conversation() -> None:
    """The carrier's detection may be faster than its stream."""
    door = Door()
    talk = door.knock(start_text(), verdicts=[HUMAN])
    assert talk.dialogue.answered_by is Answerer.HUMAN


def test_where_nothing_is_to_be_said_any_more_it_is_let_in_and_muted() -> None:
    """Its end proves that of the call."""
    door = Door()
    talk = door.streams.connected(0.0)
    talk.receive_text(start_text(), 0.0)
    door.streams.take_events(0.0, None)
    talk.receive_text(json.dumps({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": "*"}}), 0.5)
    assert door.streams.talk is talk
    assert talk.next_text(0.5) is None


def test_the_first_thing_it_comes_to_decides() -> None:
    """That the connection is gone behind its `stop` changes nothing."""
    door = Door()
    talk = door.knock(start_text())
    door.say(talk, STOP_TEXT)
    talk.connection_lost(2.0)
    door.streams.take_events(2.0, [])
    assert door.streams.end == Ended(by_carrier=True)
    assert door.streams.is_over
    assert door.facts.stop_received


def test_a_broken_pipe_is_no_stop() -> None:
    """It shows nothing of the call."""
    door = Door()
    door.knock(start_text()).connection_lost(2.0)
    door.streams.take_events(2.0, [])
    assert door.streams.is_over
    assert not door.facts.stop_received


def test_a_stranger_at_the_door_changes_nothing() -> None:
    """Not the end of the one that speaks."""
    door = Door()
    talk, other = door.streams.connected(0.0), door.streams.connected(0.0)
    door.say(talk, start_text())
    door.say(other, STOP_TEXT)
    door.say(talk, media_text(0))
    assert door.streams.end is None
    assert not door.facts.stop_received
