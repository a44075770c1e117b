"""A trace beside the built-in network: what differs, and a rehearsal that plays it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, BinaryIO

from cartesia_call.errors import InputError
from cartesia_call.settings.model import Settings
from cartesia_call.tracing.lines import LONGEST_LINE, NoTrace, Trace, read_trace

if TYPE_CHECKING:
    from cartesia_simulator.comparing import findings

    # What the command line prints of, without knowing whose they are.
    Comparison = findings.Comparison
    Finding = findings.Finding


def trace_of(file: BinaryIO, *, source: str) -> Trace:
    """The trace in `file`, which may be anything. InputError, about `source`, if it is none."""
    # A part at a time of a line without an end: a device may have no other.
    lines = iter(lambda: file.readline(LONGEST_LINE + 1).decode("utf-8-sig", "replace"), "")
    try:
        return read_trace(lines)
    except NoTrace as error:
        raise InputError(f"{source}: {error}", hint="docs/tracing.md shows the form of a trace") from None


def compare_trace(trace: Trace, *, tolerance_ms: float) -> Comparison:
    """Message by message; `tolerance_ms` is how late a mark's echo may be."""
    from cartesia_simulator.comparing.compare import compare

    return compare(trace, tolerance_ms=tolerance_ms)


def replaying(settings: Settings, trace: Trace) -> Settings:
    """`settings` of a rehearsal that plays `trace`. InputError if no call was placed in it."""
    from cartesia_simulator.comparing.requests import exchanges
    from cartesia_simulator.replaying.faults import faults_of

    if not any(exchange.places for exchange in exchanges(trace)):
        raise InputError("there is no call in this trace to play")
    return dataclasses.replace(settings, replayed=trace, faults=faults_of(trace))
