"""Grafana's webhooks, as its documentation shows them."""

from __future__ import annotations

import pytest

from tests.alerts.bodies import GRAFANA, GRAFANA_LEGACY
from tests.alerts.test_formats import read


def test_a_group_is_read_as_alertmanagers() -> None:
    """Its own long `message` is a template for chats."""
    assert read("grafana", GRAFANA).message == (
        "2 alerts firing. One: This alert was triggered for zone us-1. "
        "Two: This alert was triggered for zone eu-1."
    )


@pytest.mark.parametrize(
    ("body", "said", "is_resolved"),
    [
        (GRAFANA_LEGACY, "Notification Message.", False),
        (GRAFANA_LEGACY | {"message": ""}, "Panel Title alert.", False),
        (GRAFANA_LEGACY | {"state": "ok"}, "Resolved: Notification Message.", True),
        ({"title": "[FIRING:1] x", "alerts": []}, "[FIRING:1] x.", False),
    ],
)
def test_older_bodies_are_read(body: dict[str, object], said: str, is_resolved: bool) -> None:
    """Of the alerting before version 9; and a group without alerts has its title."""
    alert = read("grafana", body)
    assert (alert.message, alert.is_resolved) == (said, is_resolved)
