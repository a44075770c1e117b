"""Somebody else's port is told, with whose it is; one's own is nothing to tell of."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cartesia_call.wiring.taken_port import taken_port
from cartesia_call.wiring.tunnel import line_folder
from tests.settings.machine import Machine

LISTENS = """
import socket, sys
listening = socket.socket(getattr(socket, sys.argv[1]))
listening.bind((sys.argv[2], 0))
listening.listen()
print(listening.getsockname()[1], flush=True)
sys.stdin.read()
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells who has a port, on Linux alone")
@pytest.mark.parametrize(("family", "host"), [("AF_INET", "127.0.0.1"), ("AF_INET6", "::1")])
def test_who_has_the_port_is_told(machine: Machine, family: str, host: str) -> None:
    command = [sys.executable, "-c", LISTENS, family, host]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        port = int(other.stdout.readline())
        bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        settings = machine.resolve(public_url="https://calls.example.com", bind=bind, tunnel_timeout="9s")
        told = taken_port(settings)
        assert told is not None
        assert told.startswith(f"{host}:{port} is taken by ")
        assert told.endswith(f"(process {other.pid}): waiting for it, 9s at the most")
        assert other.stdin is not None
        other.stdin.close()
        other.wait(30)
    assert taken_port(settings) is None


def test_our_own_port_is_nothing_to_tell_of(machine: Machine) -> None:
    with socket.socket() as ours:
        ours.bind(("127.0.0.1", 0))
        ours.listen()
        bind = f"127.0.0.1:{ours.getsockname()[1]}"
        settings = machine.resolve(public_url="https://calls.example.com", bind=bind)
        assert taken_port(settings) is None


def test_the_port_of_a_shared_line_is_nothing_to_tell_of(machine: Machine) -> None:
    """Another call of ours has it, which shares it."""
    command = [sys.executable, "-c", LISTENS, "AF_INET", "127.0.0.1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        bind = f"127.0.0.1:{int(other.stdout.readline())}"
        settings = machine.resolve(public_url="https://calls.example.com", bind=bind)
        folder = line_folder(settings)
        folder.make()
        lock = folder.take()
        assert lock is not None
        assert taken_port(settings) is None
        os.close(lock)
        assert taken_port(settings) is not None
        other.stdin.close()


def test_any_port_is_free(machine: Machine) -> None:
    assert taken_port(machine.resolve()) is None
