"""Every code that Twilio may answer becomes one error of ours, with one clean sentence."""

from __future__ import annotations

import json

import pytest

from cartesia_call.errors import (
    CallNotFound,
    CallRefused,
    CarrierError,
    CarrierUnavailable,
    PlacementUnknown,
    Unauthorized,
)
from cartesia_call.vendors.twilio_errors import Account, Refusal, error_for, region_of

SECRET = "not-a-real-auth-token"
ACCOUNT = Account(region="us1", by_api_key=False, secrets=(SECRET,))
IRISH = Account(region="ie1", by_api_key=True, secrets=(SECRET,))
CALL_SID = "CA" + "2" * 32


def refusal(status: int, code: int, message: str = "Some message") -> Refusal:
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": message, "more_info": more_info, "status": status}
    return Refusal(status, json.dumps(body))


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, 20003, Unauthorized),
        (403, 20005, Unauthorized),
        (403, 20403, Unauthorized),
        (404, 20404, Unauthorized),
        (429, 20429, CarrierUnavailable),
        (429, 22005, CarrierUnavailable),
        (400, 22005, CallRefused),
        (400, 21210, CallRefused),
        (400, 21211, CallRefused),
        (400, 21215, CallRefused),
        (400, 21219, CallRefused),
        (403, 10002, CallRefused),
        (400, 573002, CallRefused),
        (400, 99999, CallRefused),
        (401, 99999, Unauthorized),
        (403, 99999, Unauthorized),
        (500, 20500, PlacementUnknown),
        (503, 21210, PlacementUnknown),
    ],
)
def test_refusals_of_a_call(status: int, code: int, expected: type[CarrierError]) -> None:
    """The code decides, the HTTP status where the code is unknown; a 5xx proves nothing, whatever it says."""
    error = error_for(refusal(status, code), ACCOUNT, placing=True)
    assert type(error) is expected
    assert error.code == code
    assert error.http_status == status


def test_refusals_outside_placing_are_no_refused_call() -> None:
    error = error_for(refusal(400, 20422, "Limit is not valid"), ACCOUNT, call_sid=CALL_SID)
    assert type(error) is CarrierError
    assert (
        str(error) == "Twilio refuses the request: a parameter is invalid: Limit is not valid (error 20422)"
    )
    assert type(error_for(refusal(503, 20503), ACCOUNT, call_sid=CALL_SID)) is CarrierError


@pytest.mark.parametrize(("status", "code"), [(404, 20404), (400, 21220), (404, 0)])
def test_a_call_that_is_over_or_unknown(status: int, code: int) -> None:
    error = error_for(refusal(status, code), IRISH, call_sid=CALL_SID)
    assert type(error) is CallNotFound
    assert CALL_SID in str(error)


def test_wrong_credentials_name_the_settings() -> None:
    error = error_for(refusal(401, 20003), ACCOUNT, placing=True)
    assert "TWILIO_AUTH_TOKEN" in (error.hint or "")
    assert "TWILIO_REGION" in (error.hint or "")


@pytest.mark.parametrize("answer", [refusal(401, 20003), Refusal(401, "<html>")])
def test_wrong_credentials_in_a_region_name_the_region(answer: Refusal) -> None:
    """Keys belong to a region; using one elsewhere looks exactly like a wrong key."""
    error = error_for(answer, IRISH, placing=True)
    assert type(error) is Unauthorized
    assert "region ie1" in (error.hint or "")
    assert "TWILIO_API_KEY_SECRET" in (error.hint or "")
    assert "_IE1" in (error.hint or "")


@pytest.mark.parametrize(
    ("region", "said"), [("us1", "bought or verified"), ("ie1", "that this account bought")]
)
def test_a_caller_id_of_somebody_else(region: str, said: str) -> None:
    """Verified caller IDs do not exist in every region."""
    account = Account(region=region, by_api_key=False, secrets=())
    error = error_for(refusal(400, 21210), account, placing=True)
    assert said in (error.hint or "")


@pytest.mark.parametrize("call_sid", [None, CALL_SID])
@pytest.mark.parametrize("placing", [False, True])
def test_what_a_region_lacks_is_no_wrong_credential(call_sid: str | None, placing: bool) -> None:
    """Nor is a call unknown there: the endpoint is missing, whatever code says so."""
    answer = refusal(404, 20404, "Endpoint is not supported in realm 'ie1'")
    error = error_for(answer, IRISH, placing=placing, call_sid=call_sid)
    assert type(error) is (CallRefused if placing else CarrierError)
    assert "does not offer this in region ie1" in str(error)
    assert "--region" in (error.hint or "")


HTML = "<html><body>429 Too Many Requests</body></html>"


@pytest.mark.parametrize(
    "body", [json.dumps({"code": 20429, "message": "Too Many Requests"}), HTML, "", "{}"]
)
def test_too_many_requests_can_be_told_from_other_absences(body: str) -> None:
    """Whoever answers 429 has not looked at the request: the flow may send it again, by this status alone."""
    error = error_for(Refusal(429, body), ACCOUNT, placing=True)
    assert type(error) is CarrierUnavailable
    assert error.http_status == 429
    assert error.code in {20429, None}
    assert "too many requests at the same time" in str(error)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 302])
@pytest.mark.parametrize("body", [json.dumps({"code": 20429, "message": "Too Many Requests"}), HTML, ""])
def test_other_failures_of_placing_are_unknown(status: int, body: str) -> None:
    """Even if the body claims that nothing was processed."""
    error = error_for(Refusal(status, body), ACCOUNT, placing=True)
    assert type(error) is PlacementUnknown
    assert error.http_status == status


def test_the_account_shows_no_secret() -> None:
    assert SECRET not in repr(ACCOUNT)


def test_geo_permissions_say_where_to_allow_a_country() -> None:
    error = error_for(refusal(400, 21215), ACCOUNT, placing=True)
    assert "Geo permissions" in (error.hint or "")


def test_unknown_codes_are_passed_on_whole() -> None:
    error = error_for(refusal(400, 99999, "Something new"), ACCOUNT, placing=True)
    assert str(error) == "Twilio refuses the call: Something new (error 99999)"
    assert error.hint == "See https://www.twilio.com/docs/errors/99999"


def test_problem_details_are_read_too() -> None:
    """Newer APIs answer in the shape of RFC 9457."""
    body = {
        "type": "https://www.twilio.com/docs/api/errors/99998",
        "title": "Bad input",
        "status": 400,
        "code": 99998,
        "detail": "The thing is too large",
    }
    error = error_for(Refusal(400, json.dumps(body)), ACCOUNT, placing=True)
    assert str(error) == "Twilio refuses the call: Bad input: The thing is too large (error 99998)"
    assert error.hint == "See https://www.twilio.com/docs/api/errors/99998"


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", "[" * 100_000, "null", "7", '{"code": "21215"}', '{"code": true}']
)
def test_bodies_that_say_nothing(body: str) -> None:
    """A 4xx is a refusal even without Twilio's body: whoever answered did not place the call."""
    error = error_for(Refusal(400, body), ACCOUNT, placing=True)
    assert type(error) is CallRefused
    assert error.code is None
    assert str(error) == "Twilio refuses the call: it does not say why (HTTP 400)"


def test_messages_carry_neither_control_characters_nor_secrets() -> None:
    message = f"\x1b[31mBad\x1b[0m token {SECRET}\r\n\x07and\u202e more"
    error = error_for(refusal(400, 99999, message), ACCOUNT, placing=True)
    assert str(error) == "Twilio refuses the call: Bad token *** and more (error 99999)"


def test_long_messages_are_cut() -> None:
    assert len(str(error_for(refusal(400, 99999, "word " * 1000), ACCOUNT, placing=True))) < 350


def test_a_quoted_callback_address_keeps_its_secret() -> None:
    """Twilio names the URL that it does not like; its last part opens our door."""
    message = "Url is not valid: https://calls.example.com/status/fake_Secret-1"
    error = error_for(refusal(400, 99999, message), ACCOUNT, placing=True)
    assert "https://calls.example.com/status/***" in str(error)
    assert "Secret" not in str(error)


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("api.twilio.com", "us1"),
        ("API.twilio.com", "us1"),
        ("api.ashburn.us1.twilio.com", "us1"),
        ("api.dublin.ie1.twilio.com", "ie1"),
        ("api.sydney.au1.twilio.com", "au1"),
        ("api.us1.twilio.com", "us1"),
        ("127.0.0.1", None),
        ("api.twilio.com.example.com", None),
    ],
)
def test_region_of_a_host(host: str, region: str | None) -> None:
    assert region_of(host) == region
