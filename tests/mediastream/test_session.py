"""The session: what it sends when, and what it takes for proof. Plain data, time as an argument."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from cartesia_call.audio.mulaw import BYTES_PER_S, silence
from cartesia_call.errors import SpeechUnavailable
from cartesia_call.mediastream.events import (
    AudioDropped,
    Ended,
    Event,
    Played,
    Pressed,
    Refused,
    SpeechBroke,
    Started,
    Starved,
)
from cartesia_call.mediastream.playing import TAIL_MS
from cartesia_call.mediastream.session import LEAD_S, SILENT_PEER_S, STARVED_S, WATCHDOG_S, MediaSession
from cartesia_call.speech.utterance import Utterance

TAIL_S = TAIL_MS / 1000
MARK_NAME = "message-end-1"


def start_text(**changes: str) -> str:
    start = {"accountSid": "AC1", "callSid": "CA1", "streamSid": "MZ1"} | changes
    media_format = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
    return json.dumps({"event": "start", "streamSid": "MZ1", "start": {**start, "mediaFormat": media_format}})


def mark_echo(name: str = MARK_NAME) -> str:
    return json.dumps({"event": "mark", "streamSid": "MZ1", "mark": {"name": name}})


STOP = json.dumps({"event": "stop", "streamSid": "MZ1", "stop": {}})


def utterance_of(audio: bytes, *, complete: bool = True) -> Utterance:
    utterance = Utterance()
    utterance.append(audio)
    if complete:
        utterance.finish()
    return utterance


def open_session(utterance: Utterance | None = None, *, now_s: float = 0.0) -> MediaSession:
    session = MediaSession(account_sid="AC1", call_sid="CA1")
    session.receive_text(start_text(), now_s)
    assert session.events() == [Started("MZ1", "CA1")]
    if utterance is not None:
        session.speak(utterance)
    return session


def texts(session: MediaSession, now_s: float) -> list[dict[str, Any]]:
    found = []
    while (text := session.next_text(now_s)) is not None:
        found.append(json.loads(text))
    return found


def audio_of(messages: list[dict[str, Any]]) -> bytes:
    return b"".join(
        base64.b64decode(message["media"]["payload"]) for message in messages if message["event"] == "media"
    )


def test_the_message_leaves_at_once_then_tail_then_one_mark() -> None:
    """All audio in order, 400 ms of silence behind it, one mark, nothing more."""
    audio = bytes(range(256)) * 50
    session = open_session(utterance_of(audio))
    sent = texts(session, 0.0)
    assert audio_of(sent) == audio + silence(TAIL_MS)
    assert [message["event"] for message in sent].count("mark") == 1
    assert sent[-1]["mark"]["name"] == MARK_NAME
    assert texts(session, 100.0) == []


def test_nothing_is_sent_before_start_or_before_speak() -> None:
    """Without a stream SID nothing can be sent; without an utterance there is nothing to send."""
    session = MediaSession(account_sid="AC1", call_sid="CA1")
    session.speak(utterance_of(b"\x00" * 800))
    assert session.next_text(0.0) is None
    assert open_session().next_text(0.0) is None


def test_the_lead_is_bounded_and_sending_goes_on_as_playing_does() -> None:
    """Never more than the lead is queued, however long the message; the deadline says when there is room."""
    audio = b"\x01" * (8000 * 120)
    session = open_session(utterance_of(audio))
    now_s, sent = 0.0, b""
    while len(sent) < len(audio):
        sent += audio_of(texts(session, now_s))
        assert len(sent) / BYTES_PER_S - now_s <= LEAD_S + 1e-9
        deadline_s = session.next_deadline_s()
        assert deadline_s is not None
        now_s = max(deadline_s, now_s + 0.001)
    assert sent.startswith(audio)
    assert now_s <= 120 - LEAD_S + 1


def test_a_growing_utterance_is_sent_as_it_grows() -> None:
    """What exists is sent; while nothing does, no deadline keeps us busy; the end brings tail and mark."""
    utterance = utterance_of(b"\x01" * 160, complete=False)
    session = open_session(utterance)
    assert audio_of(texts(session, 0.0)) == b"\x01" * 160
    assert session.next_deadline_s() == 0.02 + STARVED_S
    utterance.append(b"\x02" * 160)
    assert audio_of(texts(session, 0.0)) == b"\x02" * 160
    utterance.finish()
    assert texts(session, 0.0)[-1]["event"] == "mark"


@pytest.mark.parametrize(
    ("echo_at_s", "event"),
    [
        (1.0 + TAIL_S, Played(by_mark=True)),
        (1.0 + TAIL_S - 0.25, Played(by_mark=True)),
        (1.0 + TAIL_S - 0.26, AudioDropped()),
        (0.01, AudioDropped()),
        (1.0 + TAIL_S + 2.9, Played(by_mark=True)),
    ],
)
def test_a_mark_proves_only_what_can_have_been_played(echo_at_s: float, event: Event) -> None:
    """An echo more than 250 ms before the end of the audio means that the audio was dropped."""
    session = open_session(utterance_of(b"\x01" * 8000))
    texts(session, 0.0)
    session.receive_text(mark_echo(), echo_at_s)
    assert session.events() == [event]


def test_only_our_own_marks_echo_counts_and_only_once() -> None:
    """An echo of another name proves nothing; a second echo of ours says nothing new."""
    session = open_session(utterance_of(b"\x01" * 8000))
    session.receive_text(mark_echo(), 5.0)  # before ours was sent
    texts(session, 5.0)
    session.receive_text(mark_echo("message-end-0"), 9.0)
    assert session.events() == []
    session.receive_text(mark_echo(), 9.0)
    session.receive_text(mark_echo(), 9.1)
    assert session.events() == [Played(by_mark=True)]


def hear(session: MediaSession, now_s: float) -> None:
    """The peer is alive: it sends what the callee says."""
    media = {"timestamp": str(int(now_s * 1000)), "payload": ""}
    session.receive_text(json.dumps({"event": "media", "media": media}), now_s)


def test_the_watchdog_covers_a_lost_mark() -> None:
    """Three seconds after the expected end, counted from the audio and not from the last message."""
    session = open_session(utterance_of(b"\x01" * 8000))
    texts(session, 0.0)
    due_s = 1.0 + TAIL_S + WATCHDOG_S
    hear(session, due_s - 0.1)
    assert session.next_deadline_s() == pytest.approx(due_s)
    session.check(due_s - 0.01)
    assert session.events() == []
    session.check(due_s)
    assert session.events() == [Played(by_mark=False)]
    session.check(due_s + 1)
    assert session.events() == []


def test_the_watchdog_proves_nothing_on_a_dead_connection() -> None:
    """Who was silent when the playing should have ended has not played the end for us."""
    session = open_session(utterance_of(b"\x01" * 8000 * 5))
    texts(session, 0.0)
    hear(session, 3.0)
    session.check(5 + TAIL_S + WATCHDOG_S)
    assert session.events() == []
    session.check(3.0 + SILENT_PEER_S)
    assert session.events() == [Ended(by_carrier=False)]
    assert session.played_ms(60.0) == 3000


def test_a_silent_peer_is_gone_whatever_there_is_to_send() -> None:
    """Not even silence comes from it: the deadline is always set, and its passing ends the stream."""
    session = open_session()
    hear(session, 4.0)
    assert session.next_deadline_s() == 4.0 + SILENT_PEER_S
    session.check(4.0 + SILENT_PEER_S)
    assert session.events() == [Ended(by_carrier=False)]
    assert session.next_deadline_s() is None


def test_dropped_audio_was_not_heard() -> None:
    """Whatever the clock says."""
    session = open_session(utterance_of(b"\x01" * 8000))
    texts(session, 0.0)
    session.receive_text(mark_echo(), 0.5)
    assert session.events() == [AudioDropped()]
    assert session.played_ms(0.5) == 0


def test_a_stop_in_the_silent_tail_is_the_whole_message() -> None:
    """The last word was out; what the callee cut was silence."""
    session = open_session(utterance_of(b"\x01" * 8000))
    texts(session, 0.0)
    session.receive_text(STOP, 1.0 + TAIL_S / 2)
    assert session.events() == [Ended(by_carrier=True)]
    assert session.played_all(9.0)
    assert session.played_ms(9.0) == 1000


def test_a_stop_in_the_middle_says_how_far_they_got() -> None:
    """`played_ms` stands still at the stop."""
    session = open_session(utterance_of(b"\x01" * 8000 * 10))
    texts(session, 0.0)
    session.receive_text(STOP, 3.25)
    assert session.played_ms(60.0) == 3250
    assert not session.played_all(60.0)
    assert texts(session, 60.0) == []


def test_a_lost_connection_is_not_a_stop() -> None:
    """The websocket's end without `stop` is told apart, and is told once."""
    session = open_session(utterance_of(b"\x01" * 8000))
    session.connection_lost(0.5)
    session.connection_lost(0.6)
    assert session.events() == [Ended(by_carrier=False)]


def broken_session() -> MediaSession:
    utterance = utterance_of(b"\x01" * 8000, complete=False)
    utterance.fail(SpeechUnavailable("broke off"))
    return open_session(utterance)


def test_speech_that_breaks_is_told_when_all_that_exists_was_played() -> None:
    """What was made is played, and a mark shows that it was; only then is it time for another voice."""
    session = broken_session()
    sent = texts(session, 0.0)
    assert audio_of(sent) == b"\x01" * 8000 + silence(TAIL_MS)
    assert sent[-1]["mark"]["name"] == MARK_NAME
    assert session.events() == []
    session.receive_text(mark_echo(), 1.0 + TAIL_S)
    assert session.events() == [SpeechBroke(by_mark=True)]
    assert not session.played_all(5.0)


def test_broken_speech_that_was_dropped_was_not_heard() -> None:
    """The other voice must then begin with the first word."""
    session = broken_session()
    texts(session, 0.0)
    session.receive_text(mark_echo(), 0.1)
    assert session.events() == [AudioDropped()]
    assert session.played_ms(5.0) == 0


def test_the_watchdog_covers_the_mark_behind_broken_speech() -> None:
    """The other voice does not wait for ever."""
    session = broken_session()
    texts(session, 0.0)
    session.receive_text(json.dumps({"event": "x"}), 1.0 + TAIL_S)
    session.check(1.0 + TAIL_S + WATCHDOG_S)
    assert session.events() == [SpeechBroke(by_mark=False)]


@pytest.mark.parametrize(
    "changes", [{"accountSid": "AC2"}, {"callSid": "CA2"}], ids=["another account", "another call"]
)
def test_a_stream_of_somebody_else_is_refused(changes: dict[str, str]) -> None:
    """`start` must name our account and our call."""
    session = MediaSession(account_sid="AC1", call_sid="CA1")
    session.receive_text(start_text(**changes), 0.0)
    (event,) = session.events()
    assert isinstance(event, Refused)
    assert session.stream_sid is None


def test_a_stream_may_come_before_the_call_sid_is_known() -> None:
    """Without a known call SID any is accepted: the secret in the address vouches for it."""
    session = MediaSession(account_sid="AC1", call_sid=None)
    session.receive_text(start_text(callSid="CA77"), 0.0)
    assert session.events() == [Started("MZ1", "CA77")]


def test_garbage_before_start_is_refused_and_after_it_is_ignored() -> None:
    """A message that cannot be read is no reason to stop speaking."""
    session = MediaSession(account_sid="AC1", call_sid="CA1")
    session.receive_text("garbage", 0.0)
    assert isinstance(session.events()[0], Refused)
    session = open_session(utterance_of(b"\x01" * 8000))
    session.receive_text("garbage", 0.0)
    assert session.events() == []
    assert texts(session, 0.0)


def test_keys_are_reported_in_order() -> None:
    """DTMF arrives as one event per key."""
    session = open_session()
    for digit in "1#":
        session.receive_text(json.dumps({"event": "dtmf", "dtmf": {"digit": digit}}), 1.0)
    assert session.events() == [Pressed("1"), Pressed("#")]


def test_the_callees_audio_is_laid_at_its_time_stamps() -> None:
    """A gap in the time stamps becomes silence; an absurd jump is not recorded."""
    session = MediaSession(account_sid="AC1", call_sid="CA1", record_inbound=True)
    session.receive_text(start_text(), 0.0)

    def hear(timestamp_ms: int, audio: bytes) -> None:
        media = {"timestamp": str(timestamp_ms), "payload": base64.b64encode(audio).decode()}
        session.receive_text(json.dumps({"event": "media", "media": media}), 0.0)

    hear(0, b"\x01" * 160)
    hear(40, b"\x02" * 160)
    hear(10**12, b"\x03" * 160)
    assert session.inbound_audio == b"\x01" * 160 + silence(20) + b"\x02" * 160


def test_a_callee_who_hears_nothing_in_the_middle_is_told_once() -> None:
    """So that somebody else may go on; more audio ends it, and the next drought is told again."""
    utterance = utterance_of(b"\x01" * 8000, complete=False)
    session = open_session(utterance)
    for began_s in (0.0, 5.0):
        texts(session, began_s)
        dry_at_s = began_s + 1.0 + STARVED_S
        assert session.next_deadline_s() == pytest.approx(dry_at_s)
        session.check(dry_at_s - 0.01)
        assert session.events() == []
        session.check(dry_at_s + 0.001)
        session.check(dry_at_s + 0.1)
        assert session.events() == [Starved()]
        session.receive_text(json.dumps({"event": "x"}), began_s + 4.9)
        utterance.append(b"\x01" * 8000)
        session.check(began_s + 4.95)
