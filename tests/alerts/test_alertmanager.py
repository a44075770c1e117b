"""Alertmanager's groups, as 0.25.0 sends them."""

from __future__ import annotations

import pytest

from cartesia_call.alerts.alertmanager import left_out, notices
from cartesia_call.alerts.notices import Alert
from tests.alerts.bodies import recorded
from tests.alerts.test_formats import read


def test_a_group_is_one_message() -> None:
    """One alert by its summary; one without annotations by its labels, without the exporter's port."""
    assert read("alertmanager", recorded("alertmanager-firing")).message == (
        '2 alerts firing. One: Latency of "checkout" is above 2s. Two: HighLatency on web02.'
    )


def test_a_group_of_which_one_is_over_is_about_the_other() -> None:
    """The status of the group is that of any of them."""
    alert = read("alertmanager", recorded("alertmanager-mixed"))
    assert alert == Alert("HighLatency on web02.", "alertmanager:45b1ecd55c8105a0")
    both = read("alertmanager", recorded("alertmanager-mixed"), tells_resolved=True)
    assert both.message.endswith('Resolved: Latency of "checkout" is above 2s.')


def test_a_group_that_is_over_says_so() -> None:
    """With the id that it had while it lasted."""
    assert read("alertmanager", recorded("alertmanager-resolved")) == Alert(
        "Resolved: HighLatency on web02.", "alertmanager:45b1ecd55c8105a0", is_resolved=True
    )


@pytest.mark.parametrize(
    ("alert", "said"),
    [
        ({"labels": {"alertname": "Full"}, "annotations": {"description": "Disk."}}, "Disk."),
        ({"labels": {"alertname": "Full", "instance": "[::1]:9100"}}, "Full on [::1]"),
        ({"labels": {"severity": "critical", "team": "db"}}, "critical, db"),
        ({"labels": {"alertname": ["Full"], "instance": {"a": 1}}, "annotations": "x"}, "Full"),
        ({"labels": {"alertname": "Full"}, "annotations": {"summary": " "}}, "Full"),
    ],
)
def test_what_is_missing_falls_back_to_what_is_there(alert: dict[str, object], said: str) -> None:
    """And without a status it is firing; a list of alerts is read as a group is."""
    [notice] = notices({"alerts": [alert]})
    assert (notice.said, notice.is_resolved) == (said, False)
    assert notices([alert]) == [notice]


@pytest.mark.parametrize("count", [None, -1, "3", 10**12, [], True])
def test_a_count_is_a_number(count: object) -> None:
    """Of a reasonable size."""
    assert left_out({"truncatedAlerts": count}) in {0, 1}
