"""A stream's audio and marks, with the faults that lose or delay them."""

from __future__ import annotations

import pytest

from cartesia_call.audio.mulaw import BYTES_PER_S
from cartesia_simulator.carrier.playout import Playout
from cartesia_simulator.carrier.stream_playout import StreamPlayout
from cartesia_simulator.faults import FaultPlan, parse_fault, parse_faults

SECOND = b"\x01" * BYTES_PER_S


def started_at_0(*faults: str) -> tuple[StreamPlayout, Playout]:
    playout = Playout(0.0)
    stream = StreamPlayout(playout, FaultPlan(parse_faults(faults)))
    stream.begin(0.0)
    return stream, playout


def test_a_mark_is_echoed_once_its_audio_was_played() -> None:
    """Without a fault nothing is lost or late."""
    stream, playout = started_at_0()
    stream.play(SECOND, 0.0)
    stream.mark("end", 0.0)
    assert stream.next_echo_at_s() == 1.0
    assert stream.take_echoes(0.9) == []
    assert stream.take_echoes(1.0) == ["end"]
    assert stream.next_echo_at_s() is None
    assert playout.stream_audio(2.0) == SECOND


def test_marks_late() -> None:
    """Each by as much, in order; what comes next is known, so that nobody has to look all the time."""
    stream, _ = started_at_0("mark-late@5s")
    stream.play(SECOND, 0.0)
    stream.mark("first", 0.0)
    stream.play(SECOND, 0.0)
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
    assert stream.play(SECOND * 700, 0.0)
    stream.mark("end", 0.0)
    assert stream.take_echoes(0.0) == ["end"]

    stream, playout = started_at_0("audio-dropped@2s")
    assert stream.play(SECOND * 5, 0.0)
    stream.mark("end", 0.0)
    assert stream.take_echoes(1.9) == []
    assert stream.take_echoes(2.4) == ["end"]
    assert stream.play(SECOND, 2.5)
    stream.mark("late", 2.5)
    assert stream.take_echoes(2.5) == ["late"]
    assert playout.stream_audio(9.0) == SECOND * 2


@pytest.mark.parametrize(
    ("faults", "audio", "is_noted"),
    [((), SECOND, True), ((), b"", False), (("audio-dropped",), SECOND, False)],
)
def test_speech_is_noted_when_something_plays(faults: tuple[str, ...], audio: bytes, is_noted: bool) -> None:
    """Not for an empty message, not for audio that is thrown away."""
    plan = FaultPlan([*parse_faults(faults), parse_fault("auth-401@speech")])
    stream = StreamPlayout(Playout(0.0), plan)
    stream.begin(0.0)
    stream.play(audio, 0.0)
    assert plan.is_on("auth-401") is is_noted
