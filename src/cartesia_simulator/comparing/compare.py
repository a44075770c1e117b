"""A trace beside what the built-in network would have done: what differs, by the belief it is about."""

from __future__ import annotations

from cartesia_call.tracing.lines import Trace
from cartesia_simulator.comparing.callbacks import callback_findings
from cartesia_simulator.comparing.findings import Comparison, unexplained
from cartesia_simulator.comparing.forms_of_messages import form_findings
from cartesia_simulator.comparing.paths import path_findings
from cartesia_simulator.comparing.requests import request_findings
from cartesia_simulator.comparing.speech import speech_findings
from cartesia_simulator.comparing.streams import TOLERANCE_MS, stream_findings


def compare(trace: Trace, *, tolerance_ms: float = TOLERANCE_MS) -> Comparison:
    """Message by message. What a rehearsal's own faults explain is no difference.

    `tolerance_ms`: so late may a mark's echo be.
    """
    findings = [
        *form_findings(trace),
        *request_findings(trace),
        *callback_findings(trace),
        *stream_findings(trace, tolerance_ms=tolerance_ms),
        *speech_findings(trace),
        *path_findings(trace),
    ]
    return Comparison(
        network=str(trace.header.get("network", "unknown")),
        is_whole=trace.is_whole and not trace.dropped,
        findings=unexplained(findings, trace.faults),
    )
