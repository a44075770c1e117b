"""Silence, step by step."""

from __future__ import annotations

import pytest

from cartesia_call.audio import mulaw
from cartesia_call.offline_voice.pauses import pause


@pytest.mark.parametrize("duration_ms", [0, 1, 999, 1000, 1001, 600_000])
def test_a_pause_is_as_long_as_it_says(duration_ms: int) -> None:
    """And no step of it longer than a second."""
    steps = list(pause(duration_ms))
    assert b"".join(steps) == mulaw.silence(duration_ms)
    assert all(0 < len(step) <= mulaw.BYTES_PER_S for step in steps)
