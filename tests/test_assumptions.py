"""Every belief that the code rests on stands in docs/assumptions.md, and every row there is in the code."""

from __future__ import annotations

from cartesia_simulator.comparing.assumptions import ASSUMPTIONS
from cartesia_simulator.comparing.findings import EXPLAINED_BY
from cartesia_simulator.faults import FAULTS
from tests.assumption_marks import ROOT, marks, table
from tests.simulator.comparing.table import mutations

DOCUMENT = ROOT / "docs" / "assumptions.md"
CHECKS = ROOT / "src" / "cartesia_simulator" / "comparing"

RIGHT_EITHER_WAY = {
    # A trace confirms them or says nothing: there is nothing that could refute them.
    *("pings-may-stay-unanswered", "notes-tell-stream-errors"),
    *("region-signs-with-its-token", "tunnel-lets-carrier-in", "idle-socket-lives", "taken-domain-frees"),
}


def test_every_mark_has_a_row_and_every_row_a_mark() -> None:
    assert {name for name, _ in marks()} == ASSUMPTIONS.keys()


def test_the_document_has_the_table() -> None:
    assert table() in DOCUMENT.read_text(encoding="utf-8"), "make it anew: python -m tests.assumption_marks"


def test_every_row_has_a_check_or_says_why_it_has_none() -> None:
    code = "".join(
        path.read_text(encoding="utf-8")
        for path in CHECKS.glob("*.py")
        if path.name not in {"assumptions.py", "findings.py"}
    )
    for name, belief in ASSUMPTIONS.items():
        assert bool(belief.settled_by) != bool(belief.untraced), name
        assert (f'"{name}"' in code) == bool(belief.settled_by), name


def test_every_check_is_seen_to_tell() -> None:
    """By a change on purpose; but for those that a trace can only confirm."""
    told = {mutation.assumption for mutation in mutations()}
    checked = {name for name, belief in ASSUMPTIONS.items() if belief.settled_by}
    assert checked - told == RIGHT_EITHER_WAY


def test_what_faults_explain_is_known() -> None:
    assert EXPLAINED_BY.keys() <= FAULTS.keys()
    assert frozenset[str]().union(*EXPLAINED_BY.values()) <= ASSUMPTIONS.keys()
