"""What Grafana's contact point "Webhook" sends: Alertmanager's fields and some more (Grafana 11.3,
"Configure the webhook notifier"), or those of the alerting before version 9."""

from __future__ import annotations

from cartesia_call.alerts import alertmanager
from cartesia_call.alerts.fields import bodies, first_text, text_at
from cartesia_call.alerts.notices import Notice


def notices(value: object) -> list[Notice]:
    """One for each alert of a group."""
    return alertmanager.notices(value) or [
        Notice(said, first_text(body, "groupKey", "ruleId") or said, is_resolved=_is_over(body))
        for body in bodies(value)
        if (said := first_text(body, "message", "ruleName", "title"))
    ]


def _is_over(body: object) -> bool:
    return text_at(body, "status") == "resolved" or text_at(body, "state") == "ok"
