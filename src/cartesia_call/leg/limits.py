"""How long each wait of one call may take."""

from __future__ import annotations

from cartesia_call.records import dataclass


@dataclass(frozen=True, kw_only=True)
class CallLimits:
    """Waits of a call, in seconds, all above 0. `connect_timeout_s`: one request to the carrier.
    `tunnel_timeout_s`: the public path until it is proven; `speech_timeout_s`: a voice to its first audio and
    from one piece to the next. `max_duration_s` counts from the answer; None: no limit. `turn_timeout_s`:
    before the call, while others call the same number."""

    connect_timeout_s: float
    tunnel_timeout_s: float
    speech_timeout_s: float
    ring_timeout_s: float
    stream_timeout_s: float
    hangup_timeout_s: float
    max_duration_s: float | None
    turn_timeout_s: float
