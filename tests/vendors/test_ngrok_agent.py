"""Finding and installing the agent."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from pyngrok import installer

from cartesia_call.errors import TunnelError
from cartesia_call.vendors.ngrok_agent import NgrokAgent, find_agent, install_agent
from tests.vendors.ngrok_stand_in import write_stand_in_agent

INSTALL = """
import sys
from pyngrok import installer
from cartesia_call.vendors.ngrok_agent import install_agent
for platform in installer.PLATFORMS:
    installer.PLATFORMS[platform] = sys.argv[1]
print(install_agent(), end="")
"""
WRAPPER = "#!/usr/bin/python3\nimport sys\nfrom pyngrok.ngrok import main\nsys.exit(main())\n"


def executable(path: Path, text: str = "#!/bin/sh\n") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def test_the_configured_agent_wins(tmp_path: Path) -> None:
    """PYNGROK_NGROK_PATH is taken before any agent on PATH, whatever its file is called."""
    configured = executable(tmp_path / "elsewhere" / "my-agent")
    executable(tmp_path / "bin" / "ngrok")

    assert find_agent(configured, str(tmp_path / "bin")) == configured


@pytest.mark.parametrize("name", ["missing", ""])
def test_a_configured_agent_must_be_executable(tmp_path: Path, name: str) -> None:
    """A path that leads nowhere, or to a folder, is named; nothing is downloaded in its place."""
    with pytest.raises(TunnelError, match="PYNGROK_NGROK_PATH"):
        find_agent(str(tmp_path / name), None)


def test_pyngroks_wrapper_cannot_be_configured(tmp_path: Path) -> None:
    """It would download an agent when it is started, so it is refused with the reason."""
    wrapper = executable(tmp_path / "venv" / "ngrok", WRAPPER)

    with pytest.raises(TunnelError, match="pyngrok's own script") as caught:
        find_agent(wrapper, None)

    assert caught.value.hint


def test_pyngroks_wrapper_is_no_agent(tmp_path: Path) -> None:
    """pyngrok's own script called `ngrok` is passed over for a real agent further down the path."""
    executable(tmp_path / "venv" / "ngrok", WRAPPER)
    real = executable(tmp_path / "bin" / "ngrok")

    assert find_agent(None, f"{tmp_path / 'venv'}:{tmp_path / 'bin'}") == real


def test_the_installed_agent_comes_last(tmp_path: Path) -> None:
    """Without one on PATH the one that `init` installed is taken."""
    installed = executable(Path(installer.get_default_ngrok_dir()) / "ngrok")

    assert find_agent(None, str(tmp_path)) == installed


def test_without_an_agent_the_hint_says_how_to_get_one(tmp_path: Path) -> None:
    """No agent is an error with a way out, not a download."""
    with pytest.raises(TunnelError) as caught:
        find_agent(None, str(tmp_path))

    assert "cartesia-call check --install-agent" in str(caught.value.hint)


async def test_install_downloads_quietly(tmp_path: Path, clean_environment: dict[str, str]) -> None:
    """The archive goes through a private folder, not the shared one; nothing but our line is printed."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        member = tarfile.TarInfo("ngrok")
        member.size = 10
        tar.addfile(member, io.BytesIO(b"#!/bin/sh\n"))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        content = archive.getvalue()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ngrok.tgz"
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", INSTALL, url),
            env={**clean_environment, "TMPDIR": str(tmp_path)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        stdout, stderr = await program.communicate()

    path = stdout.decode()
    assert stderr == b""
    assert path.startswith(clean_environment["HOME"])
    assert find_agent(path, None) == path
    assert not os.listdir(tmp_path)


def test_a_failed_install_is_a_tunnel_error(clean_environment: dict[str, str]) -> None:
    """Without a network the reason and another way are given, and nothing is printed."""
    code = (
        "from cartesia_call.errors import TunnelError\n"
        "from cartesia_call.vendors.ngrok_agent import install_agent\n"
        "try: install_agent()\n"
        "except TunnelError as error: raise SystemExit(bool(error.hint) and 24)\n"
    )
    environment = {**clean_environment, "https_proxy": "http://127.0.0.1:9"}

    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )

    assert (run.returncode, run.stdout, run.stderr) == (24, "", "")


async def test_the_agent_says_its_version(tmp_path: Path, clean_environment: dict[str, str]) -> None:
    """Its file and its version, as the agent itself prints it."""
    agent = write_stand_in_agent(tmp_path)

    facts = await NgrokAgent(str(agent), clean_environment).inspect()

    assert (facts.path, facts.version) == (str(agent), "3.99.0")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#!/bin/sh\necho hello\n", "did not say"),
        ("#!/bin/sh\nexec sleep 60\n", "did not say within 0.3 s"),
        ("#!/nowhere/at/all\n", "cannot be started"),
    ],
    ids=["no agent", "hangs", "no program"],
)
async def test_a_program_without_a_version_is_no_agent(
    tmp_path: Path, clean_environment: dict[str, str], text: str, reason: str
) -> None:
    """Whatever it is, it is given up in time, ended, and told with a way out."""
    limit_s = 0.3 if "sleep" in text else 30.0
    agent = NgrokAgent(executable(tmp_path / "agent", text), clean_environment, limit_s=limit_s)

    with pytest.raises(TunnelError, match=reason) as caught:
        await agent.inspect()

    assert caught.value.hint


async def test_an_agent_sees_no_credentials(tmp_path: Path, clean_environment: dict[str, str]) -> None:
    """Asked for its version, it gets a search path and a home, and nothing else of the environment."""
    agent = executable(tmp_path / "agent", f"#!/bin/sh\nenv > {tmp_path}/seen\necho version 3.0.0\n")

    await NgrokAgent(agent, {**clean_environment, "NGROK_AUTHTOKEN": "evidently-fake"}).inspect()

    assert "evidently-fake" not in (tmp_path / "seen").read_text()


def test_a_relative_folder_of_path_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names whatever lies in the working directory, such as an agent of an unpacked archive."""
    executable(tmp_path / "archive" / "ngrok")
    executable(tmp_path / "archive" / "bin" / "ngrok")
    own = executable(tmp_path / "own" / "ngrok")
    monkeypatch.chdir(tmp_path / "archive")
    assert find_agent(None, f".::bin:../archive:{own.removesuffix('/ngrok')}") == own


def test_a_relative_home_holds_no_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where `init` puts one is below it, and would be in the working directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, ".")
    folder = Path(installer.get_default_ngrok_dir())
    assert not folder.is_absolute()
    executable(tmp_path / folder / installer.get_ngrok_bin())
    with pytest.raises(TunnelError, match="no ngrok agent was found"):
        find_agent(None, "/nowhere")


def test_without_a_home_nothing_is_installed_into_the_working_directory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """pyngrok's own directory is then as relative as HOME."""
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", "no/home")
    with pytest.raises(TunnelError, match="no home directory") as caught:
        install_agent()
    assert caught.value.hint
    assert list(Path.cwd().iterdir()) == []
