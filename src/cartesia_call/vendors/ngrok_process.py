"""Starting, asking and ending the keeper, and the ngrok agent with it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any

from cartesia_call.errors import TunnelError

_STOP_LIMIT_S = 3.0
"""Longer than the two seconds that the keeper gives the agent; after it the whole group is killed."""

_REAP_LIMIT_S = 1.0
"""Nothing delays SIGKILL for long; the limit is for a process that hangs inside the kernel."""

_PASSED_ON = (
    "PATH",
    "HOME",
    # The keeper is a Python program; where somebody's Python finds its packages is for them to say.
    "PYTHONPATH",
    # The agent is a Go program: it honours these for its way out.
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
)
_NGROK_KEEPER = "cartesia_call.vendors.ngrok_keeper"
_LOOPBACK = "127.0.0.1,localhost"


def agent_environment(environment: Mapping[str, str], *, authtoken: str) -> dict[str, str]:
    """What keeper and agent get of `environment`: the way out, and ngrok's token as the only key."""
    return {**way_out(environment), "NGROK_AUTHTOKEN": authtoken}


def way_out(environment: Mapping[str, str]) -> dict[str, str]:
    """What of `environment` leads programs out of this machine, and no key.

    Loopback is taken out of any proxy's reach: pyngrok asks the agent over HTTP and would ask the proxy.
    """
    no_proxy = environment.get("no_proxy") or environment.get("NO_PROXY")
    no_proxy = f"{no_proxy},{_LOOPBACK}" if no_proxy else _LOOPBACK
    return {
        **{name: environment[name] for name in _PASSED_ON if environment.get(name)},
        "no_proxy": no_proxy,
        "NO_PROXY": no_proxy,
    }


class KeeperGone(Exception):
    """The keeper ended and answers nothing any more."""


class Keeper:
    """One running keeper. Ends by itself, agent first, once this process holds it no longer."""

    def __init__(self, environment: Mapping[str, str], *, module: str = _NGROK_KEEPER) -> None:
        """Start `module`: a few milliseconds. OSError if the system cannot."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603  # this program's own module
                    _command(module, theirs.fileno()),
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=dict(environment),
                    start_new_session=True,
                )
        except BaseException:
            ours.close()
            raise
        ours.setblocking(False)
        self._channel = ours
        self._asking = False
        self._gone = asyncio.Event()
        self._killed = False

    async def ask(self, request: Mapping[str, object]) -> dict[str, Any]:
        """Its answer, however long that takes. KeeperGone if it ends first. One question at a time."""
        loop = asyncio.get_running_loop()
        line = b""
        self._asking = True
        try:
            with contextlib.suppress(OSError):
                await loop.sock_sendall(self._channel, json.dumps(request).encode() + b"\n")
            while not line.endswith(b"\n"):
                line += await self._receive()
        finally:
            self._asking = False
            self._release()
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def stop(self) -> None:
        """Have the agent deregister and end, within three seconds; a cancelled stop kills it at once.

        May be called while `ask` waits, which then ends with KeeperGone.
        """
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_WR)
        try:
            async with asyncio.timeout(_STOP_LIMIT_S):
                if self._asking:  # it reads already, and one socket has one reader
                    await self._gone.wait()
                while not self._gone.is_set():
                    await self._receive()
        except (TimeoutError, KeeperGone):
            pass
        finally:
            self.kill()

    def fileno(self) -> int:
        """Our end of its channel: whoever has a copy keeps the agent running."""
        return self._channel.fileno()

    def leave(self) -> None:
        """Let go of it, asking nothing: it ends once nobody else has a copy of the channel either."""
        self._channel.close()
        # It is our child for as long as we live: somebody has to hear of its end.
        threading.Thread(target=self._process.wait, name="the end of a keeper", daemon=True).start()

    def kill(self) -> None:
        """End keeper and agent at once, in whatever state. May be called repeatedly."""
        if self._process.returncode is None:
            # Not reaped yet, so the number is still this group's, even if only the agent is left of it.
            # PermissionError is how macOS says that a group holds nothing but zombies.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_REAP_LIMIT_S)
        self._killed = True
        self._release()

    async def _receive(self) -> bytes:
        """What it sent; KeeperGone once its end is closed, which the kernel does however it ended."""
        try:
            received = await asyncio.get_running_loop().sock_recv(self._channel, 65536)
        except OSError:
            received = b""
        if not received:
            self._gone.set()
            raise KeeperGone
        return received

    def _release(self) -> None:
        # A socket that `ask` still waits for is left open for it: closed, it would never wake the waiter.
        if self._killed and not self._asking:
            self._channel.close()


class KeptTunnel:
    """A tunnel whose agent a keeper holds, once `_keeper` is set."""

    def __init__(self) -> None:
        self._keeper: Keeper | None = None

    async def close(self) -> None:
        """Let the agent deregister and end: two seconds, then it is killed. `open` under way fails."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            await keeper.stop()

    def kill_now(self) -> None:
        """End the agent at once, without a good-bye: for a program that must leave this moment."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.kill()

    def fileno(self) -> int:
        """Of an open tunnel: the descriptor that holds it. A process with a copy holds it as well."""
        if self._keeper is None:
            raise TunnelError("this tunnel is not open")
        return self._keeper.fileno()

    def leave(self) -> None:
        """Let go of an open tunnel that others hold: it ends with the last of them."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.leave()


class AdoptedKeeper:
    """A keeper that another process started, held by a copy of its channel."""

    def __init__(self, descriptor: int) -> None:
        """`descriptor` is ours from now on. OSError if it is no channel."""
        self._channel = socket.socket(fileno=descriptor)
        self._channel.setblocking(False)

    def fileno(self) -> int:
        """As that of `Keeper`."""
        return self._channel.fileno()

    def leave(self) -> None:
        """As that of `Keeper`."""
        self._channel.close()

    async def close(self) -> None:
        """Have the agent deregister and end, for everybody; three seconds at the most. The keeper sees to it
        alone if it takes longer."""
        loop = asyncio.get_running_loop()
        try:
            with contextlib.suppress(OSError, TimeoutError):
                self._channel.shutdown(socket.SHUT_WR)
                async with asyncio.timeout(_STOP_LIMIT_S):
                    while await loop.sock_recv(self._channel, 65536):
                        pass
        finally:
            self._channel.close()


def _command(module: str, channel: int) -> list[str]:
    # -P: no module of the working directory or of this folder may shadow a library.
    return [sys.executable, "-P", "-m", module, str(channel)]
