"""Where files live, and that nobody else can look into it."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from cartesia_call.homes import NO_HOME
from cartesia_call.settings.sources import user_config_directory
from cartesia_call.store.directories import (
    directories,
    ledger_directory,
    next_best_directories,
    passing_places,
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
    """In the runtime directory, then one named for the user where everybody has one: in memory, which is a
    disk of its own, and where temporary files go."""
    first, *others = next_best_directories()
    assert first == Path(os.environ["XDG_RUNTIME_DIR"]) / "cartesia-call"
    assert others == [
        Path(place) / f"cartesia-call-{os.geteuid()}" for place in ("/dev/shm", tempfile.gettempdir())
    ]
    assert not first.exists()
    assert passing_places() == (first.parent, *(place.parent for place in others))


@pytest.mark.parametrize("home", [None, "", "not/absolute"])
def test_a_machine_that_knows_no_home_has_directories_that_take_nothing(
    monkeypatch: pytest.MonkeyPatch, home: str | None
) -> None:
    """No HOME, and a user number without a name: as if the home were missing, not a fault of ours."""
    for name in ("HOME", *(name for name in os.environ if name.startswith("XDG_"))):
        monkeypatch.delenv(name)
    if home is not None:
        monkeypatch.setenv("HOME", home)
    monkeypatch.setitem(sys.modules, "pwd", None)  # so `import pwd` fails: nobody can be looked up
    found = directories(rehearsal=False)
    assert {found.state, found.data, found.cache} == {NO_HOME / "cartesia-call"}
    assert user_config_directory() == NO_HOME / "cartesia-call"
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere")
    assert directories(rehearsal=True).state == Path("/somewhere/cartesia-call/rehearsal")


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


def test_other_carriers_have_a_ledger_of_their_own() -> None:
    """Not the one that the guard of real numbers counts, nor the rehearsals'; also where a disk is full."""
    live = ledger_directory(rehearsal=False)
    assert live == directories(rehearsal=False).state
    assert ledger_directory(rehearsal=False, other_carrier=True) == live / "other-carrier"
    assert ledger_directory(rehearsal=True, other_carrier=True) == directories(rehearsal=True).state
    assert set(next_best_directories()).isdisjoint(next_best_directories(other_carrier=True))
