"""The settings of each row of a list: its own columns win."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartesia_call.cli.wording import message_of
from cartesia_call.settings.resolve import resolve
from cartesia_call.wiring.dial_list import RowSettings
from tests.settings.machine import command_line


@pytest.mark.parametrize(
    ("options", "language", "name"),
    [
        ({}, None, "Google.en-US-Neural2-F"),
        ({}, "de", "Google.de-DE-Neural2-G"),
        ({}, "en-GB", "Google.en-GB-Neural2-N"),
        ({}, "hr", None),
        ({"say_voice": "Polly.Amy"}, "en-GB", "Polly.Amy"),
        ({"say_voice": "Polly.Amy"}, "de", "Google.de-DE-Neural2-G"),
        ({"say_voice": "Polly.Amy"}, None, "Polly.Amy"),
    ],
)
def test_a_row_in_another_language_has_a_carriers_voice_for_it(
    options: dict[str, str], language: str | None, name: str | None
) -> None:
    """The one that was named where it speaks that, else the language's own; None where nobody does."""
    settings = resolve(
        command_line(rehearse=True, **options), {}, working_directory=Path.cwd(), needs=frozenset()
    )
    row = RowSettings(settings, message_of).of_columns((None, language, None, None))
    assert (row.say_voice.name if row.say_voice else None) == name
    assert row.language == (language or "en")
