"""A trace beside the built-in network: what each of them says of what the program believes."""

from __future__ import annotations

from typing import BinaryIO

from cartesia_call.errors import InputError
from cartesia_call.records import dataclass
from cartesia_call.tracing.lines import LONGEST_LINE, NoTrace, Trace, read_trace


@dataclass(frozen=True, kw_only=True)
class Difference:
    """At `at_ms` of the trace and in its `line`, both None where it is about all of it: the built-in network
    would have done otherwise. `holds`: as the program reckons with."""

    assumption: str
    holds: bool
    sentence: str
    line: int | None
    at_ms: float | None


@dataclass(frozen=True, kw_only=True)
class Belief:
    """What the trace comes to for one of them: `verdict` is `confirmed`, `refuted` or `open`.

    `seen` is a sentence of what it shows, empty where it says nothing; `settled_by` what would.
    """

    name: str
    believed: str
    if_wrong: str
    verdict: str
    seen: str
    settled_by: str


@dataclass(frozen=True, kw_only=True)
class ComparedTrace:
    """`network` is who made it: `live`, `built-in`, `other`. `is_whole`: nothing of it is missing."""

    network: str
    is_whole: bool
    differences: tuple[Difference, ...]
    beliefs: tuple[Belief, ...]

    def count(self, verdict: str) -> int:
        """How many beliefs came to `verdict`."""
        return sum(belief.verdict == verdict for belief in self.beliefs)


def trace_of(file: BinaryIO, *, source: str) -> Trace:
    """The trace in `file`, which may be anything. InputError, about `source`, if it is none."""
    # A part at a time of a line without an end: a device may have no other.
    lines = iter(lambda: file.readline(LONGEST_LINE + 1).decode("utf-8-sig", "replace"), "")
    try:
        return read_trace(lines)
    except NoTrace as error:
        raise InputError(f"{source}: {error}", hint="docs/tracing.md shows the form of a trace") from None


def compare_trace(trace: Trace, *, tolerance_ms: float) -> ComparedTrace:
    """Message by message; `tolerance_ms` is how late a mark's echo may be."""
    from cartesia_simulator.comparing.assumptions import ASSUMPTIONS
    from cartesia_simulator.comparing.compare import compare

    compared = compare(trace, tolerance_ms=tolerance_ms)
    beliefs = []
    for name, assumption in ASSUMPTIONS.items():
        found = compared.about(name)
        refuted = [finding for finding in found if not finding.holds]
        beliefs.append(
            Belief(
                name=name,
                believed=assumption.believed,
                if_wrong=assumption.if_wrong,
                verdict=compared.verdict(name),
                seen=(refuted or [*found][-1:])[0].sentence if found else "",
                settled_by=assumption.settled_by or f"nothing in it: {assumption.untraced}",
            )
        )
    differences = tuple(
        Difference(
            assumption=finding.assumption,
            holds=finding.holds,
            sentence=finding.sentence,
            line=finding.record.line if finding.record else None,
            at_ms=finding.record.at_ms if finding.record else None,
        )
        for finding in compared.differences
    )
    return ComparedTrace(
        network=str(trace.header.get("network", "unknown")),
        is_whole=trace.is_whole and not trace.dropped,
        differences=differences,
        beliefs=tuple(beliefs),
    )
