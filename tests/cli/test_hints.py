"""A first word that is no command, and a message without quotes, are told with what to write instead."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from cartesia_call.cli.hints import no_such_command
from cartesia_call.cli.main import COMMANDS, cli


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("dail +12025550143 Hello", "No such command 'dail'. Did you mean 'dial'?"),
        ("Dial", "No such command 'Dial'. Did you mean 'dial'?"),
        ("hang-up CA1", "No such command 'hang-up'. Did you mean 'hangup'?"),
        ("help", "No such command 'help'. Write: cartesia-call --help"),
        ("help batch", "No such command 'help'. Write: cartesia-call batch --help"),
        ("help me", "No such command 'help'. Write: cartesia-call --help"),
        ("+12025550143", 'Name the command before the number: cartesia-call dial NUMBER "MESSAGE"'),
        ("2025550143", 'Name the command before the number: cartesia-call dial NUMBER "MESSAGE"'),
        ("@anna.txt Hello", 'Name the command before the number: cartesia-call dial NUMBER "MESSAGE"'),
        ("sip:anna@example.com", 'Name the command before the number: cartesia-call dial NUMBER "MESSAGE"'),
        ("call +12025550143 Hello", "No such command 'call'. Write: cartesia-call dial"),
        ("version", "No such command 'version'. Write: cartesia-call --version"),
        ("frobnicate", "No such command 'frobnicate'."),
    ],
)
def test_what_is_no_command_has_a_hint(words: str, told: str) -> None:
    assert no_such_command(words.split(), COMMANDS) == told
    ran = CliRunner().invoke(cli, words.split())
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert told in ran.stderr


def test_an_option_before_the_command_has_a_hint() -> None:
    ran = CliRunner().invoke(cli, ["--rehearse", "dial", "+12025550143", "Hello"])
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "Options come after the command: cartesia-call COMMAND --rehearse" in ran.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("dial +12025550143 The database is down", 'quotes: dial NUMBER "The database is down"'),
        ("dial --rehearse +12025550143 It is -q down", 'quotes: dial NUMBER "It is down"'),
        ("say The database is down", 'quotes: say "The database is down"'),
    ],
)
def test_a_message_without_quotes_has_a_hint(words: str, told: str) -> None:
    ran = CliRunner().invoke(cli, words.split())
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert f"The message is several words: put it in {told}" in ran.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("batch people.csv Hello", 'people.csv --message "Hello"'),
        ("batch people.csv Hello {name}", 'people.csv --message "Hello {name}"'),
        ("batch people.csv --message Hello {name}", 'people.csv --message "Hello {name}"'),
    ],
)
def test_a_message_where_a_list_takes_none_has_a_hint(words: str, told: str) -> None:
    ran = CliRunner().invoke(cli, words.split())
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert f"its message is --message, in quotes: {told}" in ran.stderr


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("dial --voicemail ", ["plain,ignore", "plain,skip", "plain,leave"]),
        ("dial --voicemail s", ["plain,skip"]),
        ("dial --region i", ["plain,ie1"]),
        ("dial --file x", ["file,x"]),
        ("batch --do-not-call x", ["file,x"]),
        ("dial --from +", []),
    ],
)
def test_values_and_files_complete(words: str, completed: list[str]) -> None:
    environment = {
        "_CARTESIA_CALL_COMPLETE": "bash_complete",
        "COMP_WORDS": f"cartesia-call {words}",
        "COMP_CWORD": str(len(words.split(" "))),
    }
    ran = CliRunner(env=environment).invoke(cli, prog_name="cartesia-call")
    assert ran.output.split() == completed


def test_the_help_of_dial_ends_with_the_exit_statuses() -> None:
    """All that a `dial` may end with, by what stands in the table of outcomes."""
    _, _, end = CliRunner().invoke(cli, ["dial", "--help"]).output.partition("Exit statuses:\n")
    lines = end.splitlines()
    assert lines[0].split() == ["0", "delivered,", "acknowledged,", "voicemail-left"]
    assert "  31             hangup-unconfirmed" in lines
    assert "19" not in end
    assert lines[-1].strip().endswith("counts as failure.")
