"""What a trace says about one belief, and what all of it comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cartesia_call.tracing.lines import Record
from cartesia_simulator.comparing.assumptions import ASSUMPTIONS


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`sentence` says what the trace shows at `record`; None: it is about all of it.

    `holds`: it confirms `assumption`, else refutes it. `differs`: the built-in network would have done
    otherwise.
    """

    assumption: str
    holds: bool
    sentence: str
    record: Record | None = None
    differs: bool = False

    def __post_init__(self) -> None:
        if self.assumption not in ASSUMPTIONS:
            raise KeyError(self.assumption)


def confirms(assumption: str, sentence: str, record: Record | None = None) -> Finding:
    """As the built-in network does."""
    return Finding(assumption=assumption, holds=True, sentence=sentence, record=record)


def refutes(assumption: str, sentence: str, record: Record | None = None) -> Finding:
    """Otherwise than the built-in network does, and than the program believes."""
    return Finding(assumption=assumption, holds=False, sentence=sentence, record=record, differs=True)


def differs(assumption: str, sentence: str, record: Record | None = None) -> Finding:
    """Otherwise than the built-in network does, as the program reckons with."""
    return Finding(assumption=assumption, holds=True, sentence=sentence, record=record, differs=True)


EXPLAINED_BY: Mapping[str, frozenset[str]] = {
    fault: frozenset(names.split())
    for fault, names in {
        "place-500": "errors-by-status",
        "place-429": "errors-by-status",
        "auth-401": "errors-by-status completed-ends-the-call",
        "trial": "stream-follows-answer",
        "stream-never": "stream-follows-answer",
        "stream-late": "stream-follows-answer",
        "start-late": "connected-then-start stop-names-the-call stream-follows-answer",
        "second-stream": "one-stream-a-call",
        "wrong-token": "one-stream-a-call stream-follows-answer",
        "stream-drop": "stop-names-the-call",
        "audio-dropped": "mark-means-played mark-comes-promptly",
        "mark-never": "mark-comes-promptly",
        "mark-late": "mark-comes-promptly",
        "callbacks-lost": "callbacks-come-by-get callbacks-in-sequence completed-is-told-soon "
        "stream-follows-answer detection-beside-stream",
        "callbacks-reordered": "callbacks-in-sequence completed-is-told-soon",
        "amd-late": "detection-beside-stream",
        "hangup-500": "errors-by-status completed-ends-the-call",
        "hangup-404": "young-404-passes ended-call-is-refused completed-ends-the-call",
        "hangup-ignored": "completed-ends-the-call completed-is-told-soon",
        "speech-silent": "flush-follows-sentence audio-outruns-playing",
        "speech-slow": "audio-outruns-playing",
        "speech-close": "close-codes-refuse flush-follows-sentence",
        "speech-429-partial": "flush-follows-sentence",
        "tunnel-drop": "callbacks-come-by-get stop-names-the-call callbacks-in-sequence "
        "completed-is-told-soon stream-follows-answer mark-comes-promptly completed-ends-the-call",
        "tunnel-late": "tunnel-routes-soon",
        "tunnel-334": "taken-domain-frees",
    }.items()
}
"""Fault of a rehearsal → beliefs that its network breaks on purpose: their refutation is no difference."""


@dataclass(frozen=True, kw_only=True)
class Belief:
    """What a trace comes to for one of the assumptions: `verdict` is `confirmed`, `refuted` or `open`.

    `seen` is a sentence of what it shows, empty where it says nothing; `settled_by` what would.
    """

    name: str
    verdict: str
    seen: str
    settled_by: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All findings about one trace, without those that its own faults explain.

    `network` is who made it: `live`, `built-in`, `other`. `is_whole`: nothing of it is missing.
    """

    network: str
    is_whole: bool
    findings: tuple[Finding, ...]

    @property
    def differences(self) -> tuple[Finding, ...]:
        """Where the built-in network would have done otherwise, in their order."""
        return tuple(finding for finding in self.findings if finding.differs)

    def about(self, assumption: str) -> tuple[Finding, ...]:
        """What the trace says of one belief; empty where it says nothing."""
        return tuple(finding for finding in self.findings if finding.assumption == assumption)

    @property
    def beliefs(self) -> list[Belief]:
        """All of them, in the order of docs/assumptions.md."""
        return [self._belief(name) for name in ASSUMPTIONS]

    def _belief(self, name: str) -> Belief:
        found, assumption = self.about(name), ASSUMPTIONS[name]
        refuted = [finding for finding in found if not finding.holds]
        return Belief(
            name=name,
            verdict=self.verdict(name),
            seen=(refuted or [*found][-1:])[0].sentence if found else "",
            settled_by=assumption.settled_by or f"nothing in it: {assumption.untraced}",
        )

    def verdict(self, assumption: str) -> str:
        """`confirmed`, `refuted` or `open`."""
        found = self.about(assumption)
        if not found:
            return "open"
        return "confirmed" if all(finding.holds for finding in found) else "refuted"


def unexplained(findings: Iterable[Finding], faults: Iterable[str]) -> tuple[Finding, ...]:
    """Without what was broken on purpose, in the order of the records."""
    broken = frozenset[str]().union(*(EXPLAINED_BY.get(fault, frozenset()) for fault in faults))
    kept = [finding for finding in findings if not (finding.differs and finding.assumption in broken)]
    kept.sort(key=lambda finding: finding.record.at_ms if finding.record else float("inf"))
    return tuple(_once_each(kept))


def _once_each(findings: Sequence[Finding]) -> Iterator[Finding]:
    """A difference that comes again is told where it came first, with how often it came."""
    counts = Counter((finding.assumption, finding.sentence) for finding in findings if finding.differs)
    told: set[tuple[str, str]] = set()
    for finding in findings:
        what = finding.assumption, finding.sentence
        times = counts[what] if finding.differs else 1
        if times == 1:
            yield finding
        elif what not in told:
            told.add(what)
            yield replace(finding, sentence=f"{finding.sentence} ({times} times)")
