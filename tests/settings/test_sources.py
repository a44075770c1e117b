"""Which env file is read, and what is said about it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cartesia_call.declarations.trust import Trust
from cartesia_call.errors import SettingsError
from cartesia_call.settings.env_file import EnvFile
from cartesia_call.settings.sources import (
    LARGEST_FILE_BYTES,
    EnvFiles,
    default_env_files,
    find_env_file,
    process_environment,
    program_on_path,
    read_named_env_file,
    user_config_directory,
)
from cartesia_call.settings.table import known_names

NAMES = known_names()

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def read(path: Path) -> EnvFile:
    return read_named_env_file(path, NAMES)


def found(here: Path, there: Path | None = None) -> EnvFiles:
    return find_env_file(here, there or here.with_name("nowhere"), NAMES)


def test_first_file_with_a_name_of_ours_wins(tmp_path: Path) -> None:
    """Files are never merged: the second one is not even looked at."""
    here, there = default_env_files(tmp_path / "here", tmp_path / "there")
    written(here, "TWILIO_REGION=ie1\n")
    written(there, "TWILIO_REGION=au1\nCARTESIA_API_KEY=sk_car_fake\n")
    env_file = found(here, there).env_file
    assert env_file is not None
    assert (env_file.path, env_file.trust) == (here, Trust.FOUND)
    assert env_file.values == {"TWILIO_REGION": "ie1"}


@pytest.mark.parametrize(
    ("text", "is_passed_over"),
    [
        ("DATABASE_URL=postgres://x\n", False),
        ("CARTESIA_API_KEY=\n", False),
        ("HTTPS_PROXY=p:1\n", True),
        ("", False),
        ("TWILIO_ACCOUNT_SID=AC\nTWILIO_AUTH_TOKEN=fake\nDATABASE_URL=x\n", True),
    ],
)
def test_file_without_a_name_of_ours_is_passed_over(tmp_path: Path, text: str, is_passed_over: bool) -> None:
    """Another project's .env, an empty value, a proxy or Twilio's two names alone do not make a file ours."""
    here, there = default_env_files(tmp_path / "here", tmp_path / "there")
    written(here, text)
    remarks = (f"{here} sets nothing but what other programs set too",) if is_passed_over else ()
    assert found(here, there) == EnvFiles(env_file=None, remarks=remarks)
    written(there, "TWILIO_REGION=au1\n")
    env_file = found(here, there).env_file
    assert env_file is not None
    assert (env_file.path, env_file.trust) == (there, Trust.OWN)


@pytest.mark.parametrize("text", ["TWILIO_ACCOUNT_SID=AC\n", "HTTPS_PROXY=p:1\n"])
def test_any_name_makes_the_users_own_file_ours(tmp_path: Path, text: str) -> None:
    """It bears our name, so no other program wrote it."""
    here, there = default_env_files(tmp_path / "here", tmp_path / "there")
    written(there, text)
    env_file = found(here, there).env_file
    assert env_file is not None
    assert env_file.values


def test_the_users_own_file_is_not_merely_found(tmp_path: Path) -> None:
    """Whoever works in the configuration directory, or links to the file there, finds what they wrote."""
    there = written(tmp_path / "there" / ".env", "CARTESIA_CALL_ACK=1\n")
    link = tmp_path / ".env"
    link.symlink_to(there)
    for here in (there, link):
        env_file = found(here, there).env_file
        assert env_file is not None
        assert (env_file.path, env_file.trust, env_file.problems) == (there, Trust.OWN, ())


def test_a_relative_configuration_directory_is_found_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XDG_CONFIG_HOME=. would else make a stranger's file the user's own."""
    written(tmp_path / "cartesia-call" / ".env", "CARTESIA_API_KEY=fake\nCARTESIA_CALL_ACK=1\n")
    monkeypatch.chdir(tmp_path)
    env_file = found(tmp_path / ".env", Path("cartesia-call/.env")).env_file
    assert env_file is not None
    assert env_file.trust is Trust.FOUND
    assert "sets CARTESIA_CALL_ACK" in env_file.problems[0]


def test_parents_are_not_searched(tmp_path: Path) -> None:
    """An env file of the directory above is nobody's."""
    written(tmp_path / ".env", "TWILIO_REGION=ie1\n")
    assert found(*default_env_files(tmp_path / "below", tmp_path / "none")) == EnvFiles(env_file=None)


def test_directory_called_env_is_no_env_file(tmp_path: Path) -> None:
    """Some people call their virtual environment .env."""
    (tmp_path / ".env").mkdir()
    assert found(tmp_path / ".env") == EnvFiles(env_file=None)


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
    env_file = found(here, there).env_file
    assert env_file is not None
    assert env_file.path == there
    here.write_bytes(b"CITY=K\xf6ln\nTWILIO_REGION=ie1\n")
    with pytest.raises(SettingsError, match=r"not UTF-8 text \(byte 6\)"):
        found(here, there)


@pytest.mark.parametrize("mode", [0o602, 0o606, 0o666])
def test_found_file_that_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    """Whoever writes CARTESIA_BASE_URL has the keys. No stranger can have put it there, so it is an error."""
    path = written(tmp_path / ".env", "PYNGROK_NGROK_PATH=/tmp/evil\n", mode)
    with pytest.raises(SettingsError, match="everybody on this machine may write it") as refusal:
        found(path)
    with pytest.raises(SettingsError, match="everybody on this machine may write it"):
        found(tmp_path / "none", path)
    assert str(path) in str(refusal.value)
    assert f"chmod 600 {path}" in str(refusal.value.hint)
    assert "--env-file" in str(refusal.value.hint)
    assert len(read(path).warnings) == 2
    assert "may write" in read(path).warnings[1]
    assert read(path).trust is Trust.NAMED


def test_file_without_our_names_may_be_anybodys(tmp_path: Path) -> None:
    """It has no effect, so it is passed over and not refused."""
    path = written(tmp_path / ".env", "DATABASE_URL=x\n", 0o666)
    assert found(path) == EnvFiles(env_file=None)


@only_root
def test_strangers_file_is_skipped_with_a_warning(tmp_path: Path) -> None:
    """Else anybody could stop a job that runs in /tmp. The next place holds; named, it is read."""
    here = written(tmp_path / "here" / ".env", "TWILIO_REGION=ie1\n")
    there = written(tmp_path / "there" / ".env", "TWILIO_REGION=au1\n")
    os.chown(here, 12345, 12345)
    files = found(here, there)
    assert files.env_file is not None
    assert files.env_file.path == there
    (warning,) = files.warnings
    assert warning.startswith(f"the env file {here} is skipped: it belongs to another user (number 12345)")
    assert (read(here).values, read(here).trust) == ({"TWILIO_REGION": "ie1"}, Trust.NAMED)


@only_root
@pytest.mark.parametrize("content", [b"TWILIO_REGION=ie1\n" * LARGEST_FILE_BYTES, b"TWILIO_REGION=\xff\n"])
def test_nothing_in_a_strangers_file_stops_the_program(tmp_path: Path, content: bytes) -> None:
    """Neither its length nor what it says, and without a name of ours it is not spoken of."""
    path = tmp_path / ".env"
    for text, warnings in ((content, 1), (content.replace(b"TWILIO", b"TWIXIO"), 0)):
        path.write_bytes(text)
        os.chown(path, 12345, 12345)
        files = found(path)
        assert (files.env_file, len(files.warnings)) == (None, warnings)


def test_file_that_is_too_large_is_skipped(tmp_path: Path) -> None:
    """An archive may hold one of any size."""
    path = written(tmp_path / ".env", "TWILIO_REGION=ie1\n" + "#" * LARGEST_FILE_BYTES)
    (warning,) = found(path).warnings
    assert "larger than 64 KiB" in warning
    assert found(written(path, "#" * 2 * LARGEST_FILE_BYTES)) == EnvFiles(env_file=None)


@only_root
def test_a_link_counts_by_its_own_owner(tmp_path: Path) -> None:
    """A stranger's leads to a file of ours that was never meant to be read here; ours leads to theirs."""
    target = written(tmp_path / "other", "TWILIO_REGION=ie1\n")
    path, between = tmp_path / ".env", tmp_path / "between"
    between.symlink_to(target)
    path.symlink_to(between)
    assert found(path).env_file is not None
    for whose in (path, between):
        os.lchown(whose, 12345, 12345)
        files = found(path)
        assert files.env_file is None
        assert "the link to it belongs to another user (number 12345)" in files.warnings[0]
        assert read(path).trust is Trust.NAMED
        os.lchown(whose, 0, 0)
    os.chown(target, 12345, 12345)
    assert "it belongs to another user" in found(path).warnings[0]


@only_root
def test_a_strangers_link_in_a_circle_is_passed_over(tmp_path: Path) -> None:
    """Of our own it is a mistake to be told."""
    path = tmp_path / ".env"
    path.symlink_to(path)
    with pytest.raises(SettingsError, match="cannot be read"):
        found(path)
    os.lchown(path, 12345, 12345)
    assert found(path) == EnvFiles(env_file=None)


@only_root
def test_file_that_a_shared_group_may_write_is_refused(tmp_path: Path) -> None:
    """Unless the group is the user's own, which some systems make for each user."""
    path = written(tmp_path / ".env", "TWILIO_REGION=ie1\n", 0o660)
    assert found(path).env_file is not None
    os.chown(path, 0, 12345)
    with pytest.raises(SettingsError, match=r"the group number 12345 may write it \(mode 0660\)"):
        found(path)
    assert read(path).trust is Trust.NAMED


def test_named_pipe_is_no_env_file(tmp_path: Path) -> None:
    """Found by itself it is passed over without waiting for a writer."""
    os.mkfifo(tmp_path / ".env")
    assert found(tmp_path / ".env") == EnvFiles(env_file=None)


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


def test_odd_lines_are_refused_by_number(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Lines that set nothing are named without their text, and dotenv's own complaint is not printed."""
    path = written(tmp_path / "env", "TWILIO_REGION=ie1\nhush hush\nNGROK_AUTHTOKEN\nTWILIO_EDGE='open\n")
    env_file = read(path)
    assert env_file.values == {"TWILIO_REGION": "ie1"}
    assert [problem.partition(", ")[2] for problem in env_file.problems] == [
        "line 2, is not a setting (NAME=value)",
        "line 3, is not a setting (NAME=value)",
        "line 4, is not a setting (NAME=value)",
    ]
    assert capfd.readouterr() == ("", "")


def test_process_environment_is_a_copy() -> None:
    """Nothing that is done with it reaches children."""
    process_environment()["CARTESIA_CALL_LANGUAGE"] = "de"
    assert "CARTESIA_CALL_LANGUAGE" not in process_environment()


def test_programs_are_looked_for_in_absolute_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative folder of PATH is whatever the working directory holds."""
    program = written(tmp_path / "player", "#!/bin/sh\n", 0o700)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".::")
    assert program_on_path("player") is None
    monkeypatch.setenv("PATH", f".:{tmp_path}")
    assert program_on_path("player") == str(program)


def test_user_config_directory_bears_our_name() -> None:
    """`cartesia-call` below whatever the platform uses."""
    assert user_config_directory().name == "cartesia-call"


@pytest.mark.parametrize(
    ("mode", "place", "warns"),
    [(0o440, "here", False), (0o400, "here", False), (0o440, "elsewhere", True), (0o460, "here", True)],
)
def test_a_credential_of_systemd_is_read_by_an_acl(
    tmp_path: Path, mode: int, place: str, warns: bool
) -> None:
    """Which the mode shows as the group's right; only in the service's own directory, and only to read."""
    path = tmp_path / "here" / "cartesia-call.env"
    path.parent.mkdir()
    path.write_text("TWILIO_FROM_NUMBER=+12025550100\n", encoding="utf-8")
    path.chmod(mode)
    read = read_named_env_file(path, NAMES, credentials=str(tmp_path / place))
    assert any("loose permissions" in warning for warning in read.warnings) == warns
