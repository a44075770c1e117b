"""A disk that hangs delays neither the call nor its end, and the user is told."""

from __future__ import annotations

import asyncio
import signal
import threading
from pathlib import Path

import pytest

from cartesia_call.cli.saving_audio import save_audio
from tests.cli_process import CommandLine

TO = "+12025550143"
TROUBLED = "tests.cli.troubled_program"


async def test_the_file_is_given_up_after_its_limit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the loop goes on meanwhile."""
    release = threading.Event()
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.001)

    counting = asyncio.create_task(count())

    def hang(path: Path, heard: bytes, said: bytes) -> None:
        release.wait()

    await save_audio(tmp_path / "call.wav", b"", b"", limit_s=0.2, write=hang)
    counting.cancel()
    await asyncio.wait({counting})
    release.set()
    assert turns > 20
    assert "call.wav: not within 0.2 s" in capsys.readouterr().err


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), TimeoutError("stale file handle")])
async def test_a_disk_that_refuses_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], error: OSError
) -> None:
    """Also one whose own time-out it was."""

    def refuse(path: Path, heard: bytes, said: bytes) -> None:
        raise error

    await save_audio(tmp_path / "call.wav", b"", b"", write=refuse)
    assert str(error) in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_leaves_while_the_file_is_written(
    run_cli: CommandLine, tmp_path: Path, number: signal.Signals
) -> None:
    """All is over and told by then, and the exit status is the call's."""
    process = run_cli.start(
        *("dial", "--rehearse", TO, "It is down.", "--save-audio", str(tmp_path / "call.wav")),
        env={"TROUBLE": "file-hangs"},
        module=TROUBLED,
    )
    assert process.stdout is not None
    while (line := process.stdout.readline()) != b"hangs\n":
        assert line.startswith(b"REHEARSAL: delivered")
    process.send_signal(number)
    ran = run_cli.wait(process, timeout_s=5)
    assert ran.status == 0
    assert "could not be written" in ran.stderr
    assert "interrupted" in ran.stderr


def test_a_disk_that_hangs_beforehand_delays_no_call(run_cli: CommandLine, tmp_path: Path) -> None:
    """It is tried before anybody is called, for two seconds; the call goes before its recording."""
    process = run_cli.start(
        *("dial", "--rehearse", TO, "It is down.", "--save-audio", str(tmp_path / "call.wav")),
        env={"TROUBLE": "check-hangs"},
        module=TROUBLED,
    )
    ran = run_cli.wait(process, timeout_s=20)
    assert ran.status == 0
    assert "does not answer" in ran.stderr
    assert "delivered" in ran.stdout
