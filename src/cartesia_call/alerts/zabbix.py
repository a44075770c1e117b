"""What Zabbix hands to a script or a webhook: subject and message of its own templates (Zabbix 6.0 to 7.0,
`CMediatypeHelper::getMessageTemplates`), words of any other template, or an object of macros."""

from __future__ import annotations

import re

from cartesia_call.alerts.fields import bodies, first_text, text_at
from cartesia_call.alerts.notices import Notice

_LINE = re.compile(r"^(Problem name|Host|Severity|Original problem ID):(.*)$", re.MULTILINE)
_OVER = re.compile(r"Problem has been resolved\b|Resolved in [^:\n]{1,40}: |Resolved: ")


def notices(value: object) -> list[Notice]:
    """One for each object with the names that Zabbix's own webhooks give to macros."""
    found = []
    for body in bodies(value):
        problem = first_text(body, "event_name", "alert_subject", "subject", "alert_message", "message")
        host, severity = first_text(body, "host_name", "host"), first_text(body, "event_severity", "severity")
        if problem:
            is_over = text_at(body, "event_value") == "0" or bool(_OVER.match(problem))
            name = text_at(body, "event_id") or problem
            found.append(Notice(_said(problem, host, severity), name, is_resolved=is_over))
    return found


def of_words(text: str) -> list[Notice]:
    """One. Only the first line says that a problem is over: the rest may be anybody's words."""
    known = {name: words.strip() for name, words in reversed(_LINE.findall(text))}
    is_over = bool(_OVER.match(text.lstrip()))
    problem = known.get("Problem name", "")
    said = _said(problem, known.get("Host", ""), known.get("Severity", "")) if problem else text
    return [Notice(said, known.get("Original problem ID") or problem or text, is_resolved=is_over)]


def _said(problem: str, host: str, severity: str) -> str:
    where = f" on {host}" if host and host not in problem else ""
    return f"{problem}{where}.{f' Severity {severity}.' if severity else ''}"
