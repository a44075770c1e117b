"""The reckoning of what was played."""

from __future__ import annotations

from cartesia_call.mediastream.playing import Playout


def test_audio_plays_from_when_it_was_sent() -> None:
    """One second of audio, sent at 10 s, ends at 11 s."""
    playout = Playout()
    playout.sent(8000, now_s=10.0)
    assert playout.ends_at_s == 11.0
    assert playout.played_bytes(10.25) == 2000
    assert playout.queued_s(10.25) == 0.75
    assert playout.played_bytes(99.0) == 8000


def test_audio_sent_ahead_queues_behind_what_plays() -> None:
    """`end = max(end, now) + length`, per chunk."""
    playout = Playout()
    playout.sent(8000, now_s=10.0)
    playout.sent(8000, now_s=10.1)
    assert playout.ends_at_s == 12.0


def test_a_gap_moves_the_end() -> None:
    """Audio that comes after the queue ran dry starts when it comes, not when the last one ended."""
    playout = Playout()
    playout.sent(8000, now_s=10.0)
    playout.sent(8000, now_s=15.0)
    assert playout.ends_at_s == 16.0
    assert playout.played_bytes(15.5) == 12000


def test_nothing_sent_is_nothing_played() -> None:
    """Before the first chunk the queue is empty at any time."""
    assert Playout().played_bytes(5.0) == 0
    assert Playout().queued_s(5.0) == 0.0
