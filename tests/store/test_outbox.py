"""What a database did not take is kept on this machine until it does."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from cartesia_call.errors import LedgerError
from cartesia_call.store.outbox import DATABASE_NAME, Outbox


async def test_what_is_kept_outlives_the_process_and_is_dropped_once(folder: Path) -> None:
    """In the order in which it came; the newest word on a matter counts; other databases' stays theirs."""
    outbox = Outbox(folder, place="db/calls")
    await outbox.keep("a", "placed", "CA1")
    await outbox.keep("b", "closed", "{}")
    await outbox.keep("a", "closed", "old")
    await outbox.keep("a", "closed", "new")
    await Outbox(folder, place="db/others").keep("c", "placed", "CA2")
    again = Outbox(folder, place="db/calls")
    assert await again.kept() == [("a", "placed", "CA1"), ("b", "closed", "{}"), ("a", "closed", "new")]
    await again.drop("a", "placed")
    assert [(id, kind) for id, kind, _ in await outbox.kept()] == [("b", "closed"), ("a", "closed")]


async def test_nothing_is_made_by_a_look(folder: Path) -> None:
    assert await Outbox(folder, place="db").kept() == []
    assert not folder.exists()


async def test_the_file_is_private(folder: Path) -> None:
    """Numbers stand in it."""
    await Outbox(folder, place="db").keep("a", "placed", "CA1")
    assert stat.S_IMODE((folder / DATABASE_NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_a_disk_that_takes_nothing_is_a_ledger_error(tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("")
    with pytest.raises(LedgerError, match="cannot be used"):
        await Outbox(tmp_path / "a-file", place="db").keep("a", "placed", "CA1")
