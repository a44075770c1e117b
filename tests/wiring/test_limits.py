"""Limits of what the clock of a rehearsal drives follow that clock."""

from __future__ import annotations

from pathlib import Path

from cartesia_call.settings.model import Limits, Settings
from cartesia_call.settings.resolve import resolve
from cartesia_call.wiring.limits import real_limits


def rehearsal(**options: object) -> Settings:
    return resolve({"rehearse": True, **options}, {}, working_directory=Path.cwd(), needs=frozenset())


def requests(limits: Limits) -> tuple[float, float, float]:
    return limits.connect_timeout_s, limits.speech_timeout_s, limits.tunnel_timeout_s


def test_they_shrink_with_the_clock_but_not_below_two_seconds() -> None:
    """A busy machine needs real time, whatever its clock says."""
    limits = real_limits(rehearsal(time_scale="4", connect_timeout="40s", speech_timeout="3s"))
    assert requests(limits) == (10, 2, 7.5)


def test_a_shorter_limit_is_kept() -> None:
    """Who asks for half a second gets it."""
    assert real_limits(rehearsal(connect_timeout="500ms")).connect_timeout_s == 0.5


def test_a_real_agent_takes_real_time() -> None:
    """ngrok's servers know no other clock."""
    assert real_limits(rehearsal(tunnel="ngrok", time_scale="10")).tunnel_timeout_s == 30


def test_in_real_time_nothing_changes() -> None:
    """Also in a rehearsal, at scale 1."""
    settings = rehearsal(time_scale="1")
    assert real_limits(settings) == settings.limits
