"""Single fields, as people and spreadsheets write them."""

from __future__ import annotations

import pytest

from cartesia_call.dial_list.cells import PARSERS, callee_in, choice_in, same_callee_key
from cartesia_call.errors import InputError


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("4930123456.0", "it has decimals"),
        ("+12025550143,00", "it has decimals"),
        ("2026-05-01", "it is a date"),
        ("2026-05-01 09:30", "it is a date"),
        ("01.05.2026", "it is a date"),
        ("1/5/2026", "it is a date"),
        ("+12025550143\n+12025550144", "not a telephone number"),
        ("+12025550143 / +12025550144", "more than one number in it"),
    ],
)
@pytest.mark.parametrize("country", [None, "US", "DE"])
def test_nobody_else_is_called(field: str, reason: str, country: str | None) -> None:
    """What was meant as something else is no number of any country, though it could be dialled."""
    with pytest.raises(InputError, match=reason) as caught:
        callee_in(field, country=country, home=country)
    assert "5550143" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "country", "to"),
    [
        ("202.555.0100", "US", "+12025550100"),
        ("0041 44 668 18 00", "DE", "+41446681800"),
        ("1-202-555-0143", "US", "+12025550143"),
    ],
)
def test_numbers_with_dots_and_dashes_are_no_dates(field: str, country: str, to: str) -> None:
    """Nor amounts."""
    assert callee_in(field, country=country, home=None).e164 == to


@pytest.mark.parametrize(
    ("column", "field", "value"),
    [
        ("voice", " Katie ", "Katie"),
        ("language", "DE", "de"),
        ("timezone", " Europe/Berlin", "Europe/Berlin"),
        ("not_after", "9:05", "09:05"),
        *[(column, " ", None) for column in PARSERS],
    ],
)
def test_choices(column: str, field: str, value: str | None) -> None:
    """As the options of the same names read them; nothing is no choice."""
    assert choice_in(field, PARSERS[column]) == value


def test_a_choice_tells_no_number() -> None:
    """Columns are easily one too far."""
    with pytest.raises(ValueError, match="not a time of day") as caught:
        choice_in("+1 (202) 555-0143", PARSERS["not_after"])
    assert "+1202***0143" in str(caught.value)


def test_one_callee_has_one_key() -> None:
    """A number and a SIP address that rings it; a user with a name is nobody's number."""
    assert same_callee_key("+12025550143") == same_callee_key("sip:+12025550143@example.com") == 12025550143
    assert same_callee_key("sip:Anna@example.com.") == "sip:Anna@example.com"
