"""Whoever calls from a directory that others filled runs nothing of theirs, and sends nothing to them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cartesia_call.cli.dial import dial
from cartesia_call.cli.say import say
from cartesia_call.errors import SettingsError
from tests.settings import machine

TO = "+12025550143"
# This process hides them in all that it prints from now on, so that they are like no others.
KEYS = machine.KEYS | {
    name: f"{value}-found" for name, value in machine.KEYS.items() if value.startswith(("fake", "sk_"))
}
KEY_LINES = "".join(f"{name}={value}\n" for name, value in KEYS.items())

pytestmark = pytest.mark.usefixtures("logging_as_it_was")


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory that somebody else filled."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(directory: Path, text: str, mode: int = 0o600) -> Path:
    path = directory / ".env"
    path.write_text(text)
    path.chmod(mode)
    return path


def dry_run(*options: str) -> Result:
    return CliRunner().invoke(dial, ["--dry-run", TO, "Hello", *options])


def test_what_it_may_not_set_ends_before_anything_is_done(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys of the environment stay there, and no file is written where it says."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    victim = directory / "victim"
    put(directory, f"CARTESIA_BASE_URL=http://127.0.0.1:9\nCARTESIA_CALL_SAVE_AUDIO={victim}\n")
    for ended in (dry_run(), CliRunner().invoke(say, ["Hello", "-o", "hello.wav"])):
        assert isinstance(ended.exception, SettingsError)
        (problem,) = ended.exception.problems
        assert "sets CARTESIA_BASE_URL and CARTESIA_CALL_SAVE_AUDIO" in problem
    assert [path.name for path in directory.iterdir()] == [".env"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_strangers_file_stops_no_alert(
    directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said that it was skipped, and the call goes on."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    os.chown(put(directory, "CARTESIA_CALL_DRY_RUN=0\nTWILIO_REGION=mars\n"), 12345, 12345)
    ended = dry_run()
    assert ended.exit_code == 0
    assert "is skipped: it belongs to another user (number 12345)" in capsys.readouterr().err + ended.stderr


def test_the_file_and_what_it_set_are_named_on_request(
    directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By -v, with the names and no value; what the environment sets is not the file's doing."""
    path = put(directory, f"{KEY_LINES}CARTESIA_CALL_LANGUAGE=de\n")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", KEYS["TWILIO_AUTH_TOKEN"])
    ended = dry_run("-v")
    assert ended.exit_code == 0
    told = capsys.readouterr().err + ended.stderr
    names = sorted({*KEYS, "CARTESIA_CALL_LANGUAGE"} - {"TWILIO_AUTH_TOKEN"})
    assert f"the env file {path} sets {', '.join(names)}\n" in told
    assert not any(value in told for name, value in KEYS.items() if name != "TWILIO_FROM_NUMBER")
