"""Texts of the settings about keys, machines and people, and their values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from cartesia_call.audio.durations import duration_between
from cartesia_call.policy.guard import Budget
from cartesia_call.settings import people_parsers as parsers

READABLE: list[tuple[Callable[[str], object], str, object]] = [
    (duration_between(1, 60), "1s", 1.0),
    (duration_between(1, 60), "1m", 60.0),
    (duration_between(0, 60), "0", 0.0),
    (parsers.whole_number(0, 20), "0", 0),
    (parsers.whole_number(0, 20), "20", 20),
    (parsers.key, "#", "#"),
    (parsers.key, "0", "0"),
    (parsers.spoken_text, " Press\n1 \x07now. ", "Press 1 now."),
    (parsers.spoken_text, "می\u200cخواهم", "می\u200cخواهم"),
    (parsers.spoken_text, "", ""),
    (parsers.spoken_text, "caf\udce9", "caf\ufffd"),
    (parsers.spoken_text, "x" * 2001, "x" * 2000),
    (parsers.spoken_text, "\u200b \x07", ""),
    (parsers.send_digits, "ww42#*aD1W", "ww42#*AD1W"),
    (parsers.detection, "AUTO", parsers.Detection.AUTO),
    (parsers.detection, "both", parsers.Detection.BOTH),
    (
        parsers.people,
        "+1 (202) 555-0143, sip:a;x=y@example.com",
        ("+1 (202) 555-0143", "sip:a;x=y@example.com"),
    ),
    (parsers.reason, " drill \n today", "drill today"),
    (parsers.countries, "us,ca 001", frozenset({"US", "CA", "001"})),
    (parsers.budget, "30/1h", Budget(calls=30, within=timedelta(hours=1))),
    (parsers.budget, "1/60", Budget(calls=1, within=timedelta(minutes=1))),
]

UNREADABLE: list[tuple[Callable[[str], object], str, str]] = [
    (duration_between(1, 60), "500ms", "outside 1s to 1m"),
    (duration_between(1, 60), "61s", "outside 1s to 1m"),
    (duration_between(1, 60), "soon", "not a duration"),
    (parsers.whole_number(0, 20), "21", "from 0 to 20"),
    (parsers.whole_number(1, 20), "0", "from 1 to 20"),
    (parsers.whole_number(0, 20), "-1", "from 0 to 20"),
    (parsers.whole_number(0, 20), "9" * 400, "from 0 to 20"),
    (parsers.whole_number(0, 20), "\u0663", "from 0 to 20"),
    (parsers.key, "*", "always says the message again"),
    (parsers.key, "12", "not one key"),
    (parsers.key, "A", "not one key"),
    (parsers.key, "\u0661", "not one key"),
    (parsers.send_digits, "12e", "cannot be sent"),
    (parsers.send_digits, "1 2", "cannot be sent"),
    (parsers.send_digits, "1" * 33, "at most 32"),
    (parsers.detection, "twilio", "auto or local or carrier or both"),
    (parsers.people, "+12025550143,,+12025550144", "empty number"),
    (parsers.people, "+12025550143,", "empty number"),
    (parsers.countries, "UK", "the United Kingdom is GB"),
    (parsers.countries, ",", "not a country"),
    (parsers.budget, "30", "such as 30/1h"),
    (parsers.budget, "0/1h", "such as 30/1h"),
    (parsers.budget, "many/1h", "such as 30/1h"),
    (parsers.budget, "30/1s", "outside 1m to"),
    (parsers.budget, "30/soon", "not a duration"),
    (parsers.reason, "1", "say why"),
    (parsers.reason, "-- - --", "say why"),
    (parsers.reason, "x" * 201, "say why"),
]


@pytest.mark.parametrize(("parse", "text", "value"), READABLE)
def test_readable_texts(parse: Callable[[str], object], text: str, value: object) -> None:
    """Each form that the help offers, in the units of the value."""
    assert parse(text) == value


@pytest.mark.parametrize(("parse", "text", "reason"), UNREADABLE)
def test_unreadable_texts(parse: Callable[[str], object], text: str, reason: str) -> None:
    """ValueError with half a sentence that says what is valid."""
    with pytest.raises(ValueError) as refusal:
        parse(text)
    assert reason in str(refusal.value)
