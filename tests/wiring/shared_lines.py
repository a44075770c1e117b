"""Lines in one process, each as another process would have it."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Unpack

from cartesia_call.addresses import NetworkRules
from cartesia_call.sharing.routes import prefix_of
from cartesia_call.store.line_folder import LineFolder
from cartesia_call.vendors.bridge import MediaBridge
from cartesia_call.wiring.line_opening import AgentLine, LineOpener, OwnAddressLine
from cartesia_call.wiring.shared_line import SharedLine
from tests.settings.machine import Machine
from tests.vendors.ngrok_stand_in import Behaviour, write_stand_in_agent

LIMIT_S = 20.0


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def line_of(opener: LineOpener, folder: LineFolder, number: int) -> SharedLine:
    name = f"{number:016x}"
    bridge = MediaBridge(
        bind_host="127.0.0.1", bind_port=0, verifier=None, network=NetworkRules(), prefix=prefix_of(name)
    )
    return SharedLine(
        bridge,
        opener,
        folder,
        name=name,
        does="calls",
        timeout_s=LIMIT_S,
        joining_proof_s=0.5,
    )


@contextlib.asynccontextmanager
async def on_it(line: SharedLine) -> AsyncIterator[str]:
    """The public URL, inside the block."""
    try:
        await line.start(within_s=LIMIT_S)
        yield await line.open(0)
    finally:
        await line.stop()


def own_address(tmp_path: Path) -> tuple[OwnAddressLine, LineFolder]:
    settings = Machine(tmp_path).resolve(public_url=f"http://127.0.0.1:{free_port()}")
    return OwnAddressLine(settings), LineFolder(tmp_path, "own")


class Ngrok:
    """Lines through a stand-in agent that is alone on its domain."""

    def __init__(self, tmp_path: Path, **behaviour: Unpack[Behaviour]) -> None:
        behaviour["exclusive"] = True
        agent = write_stand_in_agent(tmp_path / "agent", **behaviour)
        path = f"{agent.parent}{os.pathsep}{os.environ['PATH']}"
        self.folder = LineFolder(tmp_path, "ngrok")
        self.opener = AgentLine(Machine(tmp_path).resolve(), {"PATH": path}, self.folder)

    def line(self, number: int) -> SharedLine:
        return line_of(self.opener, self.folder, number)

    @property
    def agent(self) -> int:
        noted = self.folder.noted_agent()
        assert noted is not None
        return noted[0]
