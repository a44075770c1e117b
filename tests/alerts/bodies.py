"""What monitors really send: recorded from the programs, or as their makers publish it.

The recordings stand in `recorded/`: Alertmanager 0.25.0 and Nagios 4.4.6 of Debian 12 sent them to a server
that wrote them down (the address in `externalURL` is changed, paths and empty arguments are left out), and so
did the notification provider `webhook` of uptime-kuma 2.0.0-dev.0 from npm. Icinga 2.13.6 of Debian 12 left
its environment to the command of docs/recipes.md.
"""

from __future__ import annotations

import json
from pathlib import Path

_RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> str:
    """The text of a recorded body."""
    return (_RECORDED / f"{name}.json").read_text(encoding="utf-8")


def recorded_environment(name: str) -> dict[str, str]:
    """The variables of a recorded environment."""
    found: dict[str, str] = json.loads(recorded(name))
    return found


GRAFANA = {
    "receiver": "My Super Webhook",
    "status": "firing",
    "orgId": 1,
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "High memory usage", "team": "blue", "zone": "us-1"},
            "annotations": {
                "description": "The system has high memory usage",
                "runbook_url": "https://myrunbook.com/runbook/1234",
                "summary": "This alert was triggered for zone us-1",
            },
            "startsAt": "2021-10-12T09:51:03.157076+02:00",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "https://play.grafana.org/alerting/1afz29v7z/edit",
            "fingerprint": "c6eadffa33fcdf37",
            "dashboardURL": "",
            "panelURL": "",
            "values": {"B": 44.23943737541908, "C": 1},
        },
        {
            "status": "firing",
            "labels": {"alertname": "High CPU usage", "team": "blue", "zone": "eu-1"},
            "annotations": {"summary": "This alert was triggered for zone eu-1"},
            "fingerprint": "bc97ff14869b13e3",
        },
    ],
    "groupLabels": {},
    "commonLabels": {"team": "blue"},
    "commonAnnotations": {},
    "externalURL": "https://play.grafana.org/",
    "version": "1",
    "groupKey": "{}:{}",
    "truncatedAlerts": 0,
    "title": "[FIRING:2]  (blue)",
    "state": "alerting",
    "message": "**Firing**\n\nLabels:\n - alertname = T2\n",
}
"""Grafana 11.3, "Configure the webhook notifier for Alerting", shortened."""

GRAFANA_LEGACY = {
    "dashboardId": 1,
    "evalMatches": [{"value": 1, "metric": "Count", "tags": {}}],
    "message": "Notification Message",
    "orgId": 1,
    "ruleId": 1,
    "ruleName": "Panel Title alert",
    "state": "alerting",
    "title": "[Alerting] Panel Title alert",
}
"""Grafana 8.5, "Alert notifications", webhook."""

ALARM = {
    "AlarmName": "Example alarm name",
    "AlarmDescription": "Example alarm description.",
    "AWSAccountId": "000000000000",
    "NewStateValue": "ALARM",
    "NewStateReason": "Threshold Crossed: 1 datapoint (10.0) was greater than the threshold (1.0).",
    "StateChangeTime": "2017-01-12T16:30:42.236+0000",
    "Region": "EU - Ireland",
    "OldStateValue": "OK",
    "AlarmArn": "arn:aws:cloudwatch:eu-west-1:000000000000:alarm:Example alarm name",
    "Trigger": {"MetricName": "DeliveryErrors", "Namespace": "ExampleNamespace", "Statistic": "SUM"},
}
ENVELOPE = {
    "Type": "Notification",
    "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
    "TopicArn": "arn:aws:sns:eu-west-1:000000000000:cloudwatch-alarms",
    "Subject": 'ALARM: "Example alarm name" in EU - Ireland',
    "Message": json.dumps(ALARM),
    "Timestamp": "2017-01-12T16:30:42.318Z",
    "SignatureVersion": "1",
}
"""The sample event of the AWS Lambda samples for an alarm, with the `AlarmArn` that newer ones have."""

CONFIRMATION = {
    "Type": "SubscriptionConfirmation",
    "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
    "Token": "not-a-real-token",
    "TopicArn": "arn:aws:sns:us-west-2:123456789012:MyTopic",
    "Message": "You have chosen to subscribe to the topic arn:aws:sns:us-west-2:123456789012:MyTopic.",
    "SubscribeURL": "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription&Token=not-a-real-token",
}
"""Amazon SNS Developer Guide, "HTTP/HTTPS subscription confirmation JSON format", shortened."""

HEALTHCHECKS = {
    "name": "Nightly backup",
    "slug": "nightly-backup",
    "tags": "prod",
    "desc": "Call Anna.",
    "grace": 3600,
    "n_pings": 12,
    "status": "down",
    "started": False,
    "last_ping": "2026-11-28T03:00:02+00:00",
    "next_ping": "2026-11-29T03:00:00+00:00",
    "uuid": "7d0a1b52-0000-4000-8000-000000000000",
    "ping_url": "https://hc-ping.com/7d0a1b52-0000-4000-8000-000000000000",
    "timeout": 86400,
}
"""`$JSON`: a check as the API of Healthchecks 3.10 documents it ("Get a List of Existing Checks")."""

ZABBIX_PROBLEM = (
    "Problem: Free disk space is less than 20% on volume /\r\n"
    "Problem started at 03:15:42 on 2026.11.29\r\n"
    "Problem name: Free disk space is less than 20% on volume /\r\n"
    "Host: db-03\r\nSeverity: High\r\nOperational data: 12 %\r\nOriginal problem ID: 4711\r\n"
)
ZABBIX_RECOVERY = (
    "Resolved in 5m 3s: Free disk space is less than 20% on volume /\n"
    "Problem has been resolved at 03:20:45 on 2026.11.29\n"
    "Problem name: Free disk space is less than 20% on volume /\nProblem duration: 5m 3s\n"
    "Host: db-03\nSeverity: High\nOriginal problem ID: 4711\n"
)
"""Subject and message of the templates that Zabbix 6.0 to 7.0 gives a new media type
(`CMediatypeHelper::getMessageTemplates`)."""
