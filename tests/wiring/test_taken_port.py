"""Somebody else's port is told at once, with whose it is; one's own is nothing to tell of."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from cartesia_call.wiring.taken_port import taken_port
from tests.settings.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_who_has_the_port_is_told(machine: Machine, family: int, host: str) -> None:
    with socket.socket(family) as other:
        other.bind((host, 0))
        port = other.getsockname()[1]
        bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        settings = machine.resolve(public_url="https://calls.example.com", bind=bind, tunnel_timeout="9s")
        other.listen()
        told = taken_port(settings)
        assert told is not None
        assert told.startswith(f"{host}:{port} is taken by ")
        assert told.endswith(": waiting for it, 9s at the most")
        if sys.platform == "linux":
            assert f"(process {os.getpid()})" in told
    assert taken_port(settings) is None


def test_any_port_is_free(machine: Machine) -> None:
    assert taken_port(machine.resolve()) is None
