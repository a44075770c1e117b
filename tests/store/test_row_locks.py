"""A row's lock file: who holds it owns the row, whoever asks sees the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartesia_call.store.row_locks import RowLocks


def test_a_row_is_owned_from_take_to_release(tmp_path: Path) -> None:
    """Another object, as another process, sees the row taken until it is released; then no file is left."""
    owner, other = RowLocks(tmp_path / "rows"), RowLocks(tmp_path / "rows")
    owner.take("a")
    assert not other.is_free("a")
    assert not owner.is_free("a")
    owner.release("a")
    assert other.is_free("a")
    assert list((tmp_path / "rows").iterdir()) == []


def test_releasing_what_is_not_ours_does_nothing(tmp_path: Path) -> None:
    owner, other = RowLocks(tmp_path), RowLocks(tmp_path)
    owner.take("a")
    other.release("a")
    assert not other.is_free("a")
    owner.release("a")


def test_a_file_that_nobody_locks_is_abandoned(tmp_path: Path) -> None:
    """It is ours inside the block, also against somebody else who clears up; a living row never is."""
    owner, other = RowLocks(tmp_path), RowLocks(tmp_path)
    owner.take("living")
    (tmp_path / "dead.lock").touch()
    with owner.abandoned() as mine, other.abandoned() as theirs:
        assert (mine, theirs) == (["dead"], [])
        assert not other.is_free("dead")
        owner.remove("dead")
    assert other.is_free("dead")
    assert [path.name for path in tmp_path.iterdir()] == ["living.lock"]
    owner.release("living")


def test_a_directory_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "rows").write_text("")
    with pytest.raises(OSError, match="rows"):
        RowLocks(tmp_path / "rows").take("a")


def test_the_own_rows_are_known_without_trying_their_locks(tmp_path: Path) -> None:
    """A long list asks for each of its calls who left what."""
    locks, others = RowLocks(tmp_path), RowLocks(tmp_path)
    for id in ("own", "lost"):
        locks.take(id)
    others.take("another-process")
    locks.path("lost").unlink()
    locks.path("left").touch()
    assert locks.own() == {"own"}
    with locks.abandoned() as ids:
        assert ids == ["left"]
    others.release("another-process")
