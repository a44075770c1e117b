"""One exchange over a private local socket: a line of text, and descriptors beside it (SCM_RIGHTS).

Both sides know the other's user from the kernel and talk to nobody else's process.
"""

from __future__ import annotations

import array
import asyncio
import os
import socket
import struct
import sys
from collections.abc import Sequence
from pathlib import Path

from cartesia_call.sharing.messages import MOST_BYTES

MOST_DESCRIPTORS = 3
"""Beside one message."""

_LONGEST_ADDRESS_BYTES = 100
"""`sun_path` holds 108 with its end on Linux, 104 on macOS."""

_CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
"""Descriptors that are received would otherwise be inherited by every program that this process starts."""

_SOL_LOCAL, _LOCAL_PEERCRED, _LOCAL_PEERPID = 0, 1, 2
"""macOS's sys/un.h."""


class Folder:
    """The directory of the sockets, open, so that a path of any length leads to them."""

    def __init__(self, path: Path) -> None:
        """OSError where sockets in `path` could not be addressed."""
        self.path = path
        self._descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        if len(os.fsencode(path)) + 64 <= _LONGEST_ADDRESS_BYTES:
            self._prefix = str(path)
        elif sys.platform == "linux":
            self._prefix = f"/proc/self/fd/{self._descriptor}"
        else:
            self.close()
            raise OSError(f"the path {path} is too long for the address of a socket")

    def address(self, name: str) -> str:
        """Where the socket called `name` is bound and connected to."""
        return f"{self._prefix}/{name}"

    def close(self) -> None:
        """Sockets that are bound stay so."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def is_own_user(peer: socket.socket) -> bool:
    """Whether the other end belongs to the user that we run as, by the kernel's word."""
    try:
        return _user_of(peer) == os.geteuid()
    except OSError:
        return False


def process_of(peer: socket.socket) -> int:
    """The process at the other end, by the kernel's word: of a listening socket, the one that made it so.
    0 for one that we cannot see. OSError where that is not told."""
    if sys.platform == "linux":
        credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", credentials)[0])
    return peer.getsockopt(_SOL_LOCAL, _LOCAL_PEERPID)


def _user_of(peer: socket.socket) -> int:
    if sys.platform == "linux":
        credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", credentials)[1])
    version_and_user = struct.unpack_from("2I", peer.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, 128))
    return int(version_and_user[1])


def _refuse_strangers(peer: socket.socket, address: str) -> None:
    if not is_own_user(peer):
        raise PermissionError(f"{address} belongs to another user")


def connected(address: str) -> socket.socket:
    """A connection to the socket at `address`, without waiting. OSError if nobody of ours listens there, or
    has too many to answer already."""
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        channel.setblocking(False)
        channel.connect(address)
        _refuse_strangers(channel, address)
    except BaseException:
        channel.close()
        raise
    return channel


def send(channel: socket.socket, line: bytes, descriptors: Sequence[int] = ()) -> None:
    """Send the message, without waiting; OSError if it does not go at once, as a whole."""
    beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    if channel.sendmsg([line], beside) < len(line):
        raise BlockingIOError("the message went in part")


async def receive(channel: socket.socket, *, within_s: float) -> tuple[bytes, list[int]]:
    """The message and its descriptors, which are the caller's to close. Empty at the other's end.

    TimeoutError after `within_s` seconds, OSError if it is too long or brings too much.
    """
    line = bytearray()
    descriptors: list[int] = []
    try:
        async with asyncio.timeout(within_s):
            while not line.endswith(b"\n"):
                await _until_readable(channel)
                received = _receive_some(channel, descriptors)
                if received == b"":
                    break
                line += received or b""
                _refuse_excess(line, descriptors)
    except BaseException:
        close_all(descriptors)
        raise
    return bytes(line), descriptors


def _refuse_excess(line: bytearray, descriptors: list[int]) -> None:
    if len(line) > MOST_BYTES or len(descriptors) > MOST_DESCRIPTORS:
        raise OSError("a message that is too long")


def close_all(descriptors: Sequence[int]) -> None:
    """Close what came along and is not wanted."""
    for descriptor in descriptors:
        os.close(descriptor)


def _receive_some(channel: socket.socket, descriptors: list[int]) -> bytes | None:
    """What is there; None if nothing is, after all."""
    room = socket.CMSG_SPACE(MOST_DESCRIPTORS * array.array("i").itemsize)
    try:
        received, beside, flags, _ = channel.recvmsg(MOST_BYTES, room, _CLOSE_ON_EXEC)
    except BlockingIOError:
        return None
    for level, kind, data in beside:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            came = array.array("i")
            came.frombytes(data[: len(data) - len(data) % came.itemsize])
            descriptors += came
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    if flags & socket.MSG_CTRUNC:
        raise OSError("more descriptors than a message may bring")
    return received


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


async def _until_readable(channel: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    readable: asyncio.Future[None] = loop.create_future()
    loop.add_reader(channel.fileno(), _wake, readable)
    try:
        await readable
    finally:
        loop.remove_reader(channel.fileno())
