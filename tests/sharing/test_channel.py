"""A message and its descriptors arrive whole, within a time, and are the receiver's alone."""

from __future__ import annotations

import array
import contextlib
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cartesia_call.sharing.channel import (
    MOST_DESCRIPTORS,
    Folder,
    close_all,
    connected,
    is_own_user,
    receive,
    send,
)
from cartesia_call.sharing.messages import MOST_BYTES


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    one.setblocking(False)
    other.setblocking(False)
    with one, other:
        yield one, other


def open_descriptors() -> int:
    return len(os.listdir("/dev/fd"))


async def test_descriptors_come_along(pair: tuple[socket.socket, socket.socket]) -> None:
    """In their order, and no program that the receiver starts inherits them."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        send(pair[0], b"two\n", [one.fileno(), other.fileno()])
        line, descriptors = await receive(pair[1], within_s=5)
        assert line == b"two\n"
        assert not any(map(os.get_inheritable, descriptors))
        came = [socket.socket(fileno=descriptor) for descriptor in descriptors]
        assert [each.getsockname() for each in came] == [one.getsockname(), other.getsockname()]
        for each in came:
            each.close()


async def test_a_message_in_pieces(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[0].sendall(b"he")
    pair[0].sendall(b"llo\n")
    assert await receive(pair[1], within_s=5) == (b"hello\n", [])


async def test_nobody_says_anything(pair: tuple[socket.socket, socket.socket]) -> None:
    """The wait has a limit; the other's end is an empty message."""
    with pytest.raises(TimeoutError):
        await receive(pair[1], within_s=0.05)
    pair[0].close()
    assert await receive(pair[1], within_s=5) == (b"", [])


async def test_too_much_is_refused_and_closed(pair: tuple[socket.socket, socket.socket]) -> None:
    before = open_descriptors()
    many = array.array("i", [pair[0].fileno()] * (MOST_DESCRIPTORS + 2))
    pair[0].sendmsg([b"x\n"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, many)])
    with pytest.raises(OSError, match="descriptors"):
        await receive(pair[1], within_s=5)
    pair[0].sendall(b"x" * (MOST_BYTES + 1))
    with pytest.raises(OSError, match="long"):
        await receive(pair[1], within_s=5)
    assert open_descriptors() == before


def test_a_receiver_that_reads_nothing_is_not_waited_for(pair: tuple[socket.socket, socket.socket]) -> None:
    def send_on() -> None:
        for _ in range(100_000):
            send(pair[0], b"x" * 1000)

    with pytest.raises(BlockingIOError):
        send_on()


def test_our_own_user(pair: tuple[socket.socket, socket.socket]) -> None:
    assert is_own_user(pair[0])
    with socket.socket() as unconnected:
        assert not is_own_user(unconnected)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere such a line is shared with nobody")
def test_a_path_of_any_length(tmp_path: Path) -> None:
    """A home far down the tree still has sockets that can be connected to."""
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    deep.mkdir(parents=True)
    with contextlib.closing(Folder(deep)) as folder, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(folder.address("name"))
        listening.listen()
        assert (deep / "name").is_socket()
        connected(folder.address("name")).close()


def test_closing(pair: tuple[socket.socket, socket.socket]) -> None:
    before = open_descriptors()
    close_all([os.dup(pair[0].fileno()), os.dup(pair[0].fileno())])
    assert open_descriptors() == before
