"""Keys that git would commit: whether a file is ignored, and the line that makes it so."""

from __future__ import annotations

import os
import re
import subprocess
from enum import Enum
from pathlib import Path

import click

from cartesia_call.cli import terminal
from cartesia_call.quoting import one_line
from cartesia_call.settings.sources import program_on_path

GIT_LIMIT_S = 10.0
"""A look at a few small files; a network share may take its time."""


class Ignored(Enum):
    """What git thinks of a file: it ignores it, would commit it, or has no say or cannot be asked."""

    YES = "yes"
    NO = "no"
    NOT_ASKED = "not asked"


def ignored(path: Path) -> Ignored:
    """What `git` on PATH says about `path`; it runs no program that the work tree's configuration names."""
    git = program_on_path("git")
    if git is None:
        return Ignored.NOT_ASKED
    # `check-ignore` has no hooks, and asks a monitor of files only if it is let.
    command = (git, "-c", "core.fsmonitor=false", "check-ignore", "--quiet", "--", path.name)
    try:
        asked = subprocess.run(  # noqa: S603  # a program of PATH, and a name
            command,
            cwd=path.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=GIT_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return Ignored.NOT_ASKED
    # 128: no work tree, or one of another user, whose configuration git does not trust (git-check-ignore(1)).
    return {0: Ignored.YES, 1: Ignored.NO}.get(asked.returncode, Ignored.NOT_ASKED)


def offer_to_ignore(path: Path) -> None:
    """Where git would commit the keys in `path`, say so, and offer the line that keeps it from that."""
    if ignored(path) is not Ignored.NO:
        return
    line = "/" + re.sub(r"([\\*?\[])", r"\\\1", path.name)  # patterns stand there (gitignore(5))
    ignore_file = path.parent / ".gitignore"
    terminal.print_aside(f"This git work tree does not ignore {path.name}: the keys may be committed.")
    if not click.confirm(one_line(f"Add the line {line} to {ignore_file}?"), default=True, err=True):
        return
    try:
        _append(ignore_file, line)
    except OSError as error:
        terminal.print_aside(f"{ignore_file} cannot be written: {error.strerror}. Add the line yourself.")
        return
    if ignored(path) is Ignored.NO:
        terminal.print_aside(f"git has {path.name} already; take it out: git rm --cached {path.name}")


def _append(file: Path, line: str) -> None:
    """Add a line of its own. Git follows no link there, and nor do we."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o644)
    with os.fdopen(descriptor, "r+b") as opened:
        content = opened.read()
        start = b"" if not content or content.endswith(b"\n") else b"\n"
        opened.write(start + line.encode() + b"\n")
