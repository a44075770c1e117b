"""CloudWatch's alarms in SNS's envelope, as Amazon publishes them."""

from __future__ import annotations

import json

import pytest

from cartesia_call.errors import InputError
from tests.alerts.bodies import ALARM, CONFIRMATION, ENVELOPE
from tests.alerts.test_formats import read

SAID = "Example alarm name. Example alarm description."


@pytest.mark.parametrize(
    "body", [ENVELOPE, ALARM, {"Records": [{"EventSource": "aws:sns", "Sns": ENVELOPE}]}]
)
def test_an_alarm_is_said_by_name_and_description(body: dict[str, object]) -> None:
    """In its envelope, raw, and as a Lambda function hands it on."""
    alert = read("cloudwatch", body)
    assert (alert.message, alert.is_resolved) == (SAID, False)
    assert alert.id == read("cloudwatch", ALARM).id


def test_an_event_of_eventbridge_is_read() -> None:
    """The same alarm in other fields (CloudWatch User Guide, "Alarm events and EventBridge")."""
    event = {
        "detail-type": "CloudWatch Alarm State Change",
        "detail": {
            "alarmName": "ServerCpuTooHigh",
            "configuration": {"description": "Goes into alarm when CPU is too high"},
            "state": {"value": "ALARM", "reason": "Threshold Crossed"},
        },
    }
    assert read("cloudwatch", event).message == "ServerCpuTooHigh. Goes into alarm when CPU is too high."


@pytest.mark.parametrize(
    ("changes", "said", "is_resolved"),
    [
        ({"NewStateValue": "OK"}, f"Resolved: {SAID}", True),
        (
            {"NewStateValue": "INSUFFICIENT_DATA", "AlarmDescription": None, "NewStateReason": "Unchecked"},
            "Example alarm name has insufficient data. Unchecked.",
            False,
        ),
        ({"AlarmDescription": "", "NewStateReason": "Threshold"}, "Example alarm name. Threshold.", False),
    ],
)
def test_the_state_decides(changes: dict[str, object], said: str, is_resolved: bool) -> None:
    """A lack of data is no good news."""
    alert = read("cloudwatch", ENVELOPE | {"Message": json.dumps(ALARM | changes)})
    assert (alert.message, alert.is_resolved) == (said, is_resolved)


def test_words_of_another_publisher_are_said() -> None:
    """A topic may have several."""
    body = ENVELOPE | {"Subject": "Budget", "Message": "You have spent 100 USD"}
    assert read("cloudwatch", body).message == "Budget. You have spent 100 USD."


def test_a_subscription_is_confirmed_by_a_person() -> None:
    """No call is made about it, and nothing is opened for a stranger; the hint has Amazon's address only."""
    with pytest.raises(InputError, match="asks whether it may send here") as raised:
        read("cloudwatch", CONFIRMATION)
    assert CONFIRMATION["SubscribeURL"] in str(raised.value.hint)
    for address in ("https://evil.example.com/", "http://sns.us-west-2.amazonaws.com/", "x\n", None):
        with pytest.raises(InputError) as raised:
            read("cloudwatch", CONFIRMATION | {"SubscribeURL": address})
        assert raised.value.hint == "confirm by opening the SubscribeURL in it"
