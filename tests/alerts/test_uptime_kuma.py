"""Uptime Kuma's webhooks, as its own provider posts them."""

from __future__ import annotations

import json

from cartesia_call.alerts.notices import Alert
from tests.alerts.bodies import recorded
from tests.alerts.test_formats import read


def test_what_is_down_is_named_with_the_reason() -> None:
    """Without the signs that its `msg` is decorated with."""
    assert read("uptime-kuma", recorded("uptime-kuma-down")) == Alert(
        'Shop "front" is down. connect ECONNREFUSED 192.0.2.7:443.', "uptime-kuma:7"
    )


def test_what_is_up_is_resolved() -> None:
    """With the id of the monitor."""
    alert = read("uptime-kuma", recorded("uptime-kuma-up"))
    assert (alert.id, alert.is_resolved) == ("uptime-kuma:7", True)
    assert alert.message == 'Resolved: Shop "front" is up. 200 - OK.'


def test_a_heartbeat_without_a_message_gives_no_reason() -> None:
    """Kuma writes "N/A" there, which nobody wants to hear."""
    body = json.loads(recorded("uptime-kuma-down"))
    body["heartbeat"]["msg"] = "N/A"
    assert read("uptime-kuma", body).message == 'Shop "front" is down.'


def test_words_without_a_heartbeat_are_said() -> None:
    """A test, or a certificate that ends soon."""
    assert read("uptime-kuma", recorded("uptime-kuma-test")).message == "Telephone Testing."


def test_a_status_that_is_not_known_is_no_good_news() -> None:
    """Then its own words are said."""
    body = json.loads(recorded("uptime-kuma-up"))
    body["heartbeat"]["status"] = 9
    alert = read("uptime-kuma", body)
    assert not alert.is_resolved
    assert "200 - OK" in alert.message
