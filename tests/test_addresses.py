"""Which hosts are this machine itself."""

from __future__ import annotations

import pytest

from cartesia_call.addresses import is_loopback


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LocalHost.",
        "127.0.0.1",
        "127.0.0.2",
        "127.255.255.254",
        "::1",
        "0:0:0:0:0:0:0:1",
        "::ffff:127.0.0.1",
        "::FFFF:7f00:1",
    ],
)
def test_this_machine(host: str) -> None:
    """The name, the whole of 127.0.0.0/8 and ::1, in every spelling."""
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "0.0.0.0",
        "::",
        "10.0.0.1",
        "::ffff:10.0.0.1",
        "128.0.0.1",
        "127.0.0.1.example.com",
        "localhost.example.com",
        "calls.localhost",
        "notlocalhost",
        "[::1]",
    ],
)
def test_other_machines(host: str) -> None:
    """What a name server could answer is another machine, *.localhost too; so is every address at once."""
    assert not is_loopback(host)
