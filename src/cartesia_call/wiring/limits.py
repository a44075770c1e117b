"""The limits of requests, speech and tunnel in real seconds, which is what the vendors' code counts in."""

from __future__ import annotations

import dataclasses

from cartesia_call.settings.model import Limits, Settings

SHORTEST_REAL_S = 2.0
"""However fast a rehearsal's clock runs: the program's own work, and a busy machine, take real time."""


def real_limits(settings: Settings) -> Limits:
    """The limits as they are in a live call. In a rehearsal its clock drives the other side, so they shrink
    with it; the tunnel's does not where a real agent opens it.
    """
    limits = settings.limits
    if not settings.rehearse:
        return limits

    def shrunk(limit_s: float) -> float:
        return max(limit_s / settings.time_scale, min(limit_s, SHORTEST_REAL_S))

    has_agent = settings.path.tunnel == "ngrok"
    return dataclasses.replace(
        limits,
        connect_timeout_s=shrunk(limits.connect_timeout_s),
        speech_timeout_s=shrunk(limits.speech_timeout_s),
        tunnel_timeout_s=limits.tunnel_timeout_s if has_agent else shrunk(limits.tunnel_timeout_s),
    )
