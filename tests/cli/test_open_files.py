"""The limit of open files, met where nobody looked for it."""

from __future__ import annotations

import errno
import subprocess
import sys

import pytest

from cartesia_call.cli.open_files import FEWEST, FEWEST_REHEARSED, check_open_files, too_many_open_files


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_the_limit_is_named(number: int) -> None:
    """The process's, and the machine's."""
    assert "too many open files: this process may have" in (too_many_open_files(OSError(number, "x")) or "")


@pytest.mark.parametrize("error", [OSError(errno.ENOENT, "x"), OSError("x"), ValueError("x")])
def test_whatever_else_fails_is_something_else(error: Exception) -> None:
    assert too_many_open_files(error) is None


def test_a_rehearsal_needs_no_more_than_is_asked_for(clean_environment: dict[str, str]) -> None:
    """With one less than that the reason is told before anything begins."""
    words = [sys.executable, "-m", "cartesia_call", "dial", "--rehearse", "+12025550143", "Hi."]
    told = []
    for limit in (FEWEST_REHEARSED, FEWEST_REHEARSED - 1):
        limited = ["sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh", *words]
        done = subprocess.run(
            limited, env=clean_environment, capture_output=True, text=True, check=False, timeout=60
        )
        told.append((done.returncode, "evidence: mark" in done.stdout, "fault" in done.stderr))
    assert told == [(0, True, False), (2, False, False)]


@pytest.mark.parametrize("rehearses", [True, False])
def test_a_usual_machine_has_room(rehearses: bool) -> None:
    """Many more than are needed."""
    assert FEWEST < 64
    check_open_files(rehearses=rehearses)
