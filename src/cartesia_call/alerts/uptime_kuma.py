"""What Uptime Kuma's notification "Webhook" posts as `application/json`; recorded from the notification
provider of uptime-kuma 2.0.0-dev.0."""

from __future__ import annotations

from cartesia_call.alerts.fields import bodies, inside, text_at
from cartesia_call.alerts.notices import Notice

_NOTHING = "N/A"
"""Its word for a heartbeat without a message (`Monitor.sendNotification`)."""

_STATES = {"0": "is down", "1": "is up", "2": "is pending", "3": "is under maintenance"}


def notices(value: object) -> list[Notice]:
    """One. A test, or a certificate that ends, has words and no heartbeat."""
    return [notice for body in bodies(value) if (notice := _notice(body)).said]


def _notice(body: object) -> Notice:
    monitor, heartbeat = inside(body, "monitor"), inside(body, "heartbeat")
    who, state = text_at(monitor, "name"), text_at(heartbeat, "status")
    name = text_at(monitor, "id") or text_at(heartbeat, "monitorID") or who or text_at(body, "msg")
    if not who or state not in _STATES:
        return Notice(text_at(body, "msg"), name, is_resolved=state == "1")
    why = text_at(heartbeat, "msg")
    said = f"{who} {_STATES[state]}. {why if why != _NOTHING else ''}".strip()
    return Notice(said, name, is_resolved=state == "1")
