"""Numbers in files: read like those of the command line, and named by file and line where they are none."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from cartesia_call.errors import InputError
from cartesia_call.settings.people_files import MOST_BYTES, callees, one_callee
from tests.settings.machine import Machine

ANNA, BEN = "+12025550143", "+12025550144"


def written(folder: Path, content: bytes | str) -> str:
    path = folder / "on-call"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return f"@{path}"


def numbers_in(entry: str, country: str | None = None) -> list[str]:
    return [callee.e164 for callee in callees(entry, country=country)]


def test_a_number_stands_for_itself() -> None:
    """No file is looked for."""
    assert numbers_in("+1 202 555 0143") == [ANNA]
    assert one_callee("sip:anna@example.com", country=None).e164 == "sip:anna@example.com"


def test_a_file_holds_one_number_a_line(tmp_path: Path) -> None:
    """Comments, empty lines, a byte-order mark and Windows' line ends are passed over."""
    entry = written(tmp_path, f"\ufeff# on call\r\n\r\n{ANNA}   # Anna\r\n(202) 555-0144\r\n")
    assert numbers_in(entry, "US") == [ANNA, BEN]


def test_only_one_is_called_first(tmp_path: Path) -> None:
    """Which of several is not guessed; the way to call them all is told."""
    assert one_callee(written(tmp_path, f"{ANNA}\n"), country=None).e164 == ANNA
    with pytest.raises(InputError, match="on-call holds 2 numbers, and only one is called first") as refused:
        one_callee(written(tmp_path, f"{ANNA}\n{BEN}\n"), country=None)
    assert refused.value.hint is not None
    assert "--then @FILE" in refused.value.hint


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "no number stands in .*/on-call"),
        ("# nobody\n\n", "no number stands in"),
        (f"{ANNA}\nAnna\n", "line 2 of .*/on-call: "),
        ("911\n", "line 1 of .*/on-call: "),
        (b"+1202555\xff", "cannot be read: it is not UTF-8 text"),
        (b"#" * (MOST_BYTES + 1), "cannot be read: it is longer than 100,000 bytes"),
    ],
)
def test_what_is_no_number_is_told_by_file_and_line(tmp_path: Path, content: str | bytes, told: str) -> None:
    """And what to do about it."""
    with pytest.raises(InputError, match=told) as refused:
        callees(written(tmp_path, content), country=None)
    assert refused.value.hint


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Missing, a directory, no name at all."""
    for entry, told in (
        (f"@{tmp_path}/none", "none cannot be read: No such file"),
        (f"@{tmp_path}", "cannot be read: Is a directory"),
        ("@", "@ names no file"),
        ("@a\0b", "there is no such file"),
    ):
        with pytest.raises(InputError, match=told):
            callees(entry, country=None)


def test_another_program_may_write_it(tmp_path: Path) -> None:
    """As in `<(pass show on-call)`: what a shell gives is a pipe."""
    ours, theirs = os.pipe()
    os.write(theirs, f"{ANNA}\n".encode())
    os.close(theirs)
    try:
        assert numbers_in(f"@/dev/fd/{ours}") == [ANNA]
    finally:
        os.close(ours)


def test_the_next_people_may_stand_in_files(tmp_path: Path) -> None:
    """Among numbers, in their order; what cannot be read is left out, with the option's name."""
    machine = Machine(tmp_path)
    entry = written(tmp_path, f"{ANNA}\n{BEN}\n")
    assert stat.S_ISREG(Path(entry[1:]).stat().st_mode)
    settings = machine.resolve(then=("+12025550145", entry))
    assert settings.people.then == ("+12025550145", ANNA, BEN)
    settings = machine.resolve(then=("@/nowhere", ANNA))
    assert settings.people.then == (ANNA,)
    (warning,) = settings.warnings
    assert warning.startswith("--then: the number in /nowhere cannot be read")
    assert warning.endswith("Left out.")
