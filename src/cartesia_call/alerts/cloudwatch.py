"""What Amazon SNS posts about a CloudWatch alarm: an envelope whose `Message` is JSON in a text (Amazon SNS
Developer Guide, "HTTP/HTTPS notification JSON format"); the alarm alone under raw message delivery."""

from __future__ import annotations

import re

from cartesia_call.alerts.fields import bodies, first_text, inside, read_json, text_at
from cartesia_call.alerts.notices import Notice
from cartesia_call.errors import InputError

_CONFIRMATION = re.compile(r"https://sns\.[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?/[\w?&=%:.~-]{1,900}")


def notices(value: object) -> list[Notice]:
    """One for each envelope. InputError for what a new subscription begins with, for that is no alarm."""
    found = []
    for body in bodies(value):
        records = bodies(inside(body, "Records")) or [body]  # as a Lambda function is handed them
        found += [_notice(inside(record, "Sns") or record) for record in records]
    return [notice for notice in found if notice.said]


def _notice(envelope: object) -> Notice:
    if text_at(envelope, "Type") == "SubscriptionConfirmation":
        address = text_at(envelope, "SubscribeURL")
        where = address if _CONFIRMATION.fullmatch(address) else "the SubscribeURL in it"
        raise InputError(
            f"this is no alarm: {text_at(envelope, 'TopicArn') or 'a topic'} asks whether it may send here",
            hint=f"confirm by opening {where}",
        )
    written = text_at(envelope, "Message")
    try:
        alarm = read_json(written) if written else envelope
    except ValueError:  # another publisher's words
        alarm = None
    return _of_alarm(alarm) or Notice(
        ". ".join(filter(None, (text_at(envelope, "Subject"), written))),
        first_text(envelope, "MessageId", "TopicArn") or written,
    )


def _of_alarm(alarm: object) -> Notice | None:
    detail = inside(alarm, "detail")  # EventBridge's form
    name = text_at(alarm, "AlarmName") or text_at(detail, "alarmName")
    if not name:
        return None
    state = text_at(alarm, "NewStateValue") or text_at(detail, "state", "value")
    why = (
        text_at(alarm, "AlarmDescription")
        or text_at(detail, "configuration", "description")
        or text_at(alarm, "NewStateReason")
        or text_at(detail, "state", "reason")
    )
    what = f"{name} has insufficient data." if state == "INSUFFICIENT_DATA" else f"{name}."
    return Notice(f"{what} {why}".strip(), text_at(alarm, "AlarmArn") or name, is_resolved=state == "OK")
