"""What was checked is what is called: the file as it was when it was opened, wherever it came from."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from cartesia_call.errors import InputError
from tests.cli.lists import opened, write

LIST = "to,name\n+12025550143,Anna\n"


def test_a_file_that_changes_is_called_as_it_was(tmp_path: Path) -> None:
    path = write(tmp_path / "people.csv", LIST)
    with opened(path) as file:
        before = file.digest()
        write(path, "to,name\n+12025550144,Somebody else\n")
        assert [row.to for row in file.rows()] == ["+12025550143"]
        path.unlink()
        assert [row.to for row in file.rows()] == ["+12025550143"]
        assert file.digest() == before


def test_a_list_may_come_from_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=write, args=(path, LIST))
    writer.start()
    with opened(path) as file:
        assert [row.to for row in file.rows()] == ["+12025550143"]
        assert [row.to for row in file.rows()] == ["+12025550143"]
    writer.join()


def test_a_pipe_that_nobody_writes_to_is_waited_for_no_longer_than_asked(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="nothing came from pipe"), opened(tmp_path / "pipe", timeout_s=0.05):
        pass


def test_a_folder_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Is a directory"), opened(tmp_path):
        pass
