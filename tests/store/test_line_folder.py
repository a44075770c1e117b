"""A line's lock is held by whoever has a copy of its descriptor, and its agent is noted beside it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from cartesia_call.store.line_folder import LineFolder


@pytest.fixture
def folder(tmp_path: Path) -> LineFolder:
    made = LineFolder(tmp_path / "state", "ngrok", "fake-token", None)
    made.make()
    return made


def test_the_folder_is_the_users_alone(folder: LineFolder, tmp_path: Path) -> None:
    """One per line; a second process finds the same."""
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert LineFolder(tmp_path / "state", "ngrok", "fake-token", None).path == folder.path
    assert LineFolder(tmp_path / "state", "ngrok", "fake-token", "").path != folder.path
    assert "fake" not in str(folder.path.relative_to(tmp_path))


def test_a_copy_holds_the_lock(folder: LineFolder) -> None:
    lock = folder.take()
    assert lock is not None
    copy = os.dup(lock)
    os.close(lock)
    assert folder.take() is None
    assert folder.is_in_use
    os.close(copy)
    assert not folder.is_in_use
    again = folder.take()
    assert again is not None
    os.close(again)


def test_a_new_line_takes_the_place_of_a_dead_one(folder: LineFolder) -> None:
    """The old lock is worth nothing then, though it is still held."""
    dead = folder.take()
    assert dead is not None
    assert folder.is_current(dead)
    new = folder.replace()
    assert not folder.is_current(dead)
    assert folder.is_current(new)
    assert folder.take() is None
    os.close(dead)
    assert folder.take() is None
    os.close(new)
    assert [path.name for path in folder.path.iterdir()] == ["line.lock"]


def test_an_agent_is_noted_until_it_is_forgotten(folder: LineFolder) -> None:
    assert folder.noted_agent() is None
    folder.note_agent(4242, "123.5")
    folder.note_agent(4243, "124.5")
    assert folder.noted_agent() == (4243, "124.5")
    folder.forget_agent()
    folder.forget_agent()
    assert folder.noted_agent() is None


def test_where_nothing_can_be_kept_nobody_has_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    nowhere = LineFolder(tmp_path / "file", "own")
    assert not nowhere.is_in_use
    assert not nowhere.is_kept_up


@pytest.mark.parametrize("text", ["", "{}", '["1", "2"]', "[1]", "[" * 5000, "\xff"])
def test_a_note_that_is_none(folder: LineFolder, text: str) -> None:
    (folder.path / "agent.json").write_text(text, encoding="latin-1")
    assert folder.noted_agent() is None


def test_a_note_that_fails_leaves_nothing(folder: LineFolder) -> None:
    (folder.path / "agent.json").mkdir()
    with pytest.raises(IsADirectoryError):
        folder.note_agent(4242, "123.5")
    assert [path.name for path in folder.path.iterdir()] == ["agent.json"]


def test_what_a_killed_process_was_writing_goes(folder: LineFolder) -> None:
    """Not what somebody may be writing at the moment."""
    for name in (".0000000000000000", ".lock-x", ".agent-x"):
        (folder.path / name).touch()
    os.utime(folder.path / ".lock-x", (0, 0))
    folder.make()
    assert sorted(path.name for path in folder.path.iterdir()) == [".0000000000000000", ".agent-x"]
