"""A run that could not clean up after itself leaves nothing all the same."""

from __future__ import annotations

import fcntl
from pathlib import Path

from tests.fleet.sweeper import sweep


def test_the_last_one_takes_everything_with_it(tmp_path: Path) -> None:
    """Not while another process of the run still uses the server."""
    folder, lock = tmp_path / "queue", tmp_path / "queue.lock"
    (folder / "pg").mkdir(parents=True)
    (folder / "pg" / "postmaster.pid").write_text("no process\n")
    with lock.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        sweep(folder, lock)
        assert folder.exists()
    sweep(folder, lock)
    assert list(tmp_path.iterdir()) == []
    sweep(folder, lock)
