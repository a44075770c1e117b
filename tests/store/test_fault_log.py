"""The file of tracebacks: for its owner alone, of bounded size, shared by processes."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from cartesia_call.store.fault_log import FILE_NAME, MAX_ENTRY_CHARACTERS, MAX_FILE_BYTES, append_fault


def test_entries_follow_each_other(tmp_path: Path) -> None:
    """In a file of mode 0600, in a directory of mode 0700, whatever the process's mask is."""
    folder = tmp_path / "state"
    mask = os.umask(0)
    try:
        append_fault(folder, "one\ntwo")
        (folder / FILE_NAME).chmod(0o644)
        append_fault(folder, "three")
    finally:
        os.umask(mask)
    assert (folder / FILE_NAME).read_text() == "one\ntwo\n\nthree\n\n"
    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_its_size_is_bounded(tmp_path: Path) -> None:
    """The latest entries and the ones before them are kept."""
    for number in range(100):
        append_fault(tmp_path, f"entry {number} " + "x" * 20_000)
    files = {path.name: path for path in tmp_path.iterdir()}
    assert files.keys() == {FILE_NAME, f"{FILE_NAME}.1"}
    assert all(path.stat().st_size <= MAX_FILE_BYTES for path in files.values())
    assert "entry 99 " in files[FILE_NAME].read_text()
    both = "".join(path.read_text() for path in files.values())
    assert "entry 88 " in both


def test_a_long_entry_loses_its_middle(tmp_path: Path) -> None:
    """How it began and what it came to are what helps; what is no text is written as an escape."""
    append_fault(tmp_path, "begin \udc80" + "x" * 10 * MAX_ENTRY_CHARACTERS + "end")
    text = (tmp_path / FILE_NAME).read_text()
    assert len(text) < MAX_ENTRY_CHARACTERS + 100
    assert text.startswith("begin ")
    assert text.endswith("end\n\n")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """Nobody else's file is written to."""
    (tmp_path / "other").write_text("")
    (tmp_path / FILE_NAME).symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="symbolic links"):
        append_fault(tmp_path, "one")
    assert (tmp_path / "other").read_text() == ""


def test_many_at_once_are_whole(tmp_path: Path) -> None:
    """No entry is mixed with another one."""
    threads = [threading.Thread(target=append_fault, args=(tmp_path, f"{n:02d}" * 2_000)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = (tmp_path / FILE_NAME).read_text().split("\n\n")[:-1]
    assert sorted(entries) == [f"{n:02d}" * 2_000 for n in range(20)]
