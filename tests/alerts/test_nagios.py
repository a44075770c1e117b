"""Nagios's environment macros, as 4.4.6 leaves them, and the same names from Icinga."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cartesia_call.alerts.formats import parse_format, read_alert
from cartesia_call.alerts.notices import Alert
from cartesia_call.errors import InputError
from tests.alerts.bodies import recorded_environment


def read(environment: Mapping[str, str]) -> Alert:
    return read_alert(parse_format("nagios"), "", environment)


SERVICE = 'disk / on Anna\'s "web" server'


@pytest.mark.parametrize(
    ("name", "message", "is_resolved"),
    [
        (
            "nagios-service-problem",
            f'{SERVICE} is critical. DISK CRITICAL - it\'s "full" `id` $(id) <b>: / 120 MB (1%) free.',
            False,
        ),
        (
            "nagios-service-acknowledged",
            f"Acknowledged: {SERVICE} is critical. Looking at it, it's mine.",
            False,
        ),
        ("nagios-service-recovery", f"Resolved: {SERVICE} is ok. DISK OK.", True),
        ("nagios-host-problem", 'Anna\'s "web" server is down. PING CRITICAL - Packet loss = 100%.', False),
        ("nagios-host-recovery", 'Resolved: Anna\'s "web" server is up. PING OK.', True),
        (
            "icinga2-service-problem",
            "disk 'x' `id` on Anna's \"web\" server is critical. it's \"full\" `touch p` $(touch p).",
            False,
        ),
        ("icinga2-service-recovery", "Resolved: disk 'x' `id` on Anna's \"web\" server is ok. OK.", True),
    ],
)
def test_a_notification_is_said(name: str, message: str, is_resolved: bool) -> None:
    """Of a service or of a host, with whatever the plugin wrote."""
    alert = read(recorded_environment(name))
    assert (alert.message, alert.is_resolved) == (message, is_resolved)


def test_the_id_is_host_and_service() -> None:
    """The same for the problem and its end; the host's is another."""
    problem, recovery, host = (
        read(recorded_environment(f"nagios-{name}")).id
        for name in ("service-problem", "service-recovery", "host-problem")
    )
    assert problem == recovery != host == "nagios:web01"


def test_icinga_calls_the_end_of_flapping_otherwise() -> None:
    """It is no new trouble."""
    environment = recorded_environment("icinga2-service-recovery") | {
        "ICINGA_NOTIFICATIONTYPE": "FLAPPINGEND"
    }
    assert read(environment).message.startswith("No longer flapping: disk 'x'")


def test_icinga_may_set_the_same_names() -> None:
    """Its command gives the environment whatever it is told to."""
    environment = {
        "ICINGA_HOSTNAME": "web01",
        "ICINGA_HOSTSTATE": "DOWN",
        "ICINGA_NOTIFICATIONTYPE": "PROBLEM",
    }
    assert read(environment).message == "web01 is down."


def test_an_environment_without_an_alert_is_a_mistake_of_the_setup() -> None:
    """Nagios leaves no macros unless it is told to."""
    with pytest.raises(InputError, match="holds nothing of an alert") as raised:
        read({"PATH": "/bin", "NAGIOS_HOSTNAME": " "})
    assert "enable_environment_macros=1" in str(raised.value.hint)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"NAGIOS_HOSTNAME": "web01"}, "web01."),
        ({"NAGIOS_SERVICEOUTPUT": "x", "NAGIOS_SERVICEDESC": "disk"}, "disk. x."),
        ({"NAGIOS_HOSTOUTPUT": "x"}, "x."),
        ({"NAGIOS_NOTIFICATIONTYPE": "PROBLEM"}, ""),
        ({"NAGIOS_NOTIFICATIONTYPE": "DOWNTIMESTART", "NAGIOS_HOSTNAME": "a"}, "Downtime has begun: a."),
    ],
)
def test_what_is_missing_falls_back_to_what_is_there(environment: dict[str, str], message: str) -> None:
    """Somebody is called about whatever is left."""
    assert read(environment).message == message
