"""The table of exit statuses: complete, and the same in the documentation."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from cartesia_call import errors
from cartesia_call.cli import exit_status
from cartesia_call.telephony.outcomes import Outcome
from tests.store.attempts import result as an_attempt

SUCCESSES = {Outcome.DELIVERED, Outcome.ACKNOWLEDGED, Outcome.VOICEMAIL_LEFT}
README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.INTERRUPTED])
def test_every_outcome_has_its_status(outcome: Outcome) -> None:
    """One number per outcome, each below 126 (a shell's own begin there)."""
    status = exit_status.of_result(dataclasses.replace(an_attempt("x"), outcome=outcome))
    assert 0 <= status < 126
    assert (status == 0) == (outcome in SUCCESSES)


@pytest.mark.parametrize("number", [1, 2, 15])
def test_a_signal_is_128_and_its_number(number: int) -> None:
    """129, 130, 143."""
    attempt = dataclasses.replace(an_attempt("x"), outcome=Outcome.INTERRUPTED, interrupted_by=number)
    assert exit_status.of_result(attempt) == 128 + number


def test_statuses_are_unique() -> None:
    """A script can tell any two failures apart, but for a call that the carrier or a network does not let
    through: the outcome says which of them."""
    statuses = [outcome.means.status for outcome in Outcome if outcome not in {*SUCCESSES, Outcome.BLOCKED}]
    assert len(statuses) == len(set(statuses))
    assert Outcome.BLOCKED.means.status == Outcome.REFUSED.means.status == 21


def test_every_public_error_has_a_row() -> None:
    """No failure of ours ends as status 1, which means a bug."""
    roots = [kind for kind, _ in exit_status.ERROR_STATUSES]
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.CartesiaCallError):
            assert kind is errors.CartesiaCallError or issubclass(kind, tuple(roots)), kind


def test_the_readme_has_the_same_table() -> None:
    """Every row of the README's table is in the code, and every outcome is in the README."""
    rows = re.findall(r"^\| ([\d, ]+) \| `([a-z-]+)` \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    documented = {name: status for status, name in rows}
    assert documented.pop("interrupted") == "129, 130, 143"
    assert documented.pop("partial") == str(exit_status.PARTIAL)
    statuses = {outcome.value: outcome.means.status for outcome in Outcome}
    assert statuses.pop("interrupted") is None
    assert documented == {name: str(status) for name, status in statuses.items()}
