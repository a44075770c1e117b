"""Which numbers may be called."""

from __future__ import annotations

import pytest

from cartesia_call.simulator.carrier.destinations import is_e164, refusal_of

CALLER_ID = "+12025550100"


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("+12025550143", None),
        ("+43512345", None),
        ("+12029115555", None),
        ("+33976123456", None),
        ("+12025550100", 21211),
        ("+112", 21211),
        ("2025550143", 21211),
        ("+911", 21202),
        ("+1211", 21202),
        ("+19005550143", 21202),
        ("+12029765555", 21202),
    ],
)
def test_refusals(to: str, code: int | None) -> None:
    """Service codes and premium numbers of North America, what is no number, and oneself."""
    refusal = refusal_of(to, CALLER_ID)
    assert (None if refusal is None else refusal.code) == code


def test_a_number_has_six_to_fifteen_digits() -> None:
    """The country code among them, and nothing else."""
    assert [is_e164(f"+{'1' * digits}") for digits in (5, 6, 15, 16)] == [False, True, True, False]
    assert not is_e164("+1 2025550143")
    assert not is_e164("+0123456")
