"""What Nagios leaves in a notification command's environment (`enable_environment_macros=1`), recorded from
Nagios 4.4.6, and Icinga where its command sets the same names, recorded from Icinga 2.13.6."""

from __future__ import annotations

from collections.abc import Mapping

from cartesia_call.alerts.notices import Notice
from cartesia_call.errors import InputError

PREFIXES = ("NAGIOS_", "ICINGA_")

_KINDS = {
    "ACKNOWLEDGEMENT": "Acknowledged",
    "FLAPPINGSTART": "Flapping",
    "FLAPPINGSTOP": "No longer flapping",
    "FLAPPINGEND": "No longer flapping",
    "FLAPPINGDISABLED": "No longer watched for flapping",
    "DOWNTIMESTART": "Downtime has begun",
    "DOWNTIMEEND": "Downtime has ended",
    "DOWNTIMECANCELLED": "Downtime was cancelled",
    "DOWNTIMEREMOVED": "Downtime was cancelled",
    "CUSTOM": "Notice",
}
"""`$NOTIFICATIONTYPE$` without PROBLEM and RECOVERY (Nagios Core 4, Standard Macros); Icinga says FLAPPINGEND
(`Notification::NotificationTypeToStringCompat`), and DowntimeRemoved in its filters."""


def notices(environment: Mapping[str, str]) -> list[Notice]:
    """One. InputError if the monitor left nothing in the environment."""

    def macro(*names: str) -> str:
        given = (environment.get(prefix + name, "").strip() for name in names for prefix in PREFIXES)
        return next(filter(None, given), "")

    host, service = (
        macro("HOSTALIAS", "HOSTDISPLAYNAME", "HOSTNAME"),
        macro("SERVICEDESC", "SERVICEDISPLAYNAME"),
    )
    state = macro("SERVICESTATE") if service else macro("HOSTSTATE")
    output = macro("SERVICEOUTPUT") if service else macro("HOSTOUTPUT")
    kind = macro("NOTIFICATIONTYPE").upper()
    what = " on ".join(filter(None, (service, host)))
    if not any(value.strip() for name, value in environment.items() if name.startswith(PREFIXES)):
        raise InputError(
            "the environment holds nothing of an alert: no NAGIOS_HOSTNAME, no ICINGA_HOSTNAME",
            hint="set enable_environment_macros=1 in nagios.cfg; Icinga's command needs an env of such names",
        )
    said = f"{what} is {state.lower()}." if what and state else f"{what}." if what else ""
    comment = macro("NOTIFICATIONCOMMENT")
    if kind in _KINDS:
        said = f"{_KINDS[kind]}: {said}"
    name = "/".join(filter(None, (macro("HOSTNAME") or host, service)))
    return [
        Notice(" ".join(filter(None, (said, comment or output))), name or what or output, kind == "RECOVERY")
    ]
