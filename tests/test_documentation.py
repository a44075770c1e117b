"""What the documents say is true: commands exist, examples run, settings are explained."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from cartesia_call.cli.main import COMMANDS
from cartesia_call.settings.table import TABLE
from tests.cli_process import CommandLine

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")

EXAMPLES = re.findall(r"^(cartesia-call dial --rehearse .+?)\s+# exit (\d+)$", README, re.MULTILINE)


def test_the_readme_names_every_command() -> None:
    """A command that nobody can find does not exist."""
    missing = [name for name in COMMANDS if not re.search(rf"`{name}\b|cartesia-call {name}\b", README)]
    assert missing == []


def test_the_readme_names_no_command_that_is_not_there() -> None:
    """In code, after the program's name, stands a command or an option."""
    named = set(re.findall(r"cartesia-call (?!-)([a-z]+)\b", README))
    assert named <= set(COMMANDS)


def test_the_readme_names_no_option_that_is_not_there() -> None:
    """Every --option in the README is one of the table's or of a command's own."""
    options = {side for setting in TABLE for option in setting.options for side in option.split("/")}
    options |= {"--rehearsal", "--install-agent", "--to", "--no-spend", "--help"}
    options |= {
        "--older-than",
        "--max-age",
        "--name",
        "--list",
        "--lists",
        "--long",
        "--other-carrier",
        "--report",
    }
    options |= {"--play", "--limit", "--gender", "--yes", "--label", "--provider", "--global"}
    written = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", README)) - {"--quiet"}
    assert written <= options


@pytest.mark.parametrize(("command", "status"), EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_the_examples_do_what_their_comment_says(run_cli: CommandLine, command: str, status: str) -> None:
    """The README's rehearsals, run as written."""
    _, *arguments = shlex.split(command)
    assert run_cli(*arguments).status == int(status)


def test_the_shown_check_has_the_lines_of_a_real_one(run_cli: CommandLine) -> None:
    """The same lines with the same verdicts; addresses and milliseconds differ from run to run."""
    shown = re.search(r"^\$ cartesia-call (check .+)\n((?:.+\n)+?)```", README, re.MULTILINE)
    assert shown is not None
    ran = run_cli(*shlex.split(shown[1]))
    assert _without_measurements(ran.stdout) == _without_measurements(shown[2])


def _without_measurements(output: str) -> str:
    return re.sub(r":\d{4,5}\b|\d+(\.\d)? m?s\b", "", output)


def test_whoever_asks_for_faults_learns_what_may_follow_a_name(run_cli: CommandLine) -> None:
    """Times, moments and the document that lists them all, wherever --fault is explained."""
    example = (REPOSITORY / ".env.example").read_text(encoding="utf-8")
    for text in (README, example, run_cli("dial", "--help").stdout, run_cli("simulator", "--help").stdout):
        for form in ("@3s", "@ring", "@speech", "docs/faults.md"):
            assert form in text


def test_there_are_examples() -> None:
    """The pattern above still finds them."""
    assert len(EXAMPLES) >= 2


@pytest.mark.parametrize(
    "name", ["LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", ".env.example"]
)
def test_the_usual_documents_are_there(name: str) -> None:
    """And the README or the package names them."""
    assert (REPOSITORY / name).is_file()
