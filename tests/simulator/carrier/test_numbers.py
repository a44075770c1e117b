"""What an account may call from and to."""

from __future__ import annotations

import pytest

from cartesia_simulator.carrier.numbers import numbers_with

NUMBERS = frozenset({"+12025550100", "+12025550143", "+431234567"})


@pytest.mark.parametrize(
    ("part", "found"),
    [
        (None, ["+12025550100", "+12025550143", "+431234567"]),
        ("", ["+12025550100", "+12025550143", "+431234567"]),
        ("+12025550143", ["+12025550143"]),
        ("2025550", ["+12025550100", "+12025550143"]),
        ("+1*43", ["+12025550143"]),
        ("+12025550199", []),
        (".", []),
    ],
)
def test_owned_numbers_are_found_by_a_part(part: str | None, found: list[str]) -> None:
    """With `*` for any digits; in order."""
    assert numbers_with(part, NUMBERS) == found
