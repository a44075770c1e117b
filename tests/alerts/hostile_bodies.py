"""Bodies that look like a monitor's and are wrong somewhere, and what is promised of any: somebody can be
called."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from cartesia_call.alerts.formats import AlertFormat, parse_format, read_alert
from cartesia_call.alerts.notices import MOST_CHARACTERS
from cartesia_call.errors import InputError
from tests.alerts.bodies import (
    ALARM,
    CONFIRMATION,
    ENVELOPE,
    GRAFANA,
    GRAFANA_LEGACY,
    HEALTHCHECKS,
    ZABBIX_PROBLEM,
    ZABBIX_RECOVERY,
    recorded,
    recorded_environment,
)
from tests.hostile_json import broken_text, near_fields, near_json


@dataclass(frozen=True)
class Given:
    """What a monitor handed over, and how the program was told to read it."""

    form: AlertFormat
    text: str
    environment: dict[str, str]
    tells_resolved: bool


def _bodies(*names: str) -> list[dict[str, Any]]:
    return [json.loads(recorded(name)) for name in names]


_alertmanager = _bodies("alertmanager-firing", "alertmanager-mixed", "alertmanager-resolved")
_kuma = _bodies("uptime-kuma-down", "uptime-kuma-up", "uptime-kuma-test")
_macros = {"event_name": "Disk full", "host_name": "db-03", "event_value": "1", "event_id": "9"}
_TEXTS = {
    "alertmanager": near_json(*_alertmanager, *_alertmanager[0]["alerts"]),
    "grafana": near_json(GRAFANA, GRAFANA_LEGACY, *_alertmanager),
    "uptime-kuma": near_json(*_kuma),
    "zabbix": near_json(_macros) | broken_text(st.sampled_from([ZABBIX_PROBLEM, ZABBIX_RECOVERY])),
    "healthchecks": near_json(HEALTHCHECKS, {"check": HEALTHCHECKS}),
    "cloudwatch": near_json(ENVELOPE, ALARM, {"Records": [{"Sns": ENVELOPE}]}, CONFIRMATION),
    "json:name,desc": near_json(HEALTHCHECKS),
    "nagios": st.just(""),
}
_environments = near_fields(recorded_environment("nagios-service-problem"))

ALERTS = {
    kind: st.builds(
        Given,
        form=st.just(parse_format(kind)),
        text=texts,
        environment=_environments if kind == "nagios" else st.just({}),
        tells_resolved=st.booleans(),
    )
    for kind, texts in _TEXTS.items()
}
"""By the format, one row for each parser."""


def judge_alert(given: Given) -> str:
    """Words of bounded length, a plain id, remarks of one line; refused is only what is no alert at all."""
    try:
        alert = read_alert(given.form, given.text, given.environment, tells_resolved=given.tells_resolved)
    except InputError:
        assert given.form.kind in {"cloudwatch", "nagios"}
        return "refused"
    assert len(alert.message) < MOST_CHARACTERS + 200
    assert "\n" not in alert.message
    assert alert.message or not given.text.strip() or given.form.is_of_environment
    assert alert.id.isascii()
    assert alert.id.isprintable()
    assert len(alert.id) <= 100
    assert all(len(remark) < 600 for remark in alert.remarks)
    return "resolved" if alert.is_resolved else "told" if not alert.remarks else "told as it is"
