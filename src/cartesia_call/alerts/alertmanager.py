"""What Alertmanager's `webhook_configs` send, version 4 of its message (prometheus.io, Alerting,
Configuration, `webhook_config`); recorded from Alertmanager 0.25.0."""

from __future__ import annotations

import re

from cartesia_call.alerts.fields import bodies, first_text, inside, text_at
from cartesia_call.alerts.notices import Notice

_PORT = re.compile(r":[0-9]{1,5}\Z")
"""Of an exporter, behind the name of its host: no news."""


def notices(value: object) -> list[Notice]:
    """One for each alert of a group; a list of alerts, as its own API has them, is read as well."""
    found = []
    for body in bodies(value):
        alerts = bodies(body["alerts"]) if "alerts" in body else [body] if "labels" in body else []
        found += [_notice(alert) for alert in alerts]
    return [notice for notice in found if notice.said]


def left_out(value: object) -> int:
    """How many alerts `max_alerts` cut off."""
    count = inside(value, "truncatedAlerts")
    return count if isinstance(count, int) and 0 < count < 1_000_000 else 0


def _notice(alert: object) -> Notice:
    name = text_at(alert, "fingerprint") or str(sorted(_labels(alert).items()))
    said = first_text(inside(alert, "annotations"), "summary", "title", "message", "description")
    return Notice(said or _by_labels(alert), name, is_resolved=text_at(alert, "status") == "resolved")


def _by_labels(alert: object) -> str:
    labels = _labels(alert)
    what, where = labels.get("alertname", ""), first_text(labels, "instance", "host", "pod", "job")
    where = _PORT.sub("", where)
    return " on ".join(filter(None, (what, where))) or ", ".join(labels.values())


def _labels(alert: object) -> dict[str, str]:
    labels = inside(alert, "labels")
    named = labels if isinstance(labels, dict) else {}
    return {name: words for name in named if (words := text_at(named, name))}
