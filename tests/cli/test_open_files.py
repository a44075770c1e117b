"""The limit of open files, met where nobody looked for it."""

from __future__ import annotations

import errno

import pytest

from cartesia_call.cli.open_files import FEWEST, check_open_files, too_many_open_files


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_the_limit_is_named(number: int) -> None:
    """The process's, and the machine's."""
    assert "too many open files: this process may have" in (too_many_open_files(OSError(number, "x")) or "")


@pytest.mark.parametrize("error", [OSError(errno.ENOENT, "x"), OSError("x"), ValueError("x")])
def test_whatever_else_fails_is_something_else(error: Exception) -> None:
    assert too_many_open_files(error) is None


@pytest.mark.parametrize("rehearses", [True, False])
def test_a_usual_machine_has_room(rehearses: bool) -> None:
    """Many more than are needed."""
    assert FEWEST < 64
    check_open_files(rehearses=rehearses)
