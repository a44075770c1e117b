"""`completion`: what each shell is to run, and that what it runs completes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cartesia_call.cli.completion import SCRIPTS
from cartesia_call.cli.main import COMMANDS, cli

COMPLETE = "_CARTESIA_CALL_COMPLETE"


@pytest.mark.parametrize("shell", SCRIPTS)
def test_a_script_stands_alone_on_standard_output(shell: str) -> None:
    """To be appended; where to, the other output says."""
    script, file = SCRIPTS[shell]
    ran = CliRunner().invoke(cli, ["completion", shell])
    assert ran.stdout == f"{script}\n"
    assert f"{COMPLETE}=" in ran.stdout
    assert file in ran.stderr


def complete(*words: str, protocol: str = "zsh_complete") -> list[str]:
    """The lines by which click answers a shell, the last of `words` being written."""
    environment = {
        COMPLETE: protocol,
        "COMP_WORDS": " ".join(("cartesia-call", *words)),
        "COMP_CWORD": str(len(words)),
    }
    return CliRunner().invoke(cli, [], prog_name="cartesia-call", env=environment).stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("di",), "dial"),
        (("dial", "--am"), "--amd"),
        (("dial", "--amd", "l"), "local"),
        (("dial", "+12025550143", "it_s", "--fil"), "--file"),
        (("cache", "wa"), "warm"),
    ],
)
def test_three_lines_stand_for_a_word(words: tuple[str, ...], found: str) -> None:
    """What nushell's and elvish's scripts read: type, word and help; no help has lines of its own."""
    lines = complete(*words)
    assert len(lines) % 3 == 0
    assert set(lines[::3]) == {"plain"}
    assert lines[1] == found
    assert all(lines[2::3])


def test_a_file_is_left_to_the_shell() -> None:
    assert complete("dial", "--file", "so")[:2] == ["file", "so"]


def test_commands_complete_with_their_line_in_help() -> None:
    """Nothing is imported for that."""
    lines = complete("")
    assert dict(zip(lines[1::3], lines[2::3], strict=True)) == {
        name: summary for name, (_, _, summary) in COMMANDS.items()
    }


def test_a_real_shell_completes(tmp_path: Path, clean_environment: dict[str, str]) -> None:
    """bash, which is everywhere: the line of the documents, then Tab behind `cartesia-call di`."""
    program = tmp_path / "cartesia-call"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m cartesia_call "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    asked = "COMP_WORDS=(cartesia-call di) COMP_CWORD=1; _cartesia_call_completion cartesia-call"
    ran = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", f"{SCRIPTS['bash'][0]}\n{asked}; echo ${{COMPREPLY[@]}}"],
        env={**clean_environment, "PATH": f"{tmp_path}{os.pathsep}{clean_environment['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout == "dial\n"
