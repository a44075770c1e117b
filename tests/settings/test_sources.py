"""Which env file is read, and what is said about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartesia_call.errors import SettingsError
from cartesia_call.settings.sources import (
    EnvFile,
    default_env_files,
    first_env_file,
    process_environment,
    read_named_env_file,
    user_config_directory,
)
from cartesia_call.settings.table import known_names

NAMES = known_names()


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def read(path: Path) -> EnvFile:
    return read_named_env_file(path, NAMES)


def test_first_file_with_a_name_of_ours_wins(tmp_path: Path) -> None:
    """Files are never merged: the second one is not even looked at."""
    here, there = default_env_files(tmp_path / "here", tmp_path / "there")
    written(here, "TWILIO_REGION=ie1\n")
    written(there, "TWILIO_REGION=au1\nCARTESIA_API_KEY=sk_car_fake\n")
    env_file = first_env_file((here, there), NAMES)
    assert env_file is not None
    assert env_file.path == here
    assert env_file.values == {"TWILIO_REGION": "ie1"}


@pytest.mark.parametrize(
    "text", ["DATABASE_URL=postgres://x\n", "CARTESIA_API_KEY=\n", "HTTPS_PROXY=p:1\n", ""]
)
def test_file_without_a_name_of_ours_is_passed_over(tmp_path: Path, text: str) -> None:
    """Another project's .env, an empty value and a proxy alone do not make a file ours."""
    here, there = default_env_files(tmp_path / "here", tmp_path / "there")
    written(here, text)
    written(there, "TWILIO_REGION=au1\n")
    env_file = first_env_file((here, there), NAMES)
    assert env_file is not None
    assert env_file.path == there


def test_parents_are_not_searched(tmp_path: Path) -> None:
    """An env file of the directory above is nobody's."""
    written(tmp_path / ".env", "TWILIO_REGION=ie1\n")
    assert first_env_file(default_env_files(tmp_path / "below", tmp_path / "none"), NAMES) is None


def test_directory_called_env_is_no_env_file(tmp_path: Path) -> None:
    """Some people call their virtual environment .env."""
    (tmp_path / ".env").mkdir()
    assert first_env_file(default_env_files(tmp_path, tmp_path / "none"), NAMES) is None


def test_values_are_literal(tmp_path: Path) -> None:
    """No interpolation, whatever the quotes; comments, `export` and a byte-order mark are known."""
    path = written(
        tmp_path / "env",
        "\ufeff# comment\n"
        "export TWILIO_AUTH_TOKEN=pa$$word${HOME}1\n"
        "CARTESIA_API_KEY='a${HOME}b'\n"
        'NGROK_AUTHTOKEN="c${HOME}d" # comment\r\n',
    )
    assert read(path).values == {
        "TWILIO_AUTH_TOKEN": "pa$$word${HOME}1",
        "CARTESIA_API_KEY": "a${HOME}b",
        "NGROK_AUTHTOKEN": "c${HOME}d",
    }


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    """A file that was named must be there."""
    with pytest.raises(SettingsError, match="there is no such file"):
        read(tmp_path / "env")


def test_unreadable_file_is_an_error(tmp_path: Path) -> None:
    """What cannot be read says so: a directory, and bytes that are not UTF-8."""
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        read(tmp_path)
    (tmp_path / "env").write_bytes(b"TWILIO_REGION=\xff\n")
    with pytest.raises(SettingsError, match="not UTF-8 text"):
        read(tmp_path / "env")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_loose_permissions_warn(tmp_path: Path, mode: int) -> None:
    """Others who could read the keys are worth a warning that says what to do."""
    path = written(tmp_path / "env", "TWILIO_REGION=ie1\n", mode)
    (warning,) = read(path).warnings
    assert warning.startswith("loose permissions")
    assert f"chmod 600 {path}" in warning


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_tight_permissions_are_silent(tmp_path: Path, mode: int) -> None:
    """Nothing is wrong, nothing is said."""
    assert read(written(tmp_path / "env", "TWILIO_REGION=ie1\n", mode)).warnings == ()


def test_unknown_names_of_ours_warn(tmp_path: Path) -> None:
    """A misspelt setting would else be silently without effect; other programs' names are their business."""
    path = written(tmp_path / "env", "CARTESIA_CALL_RNG_TIMEOUT=9s\nDATABASE_URL=x\n")
    (warning,) = read(path).warnings
    assert "did you mean CARTESIA_CALL_RING_TIMEOUT?" in warning


def test_rehearsal_switch_is_ignored_with_a_warning(tmp_path: Path) -> None:
    """A file that lies about must not decide whether telephones ring."""
    env_file = read(written(tmp_path / "env", "CARTESIA_CALL_REHEARSE=1\n"))
    assert env_file.values == {}
    assert "process environment only" in env_file.warnings[0]


def test_odd_lines_warn_by_number(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Lines that set nothing are named without their text, and dotenv's own complaint is not printed."""
    path = written(tmp_path / "env", "TWILIO_REGION=ie1\nhush hush\nNGROK_AUTHTOKEN\nTWILIO_EDGE='open\n")
    env_file = read(path)
    assert env_file.values == {"TWILIO_REGION": "ie1"}
    assert [warning.partition(", ")[2] for warning in env_file.warnings] == [
        "line 2, is not a setting (NAME=value) and was skipped",
        "line 3, is not a setting (NAME=value) and was skipped",
        "line 4, is not a setting (NAME=value) and was skipped",
    ]
    assert capfd.readouterr() == ("", "")


def test_process_environment_is_a_copy() -> None:
    """Nothing that is done with it reaches children."""
    process_environment()["CARTESIA_CALL_LANGUAGE"] = "de"
    assert "CARTESIA_CALL_LANGUAGE" not in process_environment()


def test_user_config_directory_bears_our_name() -> None:
    """`cartesia-call` below whatever the platform uses."""
    assert user_config_directory().name == "cartesia-call"
