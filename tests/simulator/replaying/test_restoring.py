"""A value of this call in the place of each name that a trace has for one."""

from __future__ import annotations

from datetime import UTC, datetime

from cartesia_simulator.replaying.restoring import Restorer

CALL_SID = "CA" + "0123456789abcdef" * 2


def restorer() -> Restorer:
    return Restorer(sids={"CA": CALL_SID}, now=datetime(2026, 11, 29, tzinfo=UTC))


def test_each_name_becomes_a_value_of_its_kind_and_the_same_one_each_time() -> None:
    assert restorer().value({"sid": "<CA:1>", "others": ["<CA:2>", "<CA:1>"], "to": "<number:7>"}) == {
        "sid": CALL_SID,
        "others": ["CA" + "2".zfill(32), CALL_SID],
        "to": "+12025550107",
    }


def test_a_number_of_thousands_of_digits_is_no_name() -> None:
    """Nobody counts so far, and Python reads none of more than 4,300: a trace may be anybody's."""
    text = f"<CA:{'9' * 5000}>"
    assert restorer().value(text) == text
