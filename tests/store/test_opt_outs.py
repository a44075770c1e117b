"""Whoever asked not to be called again stands in the user's file, once."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
from pathlib import Path

import pytest

from cartesia_call.clock import SystemClock
from cartesia_call.errors import OptOutNotKept
from cartesia_call.policy.number_list import parse_numbers
from cartesia_call.store.opt_outs import NoOptOuts, OptOutFile, why_not_writable
from tests.full_disk import full_disk

NUMBER, OTHER = "+12025550143", "+12025550199"
LINE = rf"{re.escape(NUMBER)}  # opt-out by key, \d{{4}}-\d\d-\d\d\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "never.txt"


def opt_outs(path: Path) -> OptOutFile:
    return OptOutFile(path, clock=SystemClock())


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        (b"", ""),
        (b"+12025550199\n", "+12025550199\n"),
        (b"+12025550199", "+12025550199\n"),
        (b"+12025550199  # Ben\r\n", "+12025550199  # Ben\r\n"),
        (b"# +12025550143 was here", "# +12025550143 was here\n"),
        (b"\xef\xbb\xbf+12025550199\n", "\ufeff+12025550199\n"),
    ],
)
async def test_the_number_gets_a_line_of_its_own(path: Path, before: bytes, kept: str) -> None:
    """Behind whatever stands there, whether or not that ends its last line; mode and links stay."""
    path.write_bytes(before)
    path.chmod(0o640)
    link = path.with_name("link")
    link.symlink_to(path)
    assert await opt_outs(link).add(NUMBER) == f"the number is on the do-not-call list {link}"
    text = path.read_bytes().decode()
    assert text.startswith(kept)
    assert re.fullmatch(LINE, text.removeprefix(kept))
    assert path.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert NUMBER in parse_numbers(text, name="never.txt", kind="do-not-call", country=None)


@pytest.mark.parametrize("callee", [NUMBER, "sip:anna@example.com"])
async def test_who_stands_there_stays_there_once(path: Path, callee: str) -> None:
    path.write_text(f"{callee} # asked by letter\n", encoding="utf-8")
    assert await opt_outs(path).add(callee) == f"the number was already on the do-not-call list {path}"
    assert path.read_text(encoding="utf-8") == f"{callee} # asked by letter\n"


async def test_any_number_of_calls_at_once_write_each_number_once(path: Path) -> None:
    """A lock belongs to an open file, so these exclude each other as processes do."""
    path.write_text(OTHER, encoding="utf-8")
    numbers = [f"+120255501{n:02}" for n in range(10)] * 4
    told = await asyncio.gather(*(opt_outs(path).add(number) for number in numbers))
    assert sum("was already" in sentence for sentence in told) == 30
    lines = [line.split()[0] for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines[0] == OTHER
    assert sorted(lines[1:]) == sorted(set(numbers))


async def test_a_missing_file_is_not_made(path: Path) -> None:
    """It would not hold the others whom nobody may call."""
    with pytest.raises(OptOutNotKept, match=r"never.txt cannot be written: No such file or directory"):
        await opt_outs(path).add(NUMBER)
    assert not path.exists()
    assert why_not_writable(path) == "No such file or directory"


async def test_a_pipe_keeps_nobodys_number(path: Path) -> None:
    """Whoever wrote the list into it, `--do-not-call <(...)`, would never see the number."""
    os.mkfifo(path)
    with pytest.raises(OptOutNotKept, match="it is no regular file"):
        await opt_outs(path).add(NUMBER)
    assert why_not_writable(path) == "it is no regular file"


async def test_a_file_that_somebody_keeps_locked_is_given_up(path: Path) -> None:
    """Within its time."""
    path.touch()
    with path.open("rb") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        with pytest.raises(OptOutNotKept, match=r"other programs have kept it for 0\.1 s"):
            await OptOutFile(path, clock=SystemClock(), lock_wait_s=0.1).add(NUMBER)


@pytest.mark.parametrize("room_bytes", [0, 5, 20])
async def test_a_number_is_written_whole_or_not_at_all(path: Path, room_bytes: int) -> None:
    """Half of one would be somebody else's, and keep the file from being read."""
    path.write_text(f"{OTHER}\n", encoding="utf-8")
    before = path.read_bytes()
    with full_disk(len(before) + room_bytes), pytest.raises(OptOutNotKept, match="cannot be written"):
        await opt_outs(path).add(NUMBER)
    assert path.read_bytes() == before


async def test_a_rehearsal_puts_nobody_anywhere(path: Path) -> None:
    path.touch()
    assert why_not_writable(path) is None
    told = await NoOptOuts(path).add(NUMBER)
    assert told == f"a live call would put the number on the do-not-call list {path}"
    assert path.read_bytes() == b""
