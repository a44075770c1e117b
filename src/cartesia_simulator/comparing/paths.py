"""The public path: how the tunnel opened, and when our own probe came through it."""

from __future__ import annotations

from collections.abc import Iterator

from cartesia_call.tracing.lines import Record, Trace
from cartesia_simulator.comparing.findings import Finding, confirms, refutes

ROUTED_WITHIN_MS = 3_000.0
_TAKEN = "ERR_NGROK_334"


def path_findings(trace: Trace) -> Iterator[Finding]:
    """What answers of ngrok and our own probes say."""
    tries = trace.of("ourselves", "handshake", sent=True)
    through = [record for record in trace.of("ourselves", "answer", sent=False) if record.status == 101]
    if tries and through:
        took_ms = through[0].at_ms - tries[0].at_ms
        if took_ms > ROUTED_WITHIN_MS:
            sentence = f"the address leads here {took_ms / 1000:.1f} s after it was told"
            yield refutes("tunnel-routes-soon", sentence, through[0])
        else:
            yield confirms("tunnel-routes-soon", f"after {took_ms:.0f} ms", through[0])
    yield from _taken(trace.of("ngrok", sent=False))


def _taken(answers: list[Record]) -> Iterator[Finding]:
    refused = [record for record in answers if _TAKEN in str(record.fields.get("error"))]
    opened = [record for record in answers if record.fields.get("public_url")]
    if refused and opened:
        after_s = (opened[-1].at_ms - refused[0].at_ms) / 1000
        yield confirms("taken-domain-frees", f"it is free {after_s:.0f} s later", opened[-1])
    elif refused:
        yield refutes("taken-domain-frees", "it is never free", refused[-1])
