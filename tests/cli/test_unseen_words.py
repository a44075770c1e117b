"""What other users of the machine may not see stands in files: `ps` shows command lines to everybody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cartesia_call.cli.dial import dial
from cartesia_call.errors import InputError

NUMBER, OTHER = "+12025550143", "+12025550144"

pytestmark = pytest.mark.usefixtures("logging_as_it_was")


@pytest.fixture
def on_call(tmp_path: Path) -> Path:
    path = tmp_path / "on-call"
    path.write_text(f"{NUMBER}  # Anna\n")
    return path


def dry_run(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(dial, ["--rehearse", "--dry-run", "--json", *arguments], env=env)


def called(done: Result) -> tuple[str, list[str], int]:
    """Who first, who then, and how long the message is."""
    assert done.exception is None, done.exception
    fields = json.loads(done.stdout)
    return fields["to"], fields["then"], fields["characters"]


@pytest.mark.parametrize("in_place_of_to", [True, False])
def test_the_number_may_stand_in_a_file(on_call: Path, in_place_of_to: bool) -> None:
    """As TO, or beside the message, which then is the only word."""
    words = [f"@{on_call}", "Hello"] if in_place_of_to else ["--to-file", str(on_call), "Hello"]
    assert called(dry_run(*words)) == (NUMBER, [], 5)


def test_the_message_may_stand_in_one_too(on_call: Path, tmp_path: Path) -> None:
    """Then nothing private is left on the command line, whoever is next included."""
    (tmp_path / "text").write_text("Hello there")
    (tmp_path / "next").write_text(f"{OTHER}\n")
    done = dry_run(
        "--to-file", str(on_call), "--then", f"@{tmp_path / 'next'}", "--file", str(tmp_path / "text")
    )
    assert called(done) == (NUMBER, [OTHER], 11)


def test_a_number_that_is_given_twice_is_refused(on_call: Path) -> None:
    """Nobody guesses which of them is meant."""
    done = dry_run("--to-file", str(on_call), OTHER, "Hello")
    assert isinstance(done.exception, InputError)
    assert "given twice" in str(done.exception)
    assert json.loads(done.stdout)["to"] == OTHER


def test_the_environment_names_it_for_commands_without_a_number(on_call: Path, tmp_path: Path) -> None:
    """A number on the command line goes before it, and a message alone is never taken for one."""
    env = {"CARTESIA_CALL_TO_FILE": str(on_call)}
    (tmp_path / "text").write_text("Hello")
    assert called(dry_run("--file", str(tmp_path / "text"), env=env)) == (NUMBER, [], 5)
    assert called(dry_run(OTHER, "Hello", env=env)) == (OTHER, [], 5)
    assert isinstance(dry_run("Hello", env=env).exception, InputError)


def test_a_message_is_no_number_in_the_result_of_a_failure(tmp_path: Path) -> None:
    """`to` of the object says where the number was looked for."""
    done = dry_run("--to-file", str(tmp_path / "none"), "A private word")
    assert isinstance(done.exception, InputError)
    assert json.loads(done.stdout)["to"] == f"@{tmp_path / 'none'}"
    assert "private" not in done.stdout
