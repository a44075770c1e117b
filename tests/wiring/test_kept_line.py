"""A line that is kept up is proven again and again, opened anew when it is dead, and found by others."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from cartesia_call.errors import InputError, TunnelError
from cartesia_call.settings.model import Settings
from cartesia_call.store.line_folder import LineFolder
from cartesia_call.wiring.kept_line import (
    end_kept_line,
    keeper_of_line,
    kept_up,
    look_after,
    state_of_line,
)
from cartesia_call.wiring.tunnel import line_folder
from tests.cli.live_network import reserved_port
from tests.settings.machine import Machine
from tests.sharing.stopped import stopped_process
from tests.wiring.shared_lines import Ngrok, on_it


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    with reserved_port() as port:
        return Machine(tmp_path).resolve(public_url=f"http://127.0.0.1:{port}")


async def test_others_see_it(settings: Settings) -> None:
    """And it is kept up once."""
    assert (await state_of_line(settings)).line is None
    async with kept_up(settings, {}, does="line up") as (_, url):
        state = await state_of_line(settings)
        assert state.line is not None
        assert (state.line.public_url, state.kept_up_by) == (url, os.getpid())
        assert [each.does for each in state.processes] == ["line up"]
        with pytest.raises(InputError, match=f"process {os.getpid()} keeps this line up already"):
            async with kept_up(settings, {}, does="line up"):
                raise AssertionError
    assert keeper_of_line(settings) is None
    assert (await state_of_line(settings)).line is None


async def test_ending_what_nobody_keeps_up(settings: Settings) -> None:
    """Not even a process whose number stands there yet."""
    line_folder(settings).make()
    (line_folder(settings).path / "kept-up.lock").write_text(str(os.getpid()))
    assert await end_kept_line(settings) is None


async def test_a_number_that_another_left_is_nobodys(settings: Settings) -> None:
    """Between the lock and the number a killed one's stands there, which may be another program's by now."""
    folder = line_folder(settings)
    folder.make()
    held = folder.keep_up()
    assert held is not None
    bystander = await asyncio.create_subprocess_exec("sleep", "20")
    with held:
        (folder.path / "kept-up.lock").write_text(str(bystander.pid))
        with pytest.raises(TunnelError, match="did not end within"):
            await end_kept_line(settings, within_s=0.1)
    assert bystander.returncode is None
    bystander.kill()
    await bystander.wait()


async def test_one_that_is_stopped_is_ended_too(settings: Settings) -> None:
    """It is woken for that."""
    line_folder(settings).make()
    with stopped_process(line_folder(settings).path, "0" * 16, keeps_up=True) as process:
        assert await end_kept_line(settings) == process.pid
        assert process.wait(5) == -signal.SIGTERM


async def test_a_disk_that_takes_no_number(settings: Settings) -> None:
    """Others could not find it: it says so, and keeps nothing."""
    folder = line_folder(settings)
    folder.make()
    (folder.path / "kept-up.lock").symlink_to("/dev/full")
    with pytest.raises(TunnelError, match="the public line cannot be kept: "):
        async with kept_up(settings, {}, does="line up"):
            raise AssertionError
    assert not folder.is_kept_up


async def test_a_line_that_nobody_can_share_is_not_kept_up(settings: Settings) -> None:
    """It would be in everybody's way."""
    line_folder(settings).make()
    (line_folder(settings).path / "line.lock").mkdir()
    with pytest.raises(TunnelError, match="the public line cannot be shared: "):
        async with kept_up(settings, {}, does="line up"):
            raise AssertionError


async def test_a_dead_line_is_opened_anew(tmp_path: Path) -> None:
    ngrok = Ngrok(tmp_path)
    told: asyncio.Queue[str] = asyncio.Queue()
    line = ngrok.line(1)
    async with on_it(line) as url:
        looking = asyncio.create_task(look_after(line, url, told.put_nowait, every_s=0.01, within_s=0.5))
        os.kill(ngrok.agent, signal.SIGKILL)
        async with asyncio.timeout(20):
            assert "does not lead here" in await told.get()
            said = await told.get()
        assert said.startswith("the public line is up again: ")
        assert line.offer is not None
        assert said.endswith(line.offer.public_url)
        looking.cancel()
        await asyncio.wait({looking})


def test_a_folder_that_is_missing_has_no_keeper(tmp_path: Path, settings: Settings) -> None:
    assert keeper_of_line(settings) is None
    assert not LineFolder(tmp_path, "none").path.exists()
