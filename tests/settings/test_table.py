"""The table of settings agrees with itself and with what documents it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from cartesia_call.declarations.setting import Setting
from cartesia_call.declarations.trust import Trust
from cartesia_call.settings.call import CALLER_ID
from cartesia_call.settings.credentials import ACCOUNT_SID
from cartesia_call.settings.rehearsal import REHEARSE
from cartesia_call.settings.table import TABLE, known_names
from tests.settings.example import example
from tests.settings.machine import BY_NAME

EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"
_LINE = re.compile(r"(# )?([A-Z_0-9]+)=(.*)")
_NAME = re.compile(r"\b(?:CARTESIA|TWILIO|NGROK|PYNGROK)_[A-Z0-9_]*[A-Z0-9]\b")


def example_lines() -> dict[str, str]:
    """Name to value of every line of `.env.example` that is a setting, commented out or not."""
    matches = (_LINE.fullmatch(line) for line in EXAMPLE.read_text(encoding="utf-8").splitlines())
    return {match[2]: match[3] for match in matches if match is not None}


def test_no_name_means_two_settings() -> None:
    """Options and environment names are unique."""
    names = Counter(name for setting in TABLE for name in (*setting.options, *setting.names))
    assert [name for name, times in names.items() if times > 1] == []


def test_every_setting_can_be_set_and_told() -> None:
    """Each has a name, a sentence of help, and a default that its own parser reads."""
    for setting in TABLE:
        assert setting.names, setting.title
        assert setting.help.endswith("."), setting.title
        if setting.default is not None:
            setting.parse(setting.default)


@pytest.mark.parametrize("setting", [setting for setting in TABLE if setting.secret], ids=lambda s: s.title)
def test_no_secret_can_stand_on_the_command_line(setting: Setting[object]) -> None:
    """Argument lists are visible to every user of the machine."""
    assert setting.options == ()


def test_options_name_their_variable() -> None:
    """Every option reads CARTESIA_CALL_ and its name in capitals; a vendor's name comes in addition."""
    assert BY_NAME["ring_timeout"].names == ("CARTESIA_CALL_RING_TIMEOUT",)
    assert CALLER_ID.names == ("CARTESIA_CALL_FROM", "TWILIO_FROM_NUMBER")
    assert REHEARSE.names == ("CARTESIA_CALL_REHEARSE",)
    assert ACCOUNT_SID.names == ("TWILIO_ACCOUNT_SID",)


def test_example_is_made_from_the_table() -> None:
    """Whatever is declared is explained there, in the same words as in the help."""
    written = EXAMPLE.read_text(encoding="utf-8")
    assert example() == written, "make it anew: python -m tests.settings > .env.example"


def test_example_has_every_setting_and_no_other() -> None:
    """`.env.example` has one line for each setting that an env file may hold, under its documented name."""
    in_files = [setting for setting in TABLE if setting.least_trust < Trust.PROCESS]
    assert set(example_lines()) - {"CARTESIA_CALL_REHEARSE"} == {setting.title for setting in in_files}


def test_example_shows_the_defaults() -> None:
    """A value in `.env.example` is the default."""
    defaults = {setting.title: setting.default for setting in TABLE}
    shown = {name: value for name, value in example_lines().items() if value}
    assert shown == {name: default for name, default in defaults.items() if default and name in shown}
    in_files = {setting.title for setting in TABLE if setting.default and setting.least_trust < Trust.PROCESS}
    assert in_files <= shown.keys()


def test_example_mentions_no_unknown_name() -> None:
    """Every name in the prose of `.env.example` is a setting's."""
    names = known_names()
    mentioned = set(_NAME.findall(EXAMPLE.read_text(encoding="utf-8")))
    assert mentioned <= names.least_trust.keys()
