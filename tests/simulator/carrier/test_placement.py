"""Form parameters of the two POSTs, judged as Twilio judges them."""

from __future__ import annotations

import pytest

from cartesia_simulator.carrier.api_errors import ApiError
from cartesia_simulator.carrier.placement import (
    Placement,
    StatusCallback,
    TwimlSource,
    parse_placement,
    parse_update,
)

OWNED = frozenset({"+12025550100"})
GOOD = {"To": ["+12025550143"], "From": ["+12025550100"], "Twiml": ["<Response/>"]}


def refusal(changes: dict[str, list[str]]) -> tuple[int, int]:
    form = {name: values for name, values in (GOOD | changes).items() if values}
    with pytest.raises(ApiError) as refused:
        parse_placement(form, OWNED)
    return refused.value.status, refused.value.code


def test_the_least_that_places_a_call() -> None:
    """Defaults: 60 s of ringing, four hours, no callbacks."""
    assert parse_placement(GOOD, OWNED) == Placement(
        to="+12025550143",
        caller_id="+12025550100",
        source=TwimlSource(twiml="<Response/>"),
        status_callback=None,
        ring_timeout_s=60,
        time_limit_s=14400,
        machine_detection=None,
        send_digits="",
        problems=(),
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": []}, 21201),
        ({"From": []}, 21213),
        ({"From": ["2025550100"]}, 21212),
        ({"From": ["+12025550101"]}, 21210),
        ({"To": ["+1"]}, 21211),
        ({"To": ["not a number"]}, 21211),
        ({"To": ["+12025550100"]}, 21211),
        *(({"To": [code]}, 21202) for code in ("911", "+911", "+1911", "1411", "+1411")),
        *(({"To": [code]}, 21211) for code in ("112", "+112", "999", "+999", "+43112")),
        ({"To": ["+19005550143"]}, 21202),
        ({"To": ["+12029765555"]}, 21202),
        *(({name: [GOOD[name][0]] * 2}, 20422) for name in GOOD),
        ({"TimeLimit": ["60", "60"]}, 20422),
        ({"TimeLimit": ["86401"]}, 20422),
        ({"StatusCallback": ["https://example.com/" + "x" * 3981]}, 21609),
        ({"Twiml": []}, 21205),
        ({"Twiml": [], "Url": ["ftp://example.com/"]}, 21205),
        ({"Twiml": ["x" * 4001]}, 32018),
        ({"Timeout": ["0"]}, 21208),
        ({"Timeout": ["601"]}, 21208),
        ({"Timeout": ["1.5"]}, 21208),
        ({"TimeLimit": ["-1"]}, 20422),
        ({"Method": ["PUT"]}, 21209),
        ({"StatusCallback": ["https://under_score.example.com/"]}, 21609),
        ({"StatusCallback": ["calls"]}, 21609),
        ({"StatusCallback": ["https://[/"]}, 21609),
        ({"StatusCallback": ["https://example.com/"], "StatusCallbackMethod": ["PATCH"]}, 21209),
        ({"StatusCallbackEvent": ["initiated", "answred"]}, 21626),
        *(({"SendDigits": [digits]}, 21206) for digits in ("1" * 33, "12 34", "e", "1,2", "٣", "+1")),
        *(({"To": [address]}, 21211) for address in ("sip:example.com", "sip:@example.com", "sip:a@")),
    ],
)
def test_what_is_wrong_is_refused_with_twilios_code(changes: dict[str, list[str]], code: int) -> None:
    """All of them with HTTP 400."""
    assert refusal(changes) == (400, code)


def test_four_thousand_characters_of_twiml_are_accepted() -> None:
    """The limit itself is allowed."""
    assert parse_placement(GOOD | {"Twiml": ["x" * 4000]}, OWNED).source == TwimlSource(twiml="x" * 4000)


def test_a_url_wins_over_twiml() -> None:
    """With warning 32019, as the dictionary says."""
    placement = parse_placement(GOOD | {"Url": ["https://example.com/twiml"], "Method": ["GET"]}, OWNED)
    assert placement.source == TwimlSource(url="https://example.com/twiml", method="GET")
    assert [problem.code for problem in placement.problems] == [32019]


def test_callbacks_are_for_the_end_unless_more_is_asked_for() -> None:
    """Default: completed, by POST."""
    url = {"StatusCallback": ["https://example.com/s"]}
    assert parse_placement(GOOD | url, OWNED).status_callback == StatusCallback(
        url="https://example.com/s", method="POST", events=frozenset({"completed"})
    )
    more = {"StatusCallbackMethod": ["GET"], "StatusCallbackEvent": ["ringing", "answered"]}
    assert parse_placement(GOOD | url | more, OWNED).status_callback == StatusCallback(
        url="https://example.com/s", method="GET", events=frozenset({"ringing", "answered"})
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"TimeLimit": ["86400"]},
        {"TimeLimit": ["1"]},
        {"StatusCallback": ["http://example.com/" + "x" * 3981]},
        {"StatusCallbackEvent": ["ringing", "ringing"]},
        {"To": ["+12029115555"]},
        {"To": ["+290" + "1" * 4]},
    ],
)
def test_what_no_document_forbids_is_accepted(changes: dict[str, list[str]]) -> None:
    """The limits themselves, plain http, a list, a number that merely holds a service code."""
    assert parse_placement(GOOD | changes, OWNED).problems == ()


@pytest.mark.parametrize("digits", ["0123456789ABCD#*wW", "w" * 32, ""])
def test_digits_to_dial_after_the_answer(digits: str) -> None:
    """Every key, both waits, 32 of them at most."""
    placement = parse_placement(GOOD | {"SendDigits": [digits]}, OWNED)
    assert (placement.send_digits, placement.problems) == (digits, ())


def test_a_sip_address_can_be_called() -> None:
    """From a number, as any other."""
    placement = parse_placement(GOOD | {"To": ["sip:operator@example.com"]}, OWNED)
    assert (placement.to, placement.problems) == ("sip:operator@example.com", ())


def test_names_that_have_no_effect_are_noted() -> None:
    """Unknown to Twilio, or not simulated: both are told, neither stops the call (20001)."""
    placement = parse_placement(GOOD | {"TimeOut": ["30"], "Record": ["true"]}, OWNED)
    assert [(problem.code, problem.message.split()[2]) for problem in placement.problems] == [
        (20001, "TimeOut"),
        (20001, "Record"),
    ]


def test_an_update_is_read() -> None:
    """Each parameter by itself."""
    assert parse_update({"Status": ["completed"]}).status == "completed"
    assert parse_update({"Twiml": ["<Response/>"]}).source == TwimlSource(twiml="<Response/>")
    assert parse_update({"TimeLimit": ["90"]}).time_limit_s == 90


@pytest.mark.parametrize(
    "form",
    [
        {"Status": ["ended"]},
        {"Twiml": ["<Response/>"], "Url": ["https://example.com/"]},
        {"TimeLimit": ["soon"]},
        {"TimeLimit": ["86401"]},
        {"Status": ["completed", "canceled"]},
    ],
)
def test_a_wrong_update_is_refused(form: dict[str, list[str]]) -> None:
    """20422 where Twilio's dictionary has no code of its own."""
    with pytest.raises(ApiError) as refused:
        parse_update(form)
    assert (refused.value.status, refused.value.code) == (400, 20422)
