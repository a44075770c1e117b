"""What is said of what was written, and what is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cartesia_call.cli.wording import check_length, message_of, sentence_reader
from cartesia_call.errors import InputError
from cartesia_call.settings.model import Settings
from tests.cli_process import CommandLine
from tests.settings.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def said(written: str, settings: Settings) -> str:
    return message_of(written, settings).text


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "CRIT: GET /?q=break in A7X"),
        ({"tags": "1"}, "CRIT: GET /?q=break in <spell>A7X</spell>"),
        ({"read_as": "alert"}, "critical: GET /?q is break in A 7 X"),
        ({"read_as": "alert", "tags": "1"}, "critical: GET /?q is break in <spell>A7X</spell>"),
    ],
)
def test_tags_are_obeyed_with_the_option_only(machine: Machine, given: dict[str, Any], text: str) -> None:
    """In either manner of reading; what is no tag is words."""
    assert said("CRIT: GET /?q=<break/> in <spell>A7X</spell>", machine.resolve(**given)) == text


def test_what_becomes_of_tags_is_told(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    """With the option of those that are words or cut, without it of those that are left out."""
    written = '<break/> <break time="1s"/> <break time="1m"/> <break time="99s"/>'
    said(f"A {written}", machine.resolve())
    left_out = capsys.readouterr().err.splitlines()
    assert [line.split(" at ")[1] for line in left_out] == [
        "character 12: it is left out; --tags has tags obeyed",
        "character 50: it is left out; --tags has tags obeyed",
    ]
    said(f"A {written}", machine.resolve(tags="1"))
    told = capsys.readouterr().err.splitlines()
    assert [line.split(" at ")[1][:40] for line in told] == [
        "character 3: it is read as words: it tak",
        "character 31: it is read as words: '1m' ",
        "character 50: it is cut to 10 seconds",
    ]


@pytest.mark.parametrize("written", ['&lt;break time="9s"/&gt; x', '<bre<b></b>ak time="9s"/> x'])
def test_no_tag_arises_where_other_markup_goes(machine: Machine, written: str) -> None:
    """A stranger may know how texts are read."""
    assert "<" not in said(written, machine.resolve(read_as="alert"))


def test_spellings_of_ours_stay(machine: Machine) -> None:
    """And no others."""
    settings = machine.resolve(read_as="alert", spells="1")
    assert said("0x1f <spell>now</spell>", settings) == "<spell>0x1f</spell> now"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (">", "greater than sign"),
        ("> > >", "greater than sign"),
        ("***", "asterisk"),
        ("!?", "exclamation mark, question mark"),
        ("\N{EM DASH} |", "em dash, vertical line"),
        ("\N{FIRE}\ufe0f", "fire"),
        ("\ufe0f", "variation selector 16"),
    ],
)
@pytest.mark.parametrize("read_as", ["plain", "alert"])
def test_a_text_of_signs_is_their_names(machine: Machine, written: str, words: str, read_as: str) -> None:
    """Voices pass over them, and a call in which nothing is heard would count as delivered."""
    assert said(written, machine.resolve(read_as=read_as)) == words


def test_signs_that_reading_leaves_out_of_a_part_stay(machine: Machine) -> None:
    """There are words around them."""
    assert sentence_reader(machine.resolve(), print)("-- \n") == "-- \n"


def test_a_text_of_nothing_is_refused(machine: Machine) -> None:
    with pytest.raises(InputError, match="nothing in it that a voice could say"):
        said("\u200b", machine.resolve())


def test_sentences_are_read_one_by_one_and_told_of_once(machine: Machine) -> None:
    """Their white space stays."""
    told: list[str] = []
    read = sentence_reader(machine.resolve(), told.append)
    assert read('One <break time="1s"/> two. ') == "One two. "
    assert read("<spell>Three</spell>.\n") == "Three.\n"
    assert read('<break time="1s"/>\n') == "\n"
    assert len(told) == 1


def test_a_text_that_the_limit_cuts_is_told_of(machine: Machine) -> None:
    """Ten minutes, unless the command line itself says otherwise."""
    short, long = "All is well. " * 100, "All is well. " * 1000
    assert check_length(short, machine.resolve()) == []
    (warning,) = check_length(long, machine.resolve())
    assert "takes at least 650s to say, and the call ends after 10m" in warning
    assert check_length(long, machine.resolve(max_duration="2m")) == []
    assert check_length(long, machine.resolve(max_duration="none")) == []
    assert check_length('<break time="10s"/>' * 61 + "x", machine.resolve())


def test_say_obeys_tags_and_dial_with_the_option(run_cli: CommandLine) -> None:
    """Whoever has a text said to themselves wrote it."""
    text = 'A <break time="1s"/> b'
    for command, printed in (
        (("say",), text),
        (("dial", "+12025550143"), "A b"),
        (("dial", "+12025550143", "--tags"), text),
    ):
        ran = run_cli(*command, text, "--rehearse", "--print")
        assert (ran.status, ran.stdout) == (0, f"{printed}\n")
