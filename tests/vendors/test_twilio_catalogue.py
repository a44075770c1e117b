"""The whole table of Twilio's API errors that can meet somebody who wants a call."""

from __future__ import annotations

import json

import pytest

from cartesia_call.errors import (
    CallRefused,
    CarrierError,
    CarrierUnavailable,
    PlacementUnknown,
    Unauthorized,
)
from cartesia_call.vendors.twilio_catalogue import CATALOGUE
from cartesia_call.vendors.twilio_errors import Account, Refusal, error_for

SECRET = "not-a-real-auth-token"
ACCOUNT = Account(region="us1", by_api_key=True, secrets=(SECRET,))

API_ERRORS: tuple[tuple[int, int, type[CarrierError], str | None], ...] = (
    # code, HTTP status, class, a word of the hint (None: there is nothing that somebody could do)
    (10001, 403, Unauthorized, "billing"),
    (10002, 403, CallRefused, "Upgrade"),
    (10004, 403, CallRefused, "business profile"),
    (10005, 403, CallRefused, "support"),
    (20001, 400, CallRefused, "report"),
    (20003, 401, Unauthorized, "TWILIO_REGION"),
    (20004, 405, CallRefused, "report"),
    (20005, 403, Unauthorized, "billing"),
    (20006, 403, Unauthorized, "API key"),
    (20008, 403, Unauthorized, "--rehearse"),
    (20010, 403, CallRefused, "support"),
    (20403, 403, Unauthorized, "API key"),
    (20404, 404, Unauthorized, "TWILIO_REGION"),
    (20409, 409, CallRefused, "later"),
    (20422, 400, CallRefused, None),
    (20429, 429, CarrierUnavailable, "seconds"),
    (20500, 500, PlacementUnknown, "status.twilio.com"),
    (20503, 503, PlacementUnknown, "status.twilio.com"),
    (20504, 504, PlacementUnknown, "status.twilio.com"),
    (21201, 400, CallRefused, "report"),
    (21202, 400, CallRefused, None),
    (21203, 400, CallRefused, "geo-permissions"),
    (21205, 400, CallRefused, "--public-url"),
    (21206, 400, CallRefused, None),
    (21208, 400, CallRefused, "report"),
    (21209, 400, CallRefused, "report"),
    (21210, 400, CallRefused, "TWILIO_FROM_NUMBER"),
    (21211, 400, CallRefused, "E.164"),
    (21212, 400, CallRefused, "TWILIO_FROM_NUMBER"),
    (21213, 400, CallRefused, "TWILIO_FROM_NUMBER"),
    (21214, 400, CallRefused, "number"),
    (21215, 400, CallRefused, "geo-permissions"),
    (21216, 400, CallRefused, "support"),
    (21217, 400, CallRefused, "number"),
    (21218, 400, CallRefused, "report"),
    (21219, 400, CallRefused, "Verify"),
    (21220, 400, CallRefused, None),
    *(
        (code, 400, CallRefused, "report")
        for code in (21221, 21222, 21223, 21224, 21225, 21227, 21228, 21229)
    ),
    (21226, 400, CallRefused, "E.164"),
    (21234, 400, CallRefused, None),
    (21401, 400, CallRefused, "E.164"),
    (21609, 400, CallRefused, "--public-url"),
    (21626, 400, CallRefused, "report"),
    (22005, 400, CallRefused, "drained"),
    (22005, 429, CarrierUnavailable, "drained"),
    (32018, 400, CallRefused, "report"),
    (32019, 400, CallRefused, "report"),
    (90010, 403, Unauthorized, "billing"),
    (573002, 400, CallRefused, "--from"),
    (573005, 400, CallRefused, "verification"),
)


@pytest.mark.parametrize(("code", "http_status", "kind", "hint"), API_ERRORS)
def test_each_error_has_a_class_a_sentence_and_a_hint(
    code: int, http_status: int, kind: type[CarrierError], hint: str | None
) -> None:
    """One line that ends with the code, without a full stop and without what Twilio leaked into it."""
    body = json.dumps({"code": code, "message": f"Nope: {SECRET}\nand more.", "status": http_status})
    error = error_for(Refusal(http_status, body), ACCOUNT, placing=True)
    assert type(error) is kind
    assert (error.code, error.http_status) == (code, http_status)
    assert str(error).isprintable()
    assert SECRET not in f"{error} {error.hint}"
    if kind is not PlacementUnknown:
        assert str(error).startswith("Twilio refuses the c")  # the call, or the credentials
        assert str(error).endswith(f"(error {code})")
    assert (error.hint is None) == (hint is None)
    assert hint is None or hint in (error.hint or "")


def test_the_table_and_the_catalogue_hold_the_same_codes() -> None:
    """5xx codes need no entry: the status decides."""
    assert {code for code, status, _, _ in API_ERRORS if status < 500} == set(CATALOGUE)


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_an_entry_ends_a_sentence(code: int) -> None:
    """Sentences are parts of longer ones; hints stand alone."""
    entry = CATALOGUE[code]
    assert entry.sentence[0].islower() or entry.sentence.startswith(("SIP", "Twilio"))
    assert not entry.sentence.endswith(".")
    assert entry.hint is None or (entry.hint[0].isupper() and entry.hint.endswith((".", ").")))


@pytest.mark.parametrize("code", [21264, 21606, 32203, 32205])
def test_codes_that_calls_of_ours_cannot_meet_are_passed_on_whole(code: int) -> None:
    """Undocumented ones, and those of messages and SIP trunks."""
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    body = json.dumps({"code": code, "message": "Of another product", "more_info": more_info})
    error = error_for(Refusal(400, body), ACCOUNT, placing=True)
    assert str(error) == f"Twilio refuses the call: Of another product (error {code})"
    assert error.hint == f"See {more_info}"
