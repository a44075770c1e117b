"""Keys with words of one's own, and what makes no sense about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cartesia_call.conversation.parts import ConversationPlan, Part
from tests.settings.machine import KEYS, Machine

NEVER = "never.txt"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_keys_have_words_of_ones_own(machine: Machine) -> None:
    """Repeated on a command line, separated by commas elsewhere; all else is as with --ack."""
    settings = machine.resolve(key=("1=confirmed", "2=cancelled", "#=call-back"))
    assert settings.answering.conversation == ConversationPlan(
        parts=frozenset({Part.MESSAGE, Part.PROMPT, Part.CONFIRMATION}),
        key_words={"1": "confirmed", "2": "cancelled", "#": "call-back"},
        repeats=1,
    )
    environ = {**KEYS, "CARTESIA_CALL_KEY": "1=confirmed, 2=cancelled,#=call-back"}
    assert machine.resolve(environ).answering == settings.answering


@pytest.mark.parametrize(
    ("given", "prompt"),
    [
        ({"key": ("1=confirmed",)}, "Press 1 for confirmed."),
        (
            {"key": ("1=confirmed", "2=call-back", "9=opt-out"), "do_not_call": NEVER},
            "Press 1 for confirmed, 2 for call back, or 9 to get no more calls.",
        ),
        (
            {"ack": "1", "key": ("#=later",), "reject": "0"},
            "Press 1 to confirm, the pound key for later, or 0 to ",
        ),
        ({"key": ("1=acknowledged", "9=rejected")}, "Press 1 to confirm, or 9 to decline."),
        ({"key": ("9=opt-out",), "do_not_call": NEVER}, "Press 9 to get no more calls."),
        ({"key": ("1=ja", "2=nein"), "prompt": "Eins für ja."}, "Eins für ja."),
    ],
)
def test_the_prompt_is_made_of_the_words(machine: Machine, given: dict[str, Any], prompt: str) -> None:
    """Unless the user words it."""
    assert machine.resolve(**given).answering.texts[Part.PROMPT].startswith(prompt)


def test_who_may_only_opt_out_is_neither_asked_again_nor_thanked(machine: Machine) -> None:
    """A reject key that the surroundings name is no answer either, where nothing is to be acknowledged."""
    environ = {**KEYS, "CARTESIA_CALL_REJECT": "8"}
    answering = machine.resolve(environ, key=("9=opt-out",), do_not_call=NEVER).answering
    assert answering.conversation == ConversationPlan(
        parts=frozenset({Part.MESSAGE, Part.PROMPT}), key_words={"9": "opt-out"}, repeats=0
    )


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({"key": ("",)}, ["--key is empty: give it a value, or leave it out"]),
        ({"key": ("1",)}, ["--key: '1' is no key and its word; write such as 1=confirmed"]),
        ({"key": ("*=again",)}, ["--key: '*' always says the message again; write one of 0-9 or #"]),
        (
            {"key": ("12=yes", "3=Yes", "4=busy", "5=a", "5=b")},
            [
                "--key: '12' is not one key of a telephone; write one of 0-9 or #; 'Yes' is no word for a "
                "key; write 1 to 20 of a-z, 0-9 and - between them; busy is how a call ends without a key; "
                "write another word, or rejected; the key '5' has two words; write one"
            ],
        ),
        (
            {"ack": "1", "reject": "2", "key": ("1=yes", "2=no", "9=opt-out")},
            [
                "--reject and --key name the same key '2': write two",
                "--key and --ack name the same key '1': write two",
                "--key: opt-out puts the number into a file; add --do-not-call FILE, which exists",
            ],
        ),
        ({"key": ("9=rejected",)}, ["--key: a key to decline needs one to answer; add --ack KEY"]),
        (
            {"key": ("9=opt-out",), "do_not_call": NEVER, "reject": "8"},
            ["--reject: no key is asked for; add --ack KEY, such as --ack 1"],
        ),
    ],
)
def test_what_makes_no_sense_is_told_at_once(
    machine: Machine, given: dict[str, Any], problems: list[str]
) -> None:
    """All of it, before anything is sent."""
    assert machine.problems(**given) == tuple(problems)


@pytest.mark.parametrize("word", ["a", "1", "a-b", "x" * 20])
def test_short_words_of_plain_letters_are_words(machine: Machine, word: str) -> None:
    assert machine.resolve(key=(f"1={word}",)).answering.conversation.key_words == {"1": word}


@pytest.mark.parametrize(
    "word", ["", "-a", "a-", "ä", "a b", "a=b", "x" * 21, "delivered", "not-acknowledged"]
)
def test_what_a_script_could_not_compare_is_no_word(machine: Machine, word: str) -> None:
    """Nor the name of an outcome that no key has."""
    assert len(machine.problems(key=(f"1={word}",))) == 1


def test_the_file_of_this_command_takes_who_opts_out(machine: Machine) -> None:
    """Before the one that is configured for every command, which may be the administrator's."""
    environ = {**KEYS, "CARTESIA_CALL_DO_NOT_CALL": "/etc/never.txt"}
    assert machine.resolve(environ, do_not_call=NEVER).guard.opt_out_file == Path(NEVER)
    assert machine.resolve(environ).guard.opt_out_file == Path("/etc/never.txt")
    assert machine.resolve().guard.opt_out_file is None
