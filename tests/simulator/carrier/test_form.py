"""Values of form parameters."""

from __future__ import annotations

import pytest

from cartesia_simulator.carrier.form import first_value, is_web_address, whole_number


def test_a_value_or_none() -> None:
    """The first of several."""
    assert first_value({"To": ["a", "b"]}, "To") == "a"
    assert first_value({"To": []}, "To") is None
    assert first_value({}, "To") is None


def test_whole_numbers_within_their_limits() -> None:
    """None where nothing is given; a sentence with both limits for anything else."""
    assert whole_number({}, "Timeout", range(1, 601)) is None
    assert whole_number({"Timeout": ["600"]}, "Timeout", range(1, 601)) == 600
    for text in ("0", "601", "-1", "1.5", "", "٣", "9" * 5000):
        with pytest.raises(ValueError, match="from 1 to 600"):
            whole_number({"Timeout": [text]}, "Timeout", range(1, 601))


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("https://example.com/a?b", True),
        ("http://127.0.0.1:1/", True),
        ("https://under_score.example/", False),
        ("ftp://example.com/", False),
        ("/a", False),
        ("https://[/", False),
    ],
)
def test_where_callbacks_may_go(url: str, is_one: bool) -> None:
    """HTTP, with a host that Twilio takes."""
    assert is_web_address(url) is is_one
