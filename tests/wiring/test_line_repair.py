"""A line that only stopped processes have is done without, by one process at a time."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cartesia_call.errors import TunnelError
from cartesia_call.sharing.channel import Folder
from cartesia_call.store.line_folder import LineFolder
from cartesia_call.wiring.line_repair import LineRepair
from tests.sharing.stopped import stopped_process
from tests.wiring.shared_lines import Ngrok, on_it, own_address

NAME, OTHER = "e" * 16, "f" * 16

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="nobody else tells who is stopped")


@contextlib.contextmanager
def stopped_on(line_folder: LineFolder) -> Iterator[Folder]:
    """A line is there, and a stopped process."""
    line_folder.make()
    lock = line_folder.take()
    assert lock is not None
    with contextlib.closing(Folder(line_folder.path)) as folder, stopped_process(folder.path, NAME):
        yield folder
    os.close(lock)


async def test_another_line_takes_its_place(tmp_path: Path) -> None:
    """The agent of the old one ends: it holds the one domain that there may be."""
    ngrok = Ngrok(tmp_path)
    async with on_it(ngrok.line(1)):
        old = ngrok.agent
        repair = LineRepair(ngrok.folder, ngrok.opener)
        mark = ngrok.folder.mark
        with (
            stopped_process(ngrok.folder.path, NAME),
            contextlib.closing(Folder(ngrok.folder.path)) as folder,
        ):
            another = await repair.without_stopped(folder, [NAME], mark, within_s=20)
            assert another is not None
            opened, lock = another
            assert lock is not None
            assert ngrok.folder.is_current(lock)
            assert opened.agent is not None
            assert ngrok.agent == opened.agent.pid != old
            assert await repair.without_stopped(folder, [NAME], mark, within_s=20) is None  # was quicker
            assert opened.tunnel is not None
            await opened.tunnel.close()
            opened.listening.close()
            os.close(lock)
    with pytest.raises(ProcessLookupError):
        os.kill(old, 0)


async def test_one_that_may_answer_yet_is_waited_for(tmp_path: Path) -> None:
    """And a port of one's own is nobody else's as long as a stopped process has it."""
    opener, line_folder = own_address(tmp_path)
    repair = LineRepair(line_folder, opener)
    with stopped_on(line_folder) as folder:
        assert await repair.without_stopped(folder, [NAME, OTHER], line_folder.mark, within_s=1) is None
        with pytest.raises(TunnelError, match=r"which has this machine's public line, is stopped"):
            await repair.without_stopped(folder, [NAME], line_folder.mark, within_s=1)


async def test_one_process_at_a_time_does_so(tmp_path: Path) -> None:
    ngrok = Ngrok(tmp_path)
    with stopped_on(ngrok.folder) as folder:
        repair = LineRepair(ngrok.folder, ngrok.opener)
        another = await repair.begin()
        assert another is not None
        with another:
            assert await repair.without_stopped(folder, [NAME], ngrok.folder.mark, within_s=1) is None
    assert ngrok.folder.noted_agent() is None
