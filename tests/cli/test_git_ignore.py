"""Keys that git would commit are told of, and a line keeps it from that."""

from __future__ import annotations

import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from cartesia_call.cli.git_ignore import Ignored, ignored, offer_to_ignore
from cartesia_call.settings.sources import program_on_path


def git(tree: Path, *arguments: str) -> None:
    program = program_on_path("git")
    assert program is not None
    subprocess.run([program, "-C", str(tree), *arguments], check=True, capture_output=True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    (tmp_path / ".env").write_text("CARTESIA_API_KEY=fake\n")
    return tmp_path


def offered(path: Path, answer: str = "y\n") -> Result:
    @click.command()
    def offer() -> None:
        offer_to_ignore(path)

    return CliRunner().invoke(offer, input=answer, catch_exceptions=False)


def test_what_git_ignores_is_not_spoken_of(tree: Path) -> None:
    """By whichever file says so."""
    assert ignored(tree / ".env") is Ignored.NO
    (tree / ".git" / "info" / "exclude").write_text("*.env\n")
    assert ignored(tree / ".env") is Ignored.YES
    assert offered(tree / ".env").output == ""


def test_outside_a_work_tree_there_is_nothing_to_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor where there is no git, or only one that lies in the working directory."""
    assert ignored(tmp_path / ".env") is Ignored.NOT_ASKED
    tool = tmp_path / "git"
    tool.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    tool.chmod(0o700)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".::relative")
    assert offered(tmp_path / ".env").output == ""
    assert not (tmp_path / "ran").exists()


def test_the_work_tree_has_no_program_run(tree: Path) -> None:
    """An unpacked archive may bring its own .git, with a monitor of files that git would start."""
    monitor = tree / "monitor"
    monitor.write_text(f"#!/bin/sh\ntouch {tree}/ran\n")
    monitor.chmod(0o700)
    git(tree, "add", "monitor")
    git(tree, "config", "core.fsmonitor", str(monitor))
    assert ignored(tree / ".env") is Ignored.NO
    assert not (tree / "ran").exists()


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, "/.env\n"), ("*.pyc\n", "*.pyc\n/.env\n"), ("*.pyc", "*.pyc\n/.env\n")],
)
def test_the_line_is_added_to_the_others(tree: Path, before: str | None, after: str) -> None:
    """In the file beside it, which is made if it is missing."""
    if before is not None:
        (tree / ".gitignore").write_text(before)
    assert "work tree does not ignore .env" in offered(tree / ".env").output
    assert (tree / ".gitignore").read_text() == after
    assert ignored(tree / ".env") is Ignored.YES


def test_a_name_with_signs_of_patterns_is_meant_as_it_is(tree: Path) -> None:
    """And no other file is."""
    odd = tree / "my [1]*.env"
    odd.write_text("CARTESIA_API_KEY=fake\n")
    offered(odd)
    assert (ignored(odd), ignored(tree / "my 1.env")) == (Ignored.YES, Ignored.NO)


def test_without_a_yes_nothing_is_written(tree: Path) -> None:
    """It was said, and that is all."""
    assert "work tree does not ignore .env" in offered(tree / ".env", "n\n").output
    assert not (tree / ".gitignore").exists()


def test_no_link_is_followed(tree: Path) -> None:
    """Git does not read such a file, and what it leads to is something else."""
    target = tree / "notes"
    target.write_text("mine\n")
    (tree / ".gitignore").symlink_to(target)
    assert "cannot be written" in offered(tree / ".env").output
    assert target.read_text() == "mine\n"


def test_a_file_that_git_has_already_is_named(tree: Path) -> None:
    """No line helps against that."""
    git(tree, "add", ".env")
    assert "git rm --cached .env" in offered(tree / ".env").output
