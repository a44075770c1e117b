"""Which env file is read, and what is said about it."""

from __future__ import annotations

import os
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
    why_untrusted,
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
    for content in (b"TWILIO_REGION=\xff\n", b"DATABASE=\xff\n"):
        (tmp_path / "env").write_bytes(content)
        with pytest.raises(SettingsError, match="not UTF-8 text"):
            read(tmp_path / "env")


def test_somebody_elses_bytes_are_passed_over(tmp_path: Path) -> None:
    """A .env in Latin-1 that sets none of our names is not our business; one that sets them is."""
    here, there = default_env_files(tmp_path / "here", tmp_path / "there")
    written(here, "")
    here.write_bytes(b"CITY=K\xf6ln\n")
    written(there, "TWILIO_REGION=au1\n")
    env_file = first_env_file((here, there), NAMES)
    assert env_file is not None
    assert env_file.path == there
    here.write_bytes(b"CITY=K\xf6ln\nTWILIO_REGION=ie1\n")
    with pytest.raises(SettingsError, match=r"not UTF-8 text \(byte 6\)"):
        first_env_file((here, there), NAMES)


@pytest.mark.parametrize("mode", [0o602, 0o606, 0o666])
def test_found_file_that_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    """Whoever writes PYNGROK_NGROK_PATH or CARTESIA_BASE_URL runs programs and has the keys."""
    path = written(tmp_path / ".env", "PYNGROK_NGROK_PATH=/tmp/evil\n", mode)
    with pytest.raises(SettingsError, match="everybody on this machine may write it") as refusal:
        first_env_file((path,), NAMES)
    assert str(path) in str(refusal.value)
    assert f"chmod 600 {path}" in str(refusal.value.hint)
    assert "--env-file" in str(refusal.value.hint)
    assert len(read(path).warnings) == 2
    assert "may write" in read(path).warnings[1]


def test_file_without_our_names_may_be_anybodys(tmp_path: Path) -> None:
    """It has no effect, so it is passed over and not refused."""
    path = written(tmp_path / ".env", "DATABASE_URL=x\n", 0o666)
    assert first_env_file((path,), NAMES) is None


@pytest.mark.parametrize(
    ("mode", "owner", "reason"),
    [
        (0o100600, 1000, None),
        (0o100644, 1000, None),
        (0o100600, 0, None),
        (0o100600, 1001, "it belongs to another user (number 1001)"),
        (0o100666, 1001, "it belongs to another user (number 1001)"),
        (0o100660, 1000, None),
        (0o100602, 0, "everybody on this machine may write it (mode 0602)"),
    ],
)
def test_who_may_decide_what_a_file_says(mode: int, owner: int, reason: str | None) -> None:
    """We and root; to read it is a smaller matter."""
    assert why_untrusted(mode, owner, own_user=1000) == reason


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_found_file_of_another_user_is_refused(tmp_path: Path) -> None:
    """The descriptor's owner counts, a symbolic link's does not. Named, it is read."""
    target = written(tmp_path / "theirs", "TWILIO_REGION=ie1\n")
    os.chown(target, 12345, 12345)
    path = tmp_path / ".env"
    path.symlink_to(target)
    with pytest.raises(SettingsError, match="belongs to another user"):
        first_env_file((path,), NAMES)
    assert read(path).values == {"TWILIO_REGION": "ie1"}


def test_named_pipe_is_no_env_file(tmp_path: Path) -> None:
    """Found by itself it is passed over without waiting for a writer."""
    os.mkfifo(tmp_path / ".env")
    assert first_env_file((tmp_path / ".env",), NAMES) is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
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
