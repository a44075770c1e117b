"""Silence in steps, so that memory stays flat however long somebody wants it."""

from __future__ import annotations

from collections.abc import Iterator

from cartesia_call.audio import mulaw

_STEP_MS = 1000


def pause(duration_ms: int) -> Iterator[bytes]:
    """Mu-law silence of `duration_ms`, in steps of at most a second."""
    for start_ms in range(0, duration_ms, _STEP_MS):
        yield mulaw.silence(min(_STEP_MS, duration_ms - start_ms))
