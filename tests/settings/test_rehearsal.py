"""What a rehearsal takes from the configuration, and what it never does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cartesia_call.addresses import NetworkRules
from tests.settings.machine import KEYS, Machine

CONFIGURED = {
    **KEYS,
    "CARTESIA_CALL_PUBLIC_URL": "https://calls.example.com",
    "CARTESIA_CALL_BIND": "0.0.0.0:80",
    "TWILIO_BASE_URL": "https://elsewhere.example.com",
    "HTTPS_PROXY": "http://proxy.example.com",
    "NGROK_DOMAIN": "name.ngrok.app",
    "PYNGROK_NGROK_PATH": "/opt/ngrok",
}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_needs_nothing(machine: Machine) -> None:
    """A newcomer without any key rehearses."""
    settings = machine.resolve({}, rehearse=True)
    assert settings.rehearse
    assert settings.real_time is False
    assert settings.callee == "answers"


def test_takes_no_configured_key_or_address(machine: Machine) -> None:
    """Nothing of the account, the public address or the proxy reaches it; limits and voice hold."""
    settings = machine.resolve({**CONFIGURED, "CARTESIA_CALL_RING_TIMEOUT": "9s"}, rehearse=True)
    assert (settings.twilio, settings.cartesia, settings.caller_id) == (None, None, None)
    assert settings.network == NetworkRules()
    assert settings.path.public_url is None
    assert (settings.path.bind_host, settings.path.bind_port) == ("127.0.0.1", 0)
    assert settings.path.ngrok_authtoken is None
    assert settings.path.ngrok_path is None
    assert settings.limits.ring_timeout_s == 9
    assert settings.voice_id


def test_is_not_stopped_by_malformed_keys(machine: Machine) -> None:
    """What it does not use cannot be wrong."""
    assert machine.resolve({"TWILIO_REGION": "mars", "TWILIO_FROM_NUMBER": "911"}, rehearse=True).rehearse


def test_caller_id_of_the_command_line_is_shown(machine: Machine) -> None:
    """--from is part of what is rehearsed."""
    assert machine.resolve(CONFIGURED, rehearse=True, caller_id="+12025550101").caller_id == "+12025550101"


def test_variable_turns_a_script_into_rehearsals(machine: Machine) -> None:
    """CARTESIA_CALL_REHEARSE=1 of the process environment holds until --no-rehearse."""
    environ = {**KEYS, "CARTESIA_CALL_REHEARSE": "1"}
    assert machine.resolve(environ).rehearse
    assert not machine.resolve(environ, rehearse=False).rehearse
    assert not machine.resolve({**KEYS, "CARTESIA_CALL_REHEARSE": "0"}).rehearse


def test_variable_in_an_env_file_is_refused(machine: Machine) -> None:
    """A file that lies about must not decide whether telephones ring, nor be ignored: whoever wrote it there
    wants no call. That the file sets nothing else makes no difference."""
    for path in (machine.here / ".env", machine.config / ".env"):
        machine.write(path, "CARTESIA_CALL_REHEARSE=1\n")
        (problem,) = machine.problems()
        assert problem.startswith(f"{path} sets CARTESIA_CALL_REHEARSE, which no file may")
        path.unlink()


def test_real_agent_on_request(machine: Machine) -> None:
    """--tunnel ngrok rehearses with the real vendor code, so it gets what the agent needs."""
    path = machine.resolve(CONFIGURED, rehearse=True, tunnel="ngrok").path
    assert path.tunnel == "ngrok"
    assert path.ngrok_path == "/opt/ngrok"
    assert path.ngrok_authtoken == "fake-authtoken"
    assert path.ngrok_domain == "name.ngrok.app"
    assert path.public_url is None
    assert machine.resolve({}, rehearse=True, tunnel="ngrok").path.ngrok_authtoken is None


def test_real_agent_is_not_started_by_an_env_file(machine: Machine) -> None:
    """The env file's tunnel is for live calls."""
    machine.write(machine.config / ".env", "CARTESIA_CALL_TUNNEL=ngrok\n")
    assert machine.resolve(rehearse=True).path.tunnel == "auto"
    assert machine.resolve().path.tunnel == "ngrok"


@pytest.mark.parametrize(
    ("key", "value", "option"),
    [("callee", "busy", "--callee"), ("faults", ("trial",), "--fault"), ("real_time", True, "--real-time")],
)
def test_its_options_do_not_slip_into_a_live_call(
    machine: Machine, key: str, value: object, option: str
) -> None:
    """`dial --callee busy` without --rehearse would ring a real telephone; the environment may hold them."""
    given: dict[str, Any] = {key: value}
    assert machine.problems(**given) == (f"{option} means something in a rehearsal only: add --rehearse",)
    environ = {**KEYS, "CARTESIA_CALL_CALLEE": "busy", "CARTESIA_CALL_REAL_TIME": "1"}
    assert machine.resolve(environ).callee == "busy"


def test_faults_come_from_options_or_one_variable(machine: Machine) -> None:
    """Repeated options, or names separated by commas."""
    given = machine.resolve({}, rehearse=True, faults=("stream-drop@3s", "mark-late"))
    configured = machine.resolve(
        {"CARTESIA_CALL_FAULT": "stream-drop@3s,mark-late"}, rehearse=True, faults=()
    )
    assert given.faults == configured.faults == ("stream-drop@3s", "mark-late")
