"""The formats that `--from-alert` knows, and what becomes of a body that is none of them.

A monitor that was set up once is heard: what is missing falls back to what is there, fields that are not
known are ignored, and what is no body of the format is words. The log is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cartesia_call.alerts import alertmanager, cloudwatch, grafana, healthchecks, nagios, uptime_kuma, zabbix
from cartesia_call.alerts.fields import bodies, first_text, read_json, text_at
from cartesia_call.alerts.notices import Alert, Notice, alert_of
from cartesia_call.quoting import quotable
from cartesia_call.records import dataclass

_READERS: dict[str, Callable[[object], list[Notice]]] = {
    "alertmanager": alertmanager.notices,
    "grafana": grafana.notices,
    "uptime-kuma": uptime_kuma.notices,
    "zabbix": zabbix.notices,
    "healthchecks": healthchecks.notices,
    "cloudwatch": cloudwatch.notices,
}
NAGIOS, JSON = "nagios", "json"
METAVAR = "|".join([*_READERS, NAGIOS, "json:FIELD,FIELD"])

_MOST_FIELDS = 20
_MOST_NAMES, _LONGEST_NAME = 8, 60
"""Of fields, in a line of the log."""
_USUAL = (
    *("summary", "message", "msg", "title", "subject", "text", "description", "name"),
    *("Message", "Subject", "body", "detail", "error"),
)
"""Where words stand, in bodies of all sorts."""


@dataclass(frozen=True)
class AlertFormat:
    """How a monitor's words are to be read. `fields` are the paths that `json:` names, as names of fields
    and numbers from 0."""

    kind: str
    fields: tuple[tuple[str, ...], ...] = ()

    @property
    def is_of_environment(self) -> bool:
        """Whether the monitor leaves its words in the environment, and writes nothing."""
        return self.kind == NAGIOS


def parse_format(text: str) -> AlertFormat:
    """`text` as `--from-alert` has it. ValueError, in one sentence, for what is no format."""
    kind, _, fields = text.partition(":")
    name = kind.strip().lower()
    if name == JSON:
        paths = tuple(tuple(path.strip().split(".")) for path in fields.split(","))
        if not all(all(path) for path in paths) or len(paths) > _MOST_FIELDS:
            raise ValueError(
                f"{text!r} names no fields; write 1 to {_MOST_FIELDS}, such as json:host,error.message"
            )
        return AlertFormat(JSON, paths)
    if fields or name not in {*_READERS, NAGIOS}:
        raise ValueError(f"{text!r} is not a format; write one of {METAVAR.replace('|', ', ')}")
    return AlertFormat(name)


def read_alert(
    form: AlertFormat, text: str, environment: Mapping[str, str], *, tells_resolved: bool = False
) -> Alert:
    """What somebody is to hear of `text`, or of what is in `environment`.

    `tells_resolved`: what is over is told beside what is not. InputError for what no monitor sends about an
    alert: an environment without one, and Amazon's question whether it may send.
    """
    if form.is_of_environment:
        return alert_of(nagios.notices(environment), kind=form.kind, tells_resolved=tells_resolved)
    try:
        value = read_json(text)
    except ValueError as error:
        return _in_words(form, text, str(error), tells_resolved)
    if form.kind == JSON:
        return _chosen(form, value, text)
    found = _READERS[form.kind](value)
    if found:
        uncounted = alertmanager.left_out(value) if form.kind in {"alertmanager", "grafana"} else 0
        return alert_of(found, kind=form.kind, tells_resolved=tells_resolved, uncounted=uncounted)
    return _unknown(form, value, text)


def _in_words(form: AlertFormat, text: str, why: str, tells_resolved: bool) -> Alert:
    if form.kind == "zabbix":  # whose own templates are such
        return alert_of(zabbix.of_words(text), kind=form.kind, tells_resolved=tells_resolved)
    remark = f"{form.kind}: {why}; the text itself is the message"
    return alert_of([Notice(text, text)], kind=form.kind, tells_resolved=tells_resolved, remarks=(remark,))


def _chosen(form: AlertFormat, value: object, text: str) -> Alert:
    said = [(".".join(path), text_at(value, *path)) for path in form.fields]
    missing = [path for path, words in said if not words]
    if len(missing) == len(said):
        return _unknown(form, value, text, f"none of the fields {', '.join(missing)} has words")
    message = "\n".join(words for _, words in said if words)
    remarks = (f"{form.kind}: no words in {', '.join(missing)}; left out",) if missing else ()
    return alert_of([Notice(message, message)], kind=form.kind, tells_resolved=False, remarks=remarks)


def _unknown(form: AlertFormat, value: object, text: str, why: str = "there is no alert in it") -> Alert:
    """Whatever it is, somebody set it up to ring a phone."""
    body = next(iter(bodies(value)), {})
    usual = first_text(body, *_USUAL)
    names = ", ".join(name[:_LONGEST_NAME] for name in list(body)[:_MOST_NAMES]) or "none"
    taken = "the first words in it are the message" if usual else "the text itself is the message"
    remark = f"{form.kind}: {why} (fields: {quotable(names)}); {taken}"
    is_over = form.kind != JSON and text_at(body, "status") == "resolved"
    notice = Notice(usual or text, usual or text, is_resolved=is_over)
    return alert_of([notice], kind=form.kind, tells_resolved=False, remarks=(remark,))
