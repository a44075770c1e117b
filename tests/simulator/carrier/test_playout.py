"""Playout arithmetic: what was heard until a moment, and which marks playback has passed.

A stream's audio and marks, with the faults that lose or delay them.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.audio.mulaw import BYTES_PER_S, silence
from cartesia_simulator.carrier.playout import MAX_QUEUED_BYTES, Playout, StreamPlayout
from cartesia_simulator.faults import FaultPlan, parse_fault, parse_faults

ANSWERED = 1000.0
SECOND = b"\x01" * BYTES_PER_S


def audio(seconds: float, byte: bytes = b"\x01") -> bytes:
    return byte * round(seconds * BYTES_PER_S)


def test_silence_fills_the_time_before_between_and_after_audio() -> None:
    """Audio starts when it is received, and nothing moves it."""
    playout = Playout(ANSWERED)
    playout.play(audio(1, b"\x01"), ANSWERED + 0.5, from_stream=True)
    playout.play(audio(1, b"\x02"), ANSWERED + 2.0, from_stream=True)
    expected = silence(500) + audio(1, b"\x01") + silence(500) + audio(1, b"\x02") + silence(1000)
    assert playout.heard(ANSWERED + 4.0) == expected
    assert playout.stream_audio(ANSWERED + 4.0) == audio(1, b"\x01") + audio(1, b"\x02")


def test_audio_sent_ahead_is_played_one_after_the_other() -> None:
    """The queue delays what comes later, without a gap."""
    playout = Playout(ANSWERED)
    for byte in (b"\x01", b"\x02", b"\x03"):
        playout.play(audio(1, byte), ANSWERED, from_stream=True)
    assert playout.heard(ANSWERED + 2.5) == audio(1, b"\x01") + audio(1, b"\x02") + audio(0.5, b"\x03")
    assert playout.queued_s(ANSWERED + 2.5) == 0.5
    assert playout.max_queued_ms == 3000


def test_only_the_past_is_heard() -> None:
    """Queued audio is not heard before its time."""
    playout = Playout(ANSWERED)
    playout.play(SECOND, ANSWERED, from_stream=True)
    assert playout.heard(ANSWERED) == b""
    assert playout.stream_audio(ANSWERED + 0.25) == audio(0.25)


def test_a_mark_is_due_when_playback_passes_it() -> None:
    """Not a byte earlier, exactly at its own deadline, and once."""
    playout = Playout(ANSWERED)
    playout.play(SECOND, ANSWERED, from_stream=True)
    playout.mark("end", ANSWERED)
    assert playout.next_mark_at_s() == ANSWERED + 1.0
    assert playout.take_due_marks(ANSWERED + 0.999) == []
    assert playout.take_due_marks(ANSWERED + 1.0) == ["end"]
    assert playout.take_due_marks(ANSWERED + 9.0) == []
    assert playout.next_mark_at_s() is None


def test_a_mark_behind_nothing_is_due_at_once() -> None:
    """With an empty queue, and also when the queue has run dry."""
    playout = Playout(ANSWERED)
    playout.mark("early", ANSWERED + 3)
    assert playout.take_due_marks(ANSWERED + 3) == ["early"]
    playout.play(SECOND, ANSWERED + 3, from_stream=True)
    playout.mark("late", ANSWERED + 5)
    assert playout.take_due_marks(ANSWERED + 5) == ["late"]


def test_marks_keep_their_order_among_audio() -> None:
    """Each waits for the audio before it only."""
    playout = Playout(ANSWERED)
    for name in ("a", "b"):
        playout.play(SECOND, ANSWERED, from_stream=True)
        playout.mark(name, ANSWERED)
    assert playout.take_due_marks(ANSWERED + 1.5) == ["a"]
    assert playout.take_due_marks(ANSWERED + 2.0) == ["b"]


def test_clear_drops_the_future_and_returns_all_marks() -> None:
    """What was heard stays; audio after the clear starts at once."""
    playout = Playout(ANSWERED)
    playout.play(audio(2, b"\x01"), ANSWERED, from_stream=True)
    playout.mark("a", ANSWERED)
    playout.mark("b", ANSWERED)
    playout.clear(ANSWERED + 0.5)
    assert playout.take_due_marks(ANSWERED + 0.5) == ["a", "b"]
    playout.play(audio(1, b"\x02"), ANSWERED + 0.5, from_stream=True)
    assert playout.heard(ANSWERED + 2.0) == audio(0.5, b"\x01") + audio(1, b"\x02") + silence(500)
    assert playout.stream_audio(ANSWERED + 2.0) == audio(0.5, b"\x01") + audio(1, b"\x02")


def test_the_end_stops_playback_for_good() -> None:
    """Unplayed audio is never heard, outstanding marks never come, and time stands still."""
    playout = Playout(ANSWERED)
    playout.play(audio(5), ANSWERED, from_stream=True)
    playout.mark("end", ANSWERED)
    playout.end(ANSWERED + 2)
    assert playout.heard(ANSWERED + 60) == playout.stream_audio(ANSWERED + 60) == audio(2)
    assert playout.take_due_marks(ANSWERED + 60) == []


def test_forgotten_marks_are_never_due() -> None:
    """The stream they belonged to is gone."""
    playout = Playout(ANSWERED)
    playout.mark("end", ANSWERED)
    playout.forget_marks()
    assert playout.take_due_marks(ANSWERED + 1) == []


def test_the_carriers_own_voice_is_heard_but_is_not_stream_audio() -> None:
    """`heard` is everything, `stream_audio` only what came from the stream."""
    playout = Playout(ANSWERED)
    playout.play(audio(1, b"\x01"), ANSWERED, from_stream=True)
    playout.play(audio(1, b"\x02"), ANSWERED, from_stream=False)
    assert playout.heard(ANSWERED + 2) == audio(1, b"\x01") + audio(1, b"\x02")
    assert playout.stream_audio(ANSWERED + 2) == audio(1, b"\x01")


def test_ten_minutes_are_queued_and_not_a_byte_more() -> None:
    """A message that does not fit is discarded whole; played time makes room again."""
    playout = Playout(ANSWERED)
    assert playout.play(b"\x01" * MAX_QUEUED_BYTES, ANSWERED, from_stream=True)
    assert not playout.play(b"\x02", ANSWERED, from_stream=True)
    assert playout.play(b"\x03" * BYTES_PER_S, ANSWERED + 1, from_stream=True)
    assert playout.max_queued_ms == 600_000
    assert b"\x02" not in playout.heard(ANSWERED + 601)


@given(
    pieces=st.lists(
        st.tuples(st.integers(min_value=0, max_value=2000), st.floats(min_value=0, max_value=0.4)),
        max_size=30,
    ),
    answered=st.floats(min_value=0, max_value=1e7),
)
def test_every_byte_is_heard_in_order_and_once(pieces: list[tuple[int, float]], answered: float) -> None:
    """Whatever the sizes and gaps: the bytes without silence are the bytes sent, and a mark ends them."""
    playout = Playout(answered)
    now_s, sent = answered, b""
    for number, (size, gap_s) in enumerate(pieces):
        now_s += gap_s
        piece = bytes([number + 1]) * size
        assert playout.play(piece, now_s, from_stream=True)
        sent += piece
    playout.mark("end", now_s)
    ends_at_s = playout.next_mark_at_s()
    assert ends_at_s is not None
    assert playout.take_due_marks(max(now_s, ends_at_s)) == ["end"]
    heard = playout.heard(max(now_s, ends_at_s) + 1)
    assert heard.replace(silence(1)[:1], b"") == sent
    assert playout.stream_audio(max(now_s, ends_at_s) + 1) == sent


ONE_SECOND = b"\x01" * BYTES_PER_S


def started_at_0(*faults: str) -> tuple[StreamPlayout, Playout]:
    playout = Playout(0.0)
    stream = StreamPlayout(playout, FaultPlan(parse_faults(faults)))
    stream.begin(0.0)
    return stream, playout


def test_a_mark_is_echoed_once_its_audio_was_played() -> None:
    """Without a fault nothing is lost or late."""
    stream, playout = started_at_0()
    stream.play(ONE_SECOND, 0.0)
    stream.mark("end", 0.0)
    assert stream.next_echo_at_s() == 1.0
    assert stream.take_echoes(0.9) == []
    assert stream.take_echoes(1.0) == ["end"]
    assert stream.next_echo_at_s() is None
    assert playout.stream_audio(2.0) == ONE_SECOND


def test_marks_late() -> None:
    """Each by as much, in order; what comes next is known, so that nobody has to look all the time."""
    stream, _ = started_at_0("mark-late@5s")
    stream.play(ONE_SECOND, 0.0)
    stream.mark("first", 0.0)
    stream.play(ONE_SECOND, 0.0)
    stream.mark("second", 0.0)
    assert stream.take_echoes(1.0) == []
    assert stream.next_echo_at_s() == 2.0
    assert stream.take_echoes(2.0) == []
    assert stream.next_echo_at_s() == 6.0
    assert stream.take_echoes(6.5) == ["first"]
    assert stream.take_echoes(7.0) == ["second"]


def test_no_marks_are_not_late_ones() -> None:
    """Of two contradictory faults the first of the table holds."""
    stream, _ = started_at_0("mark-late@0s", "mark-never")
    stream.mark("end", 0.0)
    assert stream.take_echoes(1.0) == []
    assert stream.next_echo_at_s() is None


def test_dropped_audio_returns_its_marks_at_once() -> None:
    """From the start on, or from a moment on that cuts what is queued, exactly there."""
    stream, playout = started_at_0("audio-dropped")
    assert stream.play(ONE_SECOND * 700, 0.0)
    stream.mark("end", 0.0)
    assert stream.take_echoes(0.0) == ["end"]

    stream, playout = started_at_0("audio-dropped@2s")
    assert stream.play(ONE_SECOND * 5, 0.0)
    stream.mark("end", 0.0)
    assert stream.take_echoes(1.9) == []
    assert stream.take_echoes(2.4) == ["end"]
    assert stream.play(ONE_SECOND, 2.5)
    stream.mark("late", 2.5)
    assert stream.take_echoes(2.5) == ["late"]
    assert playout.stream_audio(9.0) == ONE_SECOND * 2


@pytest.mark.parametrize(
    ("faults", "audio", "is_noted"),
    [((), ONE_SECOND, True), ((), b"", False), (("audio-dropped",), ONE_SECOND, False)],
)
def test_speech_is_noted_when_something_plays(faults: tuple[str, ...], audio: bytes, is_noted: bool) -> None:
    """Not for an empty message, not for audio that is thrown away."""
    plan = FaultPlan([*parse_faults(faults), parse_fault("auth-401@speech")])
    stream = StreamPlayout(Playout(0.0), plan)
    stream.begin(0.0)
    stream.play(audio, 0.0)
    assert plan.is_on("auth-401") is is_noted
