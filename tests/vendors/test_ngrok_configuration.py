"""The file that the agent is started with, and the folders made for it."""

from __future__ import annotations

import os
import re
import socket
import stat
import tempfile
from pathlib import Path

import pytest

from cartesia_call.errors import TunnelError
from cartesia_call.vendors.ngrok import NgrokTunnel
from cartesia_call.vendors.ngrok_configuration import AgentConfiguration
from tests.full_disk import full_disk


def tunnel_configured_in(state_dir: Path, folder: Path) -> NgrokTunnel:
    """Its agent is a file that no machine can execute: opening it prepares everything, then fails."""
    agent = folder / "ngrok"
    agent.write_bytes(b"\x7fELF not really")
    agent.chmod(0o755)
    return NgrokTunnel(
        agent_path=str(agent),
        authtoken="2fakeNgrokToken_0000000000000000",
        domain=None,
        tunnel_timeout_s=20,
        state_dir=state_dir,
        environment={},
    )


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def test_every_folder_made_for_it_is_private(tmp_path: Path) -> None:
    """The folders above it too, where they were missing; one that was there keeps its mode."""
    there = tmp_path / "there"
    there.mkdir()
    there.chmod(0o755)

    with pytest.raises(TunnelError, match="Exec format"):
        await tunnel_configured_in(there / "made" / "state", tmp_path).open(9)

    assert mode_of(there) == 0o755
    assert mode_of(there / "made") == mode_of(there / "made" / "state") == 0o700
    assert mode_of(there / "made" / "state" / "ngrok.yml") == 0o600


@pytest.mark.parametrize("in_the_way", ["", "a", "a/b"])
async def test_where_it_has_no_place_it_gets_a_temporary_one(tmp_path: Path, in_the_way: str) -> None:
    """A file stands where the directory, or one above it, would be made: said, and nothing is left."""
    obstacle = tmp_path / "state" / in_the_way
    obstacle.parent.mkdir(parents=True, exist_ok=True)
    obstacle.write_text("")
    state_dir = tmp_path / "state" / "a" / "b"
    tunnel = tunnel_configured_in(state_dir, tmp_path)
    before = set(Path(tempfile.gettempdir()).iterdir())

    with pytest.raises(TunnelError, match="Exec format"):
        await tunnel.open(9)

    assert obstacle.read_text() == ""
    (warning,) = tunnel.warnings
    assert "temporary directory" in warning
    assert str(state_dir) in warning
    made = set(Path(tempfile.gettempdir()).iterdir()) - before
    assert not [path for path in made if path.name.startswith("cartesia-call-agent-")]


async def test_a_file_that_cannot_be_written_leaves_no_draft(tmp_path: Path) -> None:
    """A folder that stands in its place is all that is there afterwards."""
    (tmp_path / "state" / "ngrok.yml" / "in the way").mkdir(parents=True)

    tunnel = tunnel_configured_in(tmp_path / "state", tmp_path)
    with pytest.raises(TunnelError, match="Exec format"):
        await tunnel.open(9)

    assert "Is a directory" in tunnel.warnings[0]

    assert names_in(tmp_path / "state") == ["ngrok.yml"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
async def test_the_agent_obeys_no_file_in_anothers_directory(tmp_path: Path) -> None:
    """Its owner could exchange the configuration; the agent gets a temporary directory."""
    state_dir = tmp_path / "cartesia-call"
    state_dir.mkdir()
    os.chown(state_dir, 12345, 12345)
    tunnel = tunnel_configured_in(state_dir, tmp_path)

    with pytest.raises(TunnelError, match="Exec format"):
        await tunnel.open(9)

    assert names_in(state_dir) == []
    (warning,) = tunnel.warnings
    assert f"{state_dir} belongs to another user" in warning


# --- while the disk takes nothing


def configuration(state_dir: Path, *passing_places: Path) -> AgentConfiguration:
    return AgentConfiguration(state_dir, passing_places=passing_places, choose_port=None)


def test_on_a_full_disk_the_last_calls_file_serves(tmp_path: Path) -> None:
    """It says the same, and its port is free: no other place is needed, and nothing is to be said."""
    last = configuration(tmp_path / "state").write()
    now = configuration(tmp_path / "state", tmp_path)
    with full_disk():
        assert now.write() == last
    assert (now.temporary, now.warnings) == (None, ())
    assert names_in(tmp_path / "state") == ["ngrok.yml"]


def test_the_last_calls_file_does_not_serve_with_a_port_that_is_taken(tmp_path: Path) -> None:
    """By an agent of another call, most likely: then another place is needed."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        now = AgentConfiguration(tmp_path / "state", passing_places=(), choose_port=lambda: port)
        now.write()
        with full_disk(), pytest.raises(OSError, match="File too large"):
            now.write()


@pytest.mark.parametrize("spoilt", ["others may write it", "a link", "another text", "not text", "no port"])
def test_a_file_that_is_not_as_we_write_it_does_not_serve(tmp_path: Path, spoilt: str) -> None:
    """The agent does as its file says."""
    now = configuration(tmp_path / "state", tmp_path)
    file = Path(now.write())
    text = file.read_text()
    if spoilt == "others may write it":
        file.chmod(0o666)
    elif spoilt == "a link":
        file.rename(tmp_path / "elsewhere")
        file.symlink_to(tmp_path / "elsewhere")
    elif spoilt == "another text":
        file.write_text(f"{text}authtoken: somebody-elses\n")
    elif spoilt == "not text":
        file.write_bytes(b"\xff" + text.encode())
    else:
        file.write_text(re.sub(r":\d+$", ":99999", text, flags=re.MULTILINE))
    with full_disk(), pytest.raises(OSError, match="File too large"):
        now.write()
    assert not list(tmp_path.glob("cartesia-call-agent-*"))


def test_the_first_place_that_takes_it_serves(tmp_path: Path) -> None:
    """In a private directory that is gone with the agent; what was tried before it holds nothing of ours."""
    (tmp_path / "state").write_text("a file in the way")
    (tmp_path / "place").mkdir()
    now = configuration(tmp_path / "state", tmp_path / "missing", tmp_path / "place", tmp_path)

    path = Path(now.write())

    assert (path.parent, path.parent.parent) == (now.temporary, tmp_path / "place")
    assert (mode_of(path), mode_of(path.parent)) == (0o600, 0o700)
    assert Path(now.write()).parent == now.temporary  # with another port, for the same agent
    now.remove_temporary()
    assert sorted(names_in(tmp_path)) == ["place", "state"]
    assert names_in(tmp_path / "place") == []
