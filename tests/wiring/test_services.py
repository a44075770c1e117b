"""Which services a command talks to, and what is said where they cannot be had."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from cartesia_call.clock import SystemClock
from cartesia_call.errors import InputError
from cartesia_call.settings.resolve import resolve
from cartesia_call.wiring.services import open_services
from tests.settings.machine import command_line


async def test_a_rehearsal_that_cannot_listen_says_so() -> None:
    """A machine without loopback, or a process that may open no more files: not a fault of ours."""
    settings = resolve(command_line(rehearse=True), {}, working_directory=Path.cwd(), needs=frozenset())
    async with open_services(settings, SystemClock()):
        pass  # whatever it imports is imported
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        with pytest.raises(InputError, match=r"cannot listen: .*[Tt]oo many open files") as caught:
            async with open_services(settings, SystemClock()):
                pytest.fail("it listens")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert "127.0.0.1" in (caught.value.hint or "")
