"""`contact` prints the caller ID as a card, and needs no key for it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli_process import CommandLine

CALLER_ID = {"TWILIO_FROM_NUMBER": "+12025550100"}


def test_the_card_has_the_caller_id_whole(exec_cli: CommandLine) -> None:
    """Each line ends as RFC 2426 has it, for it becomes a file."""
    ran = exec_cli("contact", "--name", "Acme alerts", env=CALLER_ID)
    assert (ran.status, ran.stderr) == (0, "")
    assert ran.stdout == (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:;Acme alerts;;;\r\nFN:Acme alerts\r\n"
        "TEL;TYPE=WORK,VOICE:+12025550100\r\nEND:VCARD\r\n"
    )


def test_the_card_as_an_object(run_cli: CommandLine) -> None:
    """Another caller ID may be named; the name has a default."""
    ran = run_cli("contact", "--json", "--from", "202 555 0101", "--country", "US", env=CALLER_ID)
    fields = json.loads(ran.stdout)
    assert (ran.status, fields["number"], fields["exit_code"]) == (0, "+12025550101", 0)
    assert "\r\nFN:Alerts\r\nTEL;TYPE=WORK,VOICE:+12025550101\r\n" in fields["card"]


def test_without_a_caller_id_there_is_no_card(run_cli: CommandLine) -> None:
    ran = run_cli("contact")
    assert (ran.status, ran.stdout) == (2, "")
    assert "TWILIO_FROM_NUMBER is missing" in ran.stderr


def test_a_name_that_is_none_is_refused(run_cli: CommandLine) -> None:
    ran = run_cli("contact", "--name", " ", env=CALLER_ID)
    assert (ran.status, ran.stdout) == (2, "")
    assert "is no name for a contact" in ran.stderr


def test_a_card_that_cannot_be_written_is_no_success(run_cli: CommandLine, tmp_path: Path) -> None:
    """It becomes a file, and an empty one looks like a card."""
    with (tmp_path / "acme.vcf").open("w") as card:
        env = {**CALLER_ID, "TROUBLE": "full-disk"}
        process = run_cli.start("contact", env=env, stdout=card.fileno(), module="tests.cli.troubled_program")
        ran = run_cli.wait(process)
    assert ran.status == 2
    assert "the card could not be written" in ran.stderr
