"""How the internet reaches this process: ngrok, or an address of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.settings.machine import KEYS, Machine

WITHOUT_NGROK = {name: value for name, value in KEYS.items() if name != "NGROK_AUTHTOKEN"}
PUBLIC_URL = "https://calls.example.com"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_own_address_replaces_ngrok(machine: Machine) -> None:
    """No authtoken is needed, and one that is set is not used."""
    path = machine.resolve(WITHOUT_NGROK, public_url=PUBLIC_URL + "/", bind="127.0.0.1:8080").path
    assert (path.public_url, path.bind_host, path.bind_port) == (PUBLIC_URL, "127.0.0.1", 8080)
    assert machine.resolve(public_url=PUBLIC_URL, bind="127.0.0.1:8080").path.ngrok_authtoken is None


@pytest.mark.parametrize("bind", [None, "127.0.0.1:0"])
def test_own_address_needs_a_port(machine: Machine, bind: str | None) -> None:
    """Whatever forwards to us has to know where."""
    (problem,) = machine.problems(public_url=PUBLIC_URL, bind=bind)
    assert "say which with --bind or CARTESIA_CALL_BIND" in problem


def test_loopback_address_is_its_own_port(machine: Machine) -> None:
    """http://localhost:8080 is where to listen, unless --bind says another place."""
    for host, bind_host in (("localhost", "127.0.0.1"), ("127.0.0.2", "127.0.0.2"), ("[::1]", "::1")):
        path = machine.resolve(public_url=f"http://{host}:8080").path
        assert (path.bind_host, path.bind_port) == (bind_host, 8080)
    path = machine.resolve(public_url="http://localhost:8080", bind="127.0.0.1:9090").path
    assert path.bind_port == 9090


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "[::]"])
def test_only_loopback_listens_unless_asked(machine: Machine, host: str) -> None:
    """An address that other machines reach needs a second word."""
    (problem,) = machine.problems(public_url=PUBLIC_URL, bind=f"{host}:8080")
    assert "--allow-remote-bind" in problem
    path = machine.resolve(public_url=PUBLIC_URL, bind=f"{host}:8080", allow_remote_bind=True).path
    assert path.bind_port == 8080


@pytest.mark.parametrize("host", ["[::1]", "127.0.0.2", "192.0.2.1", "[::]"])
def test_ngrok_forwards_to_one_address(machine: Machine, host: str) -> None:
    """Its agent would lead to a port on which nobody listens: refused in one sentence."""
    (problem,) = machine.problems(bind=f"{host}:8080")
    assert "ngrok forwards to 127.0.0.1" in problem
    environ = {**KEYS, "CARTESIA_CALL_PUBLIC_URL": PUBLIC_URL}
    (problem,) = machine.problems(environ, tunnel="ngrok", bind=f"{host}:8080")
    assert "ngrok forwards to 127.0.0.1" in problem


@pytest.mark.parametrize(
    ("bind", "allow_remote_bind"),
    [("127.0.0.1:8080", None), ("localhost:8080", None), ("0.0.0.0:8080", True)],
)
def test_ngrok_finds_whoever_listens_on_127_0_0_1(
    machine: Machine, bind: str, allow_remote_bind: bool | None
) -> None:
    """Under its name and as one of all addresses too."""
    assert machine.resolve(bind=bind, allow_remote_bind=allow_remote_bind).path.bind_port == 8080


def test_a_quick_tunnel_needs_no_account(machine: Machine) -> None:
    """No token is needed, and one that is set is not handed to anybody; a configured address is not used."""
    path = machine.resolve(WITHOUT_NGROK, tunnel="cloudflared").path
    assert (path.tunnel, path.ngrok_authtoken, path.bind_port) == ("cloudflared", None, 0)
    environ = {
        **KEYS,
        "CARTESIA_CALL_PUBLIC_URL": PUBLIC_URL,
        "CARTESIA_CALL_CLOUDFLARED_PATH": "/opt/cloudflared",
    }
    path = machine.resolve(environ, tunnel="cloudflared").path
    assert (path.public_url, path.ngrok_authtoken) == (None, None)
    assert path.cloudflared_path == "/opt/cloudflared"
    (problem,) = machine.problems(tunnel="cloudflared", public_url=PUBLIC_URL)
    assert "--tunnel cloudflared and --public-url exclude each other" in problem
    (problem,) = machine.problems(tunnel="cloudflared", bind="[::1]:8080")
    assert "cloudflared forwards to 127.0.0.1" in problem


def test_no_tunnel_at_all(machine: Machine) -> None:
    """Only an address of one's own is left, and a token is not used in its place."""
    path = machine.resolve(tunnel="none", public_url=PUBLIC_URL, bind="127.0.0.1:8080").path
    assert (path.public_url, path.ngrok_authtoken) == (PUBLIC_URL, None)
    (problem,) = machine.problems(tunnel="none")
    assert "--tunnel none leaves --public-url" in problem


def test_malformed_address_is_one_problem(machine: Machine) -> None:
    """It does not read as a missing authtoken too."""
    (problem,) = machine.problems(WITHOUT_NGROK, public_url="http://calls.example.com", bind="127.0.0.1:80")
    assert problem.startswith("--public-url: plain http://")


def test_ngrok_instead_of_the_configured_address(machine: Machine) -> None:
    """--tunnel ngrok overrides an address of the environment; both on the command line contradict."""
    environ = {**KEYS, "CARTESIA_CALL_PUBLIC_URL": PUBLIC_URL}
    path = machine.resolve(environ, tunnel="ngrok").path
    assert (path.public_url, path.ngrok_authtoken) == (None, "fake-authtoken")
    (problem,) = machine.problems(tunnel="ngrok", public_url=PUBLIC_URL)
    assert "exclude each other" in problem
    environ = {**WITHOUT_NGROK, "CARTESIA_CALL_PUBLIC_URL": PUBLIC_URL}
    (problem,) = machine.problems(environ, tunnel="ngrok")
    assert problem.startswith("NGROK_AUTHTOKEN is missing")


def test_switches(machine: Machine) -> None:
    """Probe and signature can be switched off by option or variable."""
    assert machine.resolve(no_probe=True).path.no_probe
    assert machine.resolve({**KEYS, "CARTESIA_CALL_NO_VERIFY_SIGNATURE": "1"}).path.no_verify_signature
