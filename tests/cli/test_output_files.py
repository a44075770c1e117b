"""Files that the user names: refused before anything is done for them, and whole or not there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from cartesia_call.cli.output_files import check_writable, replacing, write_output
from cartesia_call.errors import InputError


def check(path: Path) -> None:
    check_writable(path, option="-o", what="audio", example="a .wav file")


def write(path: Path, content: bytes) -> None:
    with replacing(path) as file:
        file.write(content)


def test_it_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("older, for everybody")
    path.chmod(0o644)
    write_output(str(path), b"new", what="a report")
    assert (stat.S_IMODE(path.stat().st_mode), path.read_bytes()) == (0o600, b"new")


def test_half_a_file_is_none(tmp_path: Path) -> None:
    """What was there stays, and nothing else is left."""
    path = tmp_path / "page.html"
    path.write_text("older")
    with pytest.raises(TypeError), replacing(path) as file:
        file.writelines([b"new", "no bytes"])  # type: ignore[list-item]
    assert [one.read_text() for one in tmp_path.iterdir()] == ["older"]


def test_what_cannot_be_written_is_said_in_its_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^cannot write a report to .*: Is a directory$"):
        write_output(str(tmp_path), b"new", what="a report")


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """Whoever made it chose a file of ours that was not meant; also one that is not there, or read-only."""
    link, target = tmp_path / "link.wav", tmp_path / "notes"
    target.write_text("mine")
    target.chmod(0o400)
    for target_is_there in (True, False):
        link.symlink_to(target)
        check(link)
        write(link, b"new")
        assert not link.is_symlink()
        assert link.read_bytes() == b"new"
        assert target.exists() is target_is_there
        assert not target_is_there or target.read_text() == "mine"
        link.unlink()
        target.unlink(missing_ok=True)


def test_a_good_place_is_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    check(path)
    assert list(tmp_path.iterdir()) == []
    path.write_text("older")
    check(path)
    assert path.read_text() == "older"


def test_a_bad_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path, reason in [
        (tmp_path / "missing" / "call.wav", "No such file or directory"),
        (tmp_path / "file" / "call.wav", "Not a directory"),
        (tmp_path, "not a file"),
        (Path("/dev/null"), "not a file"),
        (Path("/dev/stdout"), "not a file"),
        (Path("/dev/shm/../call.wav"), "not a file"),
        (tmp_path / ("x" * 300) / "call.wav", "File name too long"),
    ]:
        with pytest.raises(InputError, match=reason) as caught:
            check(path)
        assert str(path) in str(caught.value)
        assert caught.value.hint
