"""The whole table of Twilio's API errors that can meet somebody who wants a call."""

from __future__ import annotations

import json
import re

import pytest

from cartesia_call.errors import (
    CallRefused,
    CarrierError,
    CarrierUnavailable,
    PlacementUnknown,
)
from cartesia_call.vendors.twilio_catalogue import CATALOGUE, TOO_MANY_REQUESTS
from cartesia_call.vendors.twilio_errors import Account, Refusal, error_for
from tests.vendors.hints import unknown_names

SECRET = "not-a-real-auth-token"
ACCOUNT = Account(region="us1", by_api_key=True, secrets=(SECRET,))


def test_every_entry_is_a_sentence_and_a_hint() -> None:
    """Sentences are parts of longer ones; hints stand alone, and name what there is."""
    for code, entry in CATALOGUE.items():
        assert entry.sentence[0].islower() or entry.sentence.startswith(("SIP", "Twilio")), code
        assert not entry.sentence.endswith("."), code
        assert entry.hint is None or (entry.hint[0].isupper() and entry.hint.endswith((".", ").")))
        assert not unknown_names(entry.hint), code


def test_every_error_is_one_line_with_its_code() -> None:
    """Of its entry's class, without a full stop and without what Twilio leaked into it."""
    for code, entry in CATALOGUE.items():
        body = json.dumps({"code": code, "message": f"Nope: {SECRET}\nand more.", "status": 400})
        error = error_for(Refusal(400, body), ACCOUNT, placing=True)
        assert type(error) is (CarrierUnavailable if code == TOO_MANY_REQUESTS else entry.error), code
        assert (error.code, error.http_status, error.account_wide) == (code, 400, entry.account_wide)
        assert str(error).isprintable()
        assert SECRET not in f"{error} {error.hint}"
        assert re.match("Twilio refuses (the call|these credentials|the credentials)", str(error)), str(error)
        assert str(error).endswith(f"(error {code})")
        assert not unknown_names(error.hint)
        assert error.hint or not entry.hint


@pytest.mark.parametrize(
    ("code", "http_status", "kind"),
    [
        *((code, code - 20_000, PlacementUnknown) for code in (20500, 20503, 20504)),
        (20429, 429, CarrierUnavailable),
        (22005, 429, CarrierUnavailable),
        (22005, 400, CallRefused),
    ],
)
def test_the_status_goes_before_the_code(code: int, http_status: int, kind: type[CarrierError]) -> None:
    """After a 5xx a call may exist, whatever the code; 429 was never processed."""
    error = error_for(Refusal(http_status, json.dumps({"code": code})), ACCOUNT, placing=True)
    assert type(error) is kind
    assert error.hint


@pytest.mark.parametrize("code", [21264, 21606, 32203, 32205])
def test_codes_that_calls_of_ours_cannot_meet_are_passed_on_whole(code: int) -> None:
    """Undocumented ones, and those of messages and SIP trunks."""
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    body = json.dumps({"code": code, "message": "Of another product", "more_info": more_info})
    error = error_for(Refusal(400, body), ACCOUNT, placing=True)
    assert str(error) == f"Twilio refuses the call: Of another product (error {code})"
    assert error.hint == f"See {more_info}"
