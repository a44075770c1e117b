"""Whether somebody else listens where a call is to listen, told while it is waited for."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from cartesia_call.audio.durations import format_duration
from cartesia_call.settings.model import Settings
from cartesia_call.wiring.tunnel import line_folder

_PROC = Path("/proc")
_LISTENING = "0A"
"""State of a socket in `/proc/net/tcp`; source: the kernel's include/net/tcp_states.h."""


LOOK_S = 0.2
PASSING_S = 1.0
"""A call of ours that has just ended has its port for so long yet."""


@contextlib.asynccontextmanager
async def telling_of_a_taken_port(
    settings: Settings, *, is_calling: Callable[[], bool], tell: Callable[[str], None]
) -> AsyncIterator[None]:
    """Inside the block, `tell` of a port that another program has while a call waits for it. A call that
    waits for its turn, as `is_calling` knows, needs none yet."""
    telling = asyncio.create_task(_tell(settings, is_calling, tell), name="a taken port")
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.wait({telling})


async def _tell(settings: Settings, is_calling: Callable[[], bool], tell: Callable[[str], None]) -> None:
    if settings.rehearse or settings.path.bind_port == 0:
        return
    while not is_calling():  # noqa: ASYNC110 - an escalation tells nobody when it begins a call
        await asyncio.sleep(LOOK_S)
    await asyncio.sleep(PASSING_S)
    if (taken := taken_port(settings)) is not None:
        tell(taken)


def taken_port(settings: Settings) -> str | None:
    """A sentence about the port of `--bind` if another program has it: which, and how long it is awaited.
    None where the system does not tell which: it may be this one. A line that is shared has it for us too."""
    host, port = settings.path.bind_host, settings.path.bind_port
    if port == 0 or not _is_taken(host, port) or line_folder(settings).is_in_use:
        return None
    holder, wait = _holder(port), format_duration(settings.limits.tunnel_timeout_s)
    return holder and f"{host}:{port} is taken by {holder}: waiting for it, {wait} at the most"


def _is_taken(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server itself
        try:
            trial.bind((host, port))
        except OSError as error:  # what else is wrong with the address, the server tells
            return error.errno == errno.EADDRINUSE
    return False


def _holder(port: int) -> str | None:
    """`nginx (process 123)`; None where that is this process, and where the system does not tell: on macOS,
    or of another user's process."""
    inodes = {f"socket:[{inode}]" for inode in _inodes(port)}
    if not inodes:
        return None
    for process in _PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended, or is not ours
            if process.name == str(os.getpid()):
                continue
            if any(os.readlink(link) in inodes for link in (process / "fd").iterdir()):
                name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
                return f"{name} (process {process.name})"
    return None


def _inodes(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (_PROC / "net" / table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]
