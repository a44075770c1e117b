"""Where files live, and that nobody else can look into it."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

from cartesia_call.store.directories import (
    directories,
    next_best_directories,
    private_directory,
    refuse_foreign,
)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_directories_are_the_users_and_named_for_the_program() -> None:
    """State, data and cache are absolute, in the program's own folders, and not made by asking."""
    live = directories(rehearsal=False)
    for path in (live.state, live.data, live.cache):
        assert path.is_absolute()
        assert "cartesia-call" in path.parts
        assert not path.exists()


def test_the_next_best_directories_are_the_users_own_too() -> None:
    """In the runtime directory, then one named for the user where everybody has one."""
    first, last = next_best_directories()
    assert first == Path(os.environ["XDG_RUNTIME_DIR"]) / "cartesia-call"
    assert last == Path(tempfile.gettempdir()) / f"cartesia-call-{os.geteuid()}"
    assert not first.exists()


def test_rehearsals_share_no_directory_with_live_calls() -> None:
    live, rehearsal = directories(rehearsal=False), directories(rehearsal=True)
    assert rehearsal.state == live.state / "rehearsal"
    assert rehearsal.data == live.data / "rehearsal"
    assert rehearsal.cache == live.cache / "rehearsal"


def test_what_is_made_is_private_under_any_umask(tmp_path: Path) -> None:
    """Everything that had to be made has mode 0700, what was there above it keeps its own."""
    tmp_path.chmod(0o755)
    before = os.umask(0)
    try:
        made = private_directory(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert made == tmp_path / "a" / "b"
    assert [mode_of(path) for path in (made, made.parent, tmp_path)] == [0o700, 0o700, 0o755]


def test_a_directory_open_to_others_is_closed_to_them(tmp_path: Path) -> None:
    """The owner's own bits stay: a read-only directory is not made writable."""
    for found, left in ((0o755, 0o700), (0o550, 0o500)):
        tmp_path.chmod(found)
        private_directory(tmp_path)
        assert mode_of(tmp_path) == left
    tmp_path.chmod(0o700)


def test_a_relative_directory_is_refused() -> None:
    """It would put our files into the working directory."""
    with pytest.raises(OSError, match="not an absolute path"):
        private_directory(Path("state"))
    assert not Path("state").exists()


def test_a_file_in_the_way_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OSError, match="file"):
            private_directory(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_another_users_directory_is_refused(tmp_path: Path) -> None:
    """Whoever owns it may exchange what we keep there. Nothing is made or changed in it."""
    foreign = tmp_path / "cartesia-call"
    foreign.mkdir(mode=0o755)
    os.chown(foreign, 12345, 12345)
    for path in (foreign, foreign / "rehearsal"):
        for refuse in (private_directory, refuse_foreign):
            with pytest.raises(PermissionError, match=f"{foreign} belongs to another user"):
                refuse(path)
    assert mode_of(foreign) == 0o755
    assert list(foreign.iterdir()) == []
