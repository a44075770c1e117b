"""A TCP socket that listens, at a port that somebody else may still hold."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket

from cartesia_call.clock import running_s
from cartesia_call.errors import TunnelError

WAITING_TO_BE_ACCEPTED = 1024
"""In the system's queue. A full one drops the carrier's connection too, which tries again only after 1 s."""

_TAKEN_PORT_PAUSE_S = 0.25
"""Between two tries to listen on a port that somebody else holds."""


async def listen(host: str, port: int, *, within_s: float) -> socket.socket:
    """Listen at `host`, a number; `port` 0 takes any free one. A taken one is tried again for `within_s`
    seconds, then TunnelError.
    """
    deadline_s = running_s() + within_s
    while True:
        try:
            return _listening(host, port)
        except OSError as failure:
            left_s = deadline_s - running_s()
            if failure.errno != errno.EADDRINUSE or left_s <= 0:
                raise TunnelError(
                    f"cannot listen on {host}:{port}: {failure.strerror or failure}",
                    hint="choose another address with --bind, or leave it out",
                ) from failure
            await asyncio.sleep(min(_TAKEN_PORT_PAUSE_S, left_s))


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    # The protocol is named: what is accepted has it too, and asyncio looks there for what is TCP.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(WAITING_TO_BE_ACCEPTED)
        listening.setblocking(False)
    except BaseException:
        listening.close()
        raise
    return listening
