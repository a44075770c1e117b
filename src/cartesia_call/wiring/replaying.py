"""A rehearsal in which a recorded network takes the place of the built-in one."""

from __future__ import annotations

import dataclasses

from cartesia_call.errors import InputError
from cartesia_call.settings.model import Settings
from cartesia_call.tracing.lines import Trace


def replaying(settings: Settings, trace: Trace) -> Settings:
    """`settings` of a rehearsal that plays `trace`. InputError if no call was placed in it."""
    from cartesia_simulator.comparing.requests import exchanges
    from cartesia_simulator.replaying.faults import faults_of

    if not any(exchange.places for exchange in exchanges(trace)):
        raise InputError("there is no call in this trace to play")
    return dataclasses.replace(settings, replayed=trace, faults=faults_of(trace))
