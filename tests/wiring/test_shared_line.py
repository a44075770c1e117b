"""One line for all: who is on it is reached by it, and it lives until the last has left."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from pathlib import Path

import pytest

from cartesia_call.errors import TunnelError, Unauthorized
from cartesia_call.ports import CallSecrets
from cartesia_call.sharing.channel import Folder
from cartesia_call.sharing.member import ask
from cartesia_call.sharing.messages import Nothing, Question, State
from cartesia_call.sharing.routes import prefix_of
from cartesia_call.store.line_folder import LineFolder
from cartesia_call.wiring.line_opening import AgentLine
from tests.settings.machine import Machine
from tests.vendors.bridge_callers import RecordingReception, dial_in, get
from tests.vendors.cloudflared_stand_in import write_stand_in_cloudflared
from tests.wiring.shared_lines import Ngrok, line_of, on_it, own_address


async def test_each_is_reached_over_one_address(tmp_path: Path) -> None:
    """Whoever accepts a connection, it comes to whom it is for."""
    opener, folder = own_address(tmp_path)
    lines = [line_of(opener, folder, number) for number in range(3)]
    async with on_it(lines[0]) as url, on_it(lines[1]) as second, on_it(lines[2]) as third:
        assert url == second == third
        for _ in range(5):
            await asyncio.gather(*(line.prove(url, within_s=5) for line in lines))


async def test_nobody_gets_the_stream_of_another(tmp_path: Path) -> None:
    """Each secret opens the door of its own process, whichever accepts, and no other one's."""
    opener, folder = own_address(tmp_path)
    lines = [line_of(opener, folder, number) for number in range(2)]
    receptions = [
        RecordingReception(secrets=CallSecrets(stream=f"stream-{who}", callbacks=f"callbacks-{who}"))
        for who in ("one", "two")
    ]
    async with on_it(lines[0]) as url, on_it(lines[1]):
        port = int(url.rpartition(":")[2])
        paths = []
        for line, reception in zip(lines, receptions, strict=True):
            line.attach(url, reception)
            paths.append(line.stream_url(url, reception.secrets).removeprefix(url.replace("http", "ws")))
        for _ in range(5):
            for path, who in zip(paths, ("one", "two"), strict=True):
                other = path.replace(f"stream-{who}", "stream-two" if who == "one" else "stream-one")
                assert (await get(port, other))[0] == 404
        async with dial_in(port, paths[0]) as carrier:
            await carrier.send("hello")
            assert await carrier.recv() == "hello"
    assert [reception.streams_served for reception in receptions] == [1, 0]


async def test_strangers_learn_nothing(tmp_path: Path) -> None:
    """Whoever they ask for: the status is that of a bridge alone."""
    opener, folder = own_address(tmp_path)
    one, other = (line_of(opener, folder, number) for number in range(2))
    async with on_it(one) as url, on_it(other):
        port = int(url.rpartition(":")[2])
        for path in ("/", f"/media/{prefix_of('0' * 16)}guess", f"/media/{prefix_of('f' * 16)}guess"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert (await reader.read()).split(b"\r\n")[0] == b"HTTP/1.1 404 Not Found"
            writer.close()


async def test_the_line_outlives_whoever_opened_it(tmp_path: Path) -> None:
    """And ends with the last: then its port is free."""
    opener, folder = own_address(tmp_path)
    first, second, third = (line_of(opener, folder, number) for number in range(3))
    async with contextlib.AsyncExitStack() as stack:
        async with on_it(first) as url:
            await stack.enter_async_context(on_it(second))
        await second.prove(url, within_s=5)
        async with on_it(third):
            await third.prove(url, within_s=5)
            await second.prove(url, within_s=5)
    assert not folder.is_in_use
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", int(url.rpartition(":")[2])))


async def test_a_folder_that_cannot_be_used_leaves_the_line_alone(tmp_path: Path) -> None:
    """A full disk keeps nobody from calling."""
    opener, _ = own_address(tmp_path)
    (tmp_path / "file").touch()
    line = line_of(opener, LineFolder(tmp_path / "file", "own"), 1)
    async with on_it(line) as url:
        assert not line.is_shared
        await line.prove(url, within_s=5)
    assert line.offer is None


async def test_one_agent_serves_all(tmp_path: Path) -> None:
    """It ends with whoever leaves last, and not before."""
    ngrok = Ngrok(tmp_path)
    second = ngrok.line(2)
    async with contextlib.AsyncExitStack() as stack:
        async with on_it(ngrok.line(1)) as url:
            assert await stack.enter_async_context(on_it(second)) == url
            agent = ngrok.agent
        await second.prove(url, within_s=5)
        os.kill(agent, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(agent, 0)
    assert ngrok.folder.noted_agent() is None


async def test_a_line_that_leads_nowhere_is_replaced(tmp_path: Path) -> None:
    """By whoever needs it next; the one who was on it finds the new one when it asks again."""
    ngrok = Ngrok(tmp_path)
    first, second = ngrok.line(1), ngrok.line(2)
    async with on_it(first) as url:
        os.kill(ngrok.agent, signal.SIGKILL)
        async with on_it(second) as new_url:
            assert new_url != url
            with contextlib.closing(Folder(ngrok.folder.path)) as folder:
                # Whoever comes next would try the dead one first.
                assert await ask(folder, f"{1:016x}", Question.LINE, within_s=5) == (Nothing(), [])
                state = await ask(folder, f"{1:016x}", Question.STATE, within_s=5)
                assert state == (State(pid=os.getpid(), does="calls", line=None), [])
            await first.close()
            assert await first.open(0) == new_url
            await asyncio.gather(first.prove(new_url, within_s=5), second.prove(new_url, within_s=5))


async def test_a_refusal_is_everybodys(tmp_path: Path) -> None:
    """The account is the same: nobody waits to be told so again by a start of their own."""
    ngrok = Ngrok(tmp_path, refuse_start="ERR_NGROK_107", slow_s=0.1)

    async def refused(number: int) -> None:
        with pytest.raises(Unauthorized, match="properly formed"):
            async with on_it(ngrok.line(number)):
                raise AssertionError

    await asyncio.gather(*map(refused, range(3)))
    assert not ngrok.folder.is_in_use


async def test_a_left_over_agent_is_ended(tmp_path: Path) -> None:
    """One that is noted where nobody has a line."""
    ngrok = Ngrok(tmp_path)
    async with on_it(ngrok.line(1)):
        agent = ngrok.agent
        (ngrok.folder.path / "kept").write_bytes((ngrok.folder.path / "agent.json").read_bytes())
    os.rename(ngrok.folder.path / "kept", ngrok.folder.path / "agent.json")
    async with on_it(ngrok.line(2)):
        assert ngrok.agent != agent


async def test_nobody_waits_for_ever_for_a_line(tmp_path: Path) -> None:
    """Somebody has its lock and answers nothing."""
    opener, folder = own_address(tmp_path)
    folder.make()
    lock = folder.take()
    line = line_of(opener, folder, 1)
    await line.start(within_s=0.2)
    with pytest.raises(TunnelError, match="no place on this machine's public line"):
        await line.open(0)
    await line.stop()
    assert lock is not None
    os.close(lock)


async def test_a_quick_tunnel_is_shared_too(tmp_path: Path) -> None:
    """As ngrok's, without any account."""
    agent = write_stand_in_cloudflared(tmp_path / "agent")
    settings = Machine(tmp_path).resolve(tunnel="cloudflared")
    folder = LineFolder(tmp_path, "cloudflared")
    opener = AgentLine(settings, {"PATH": f"{agent.parent}{os.pathsep}{os.environ['PATH']}"}, folder)
    first, second = (line_of(opener, folder, number) for number in range(2))
    async with on_it(first) as url, on_it(second) as same:
        assert url == same
        await asyncio.gather(first.prove(url, within_s=5), second.prove(url, within_s=5))
    assert folder.noted_agent() is None
