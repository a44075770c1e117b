"""The settings of each row of a list: its own columns win, for who speaks, how, and when it is called."""

from __future__ import annotations

import dataclasses
from datetime import time
from pathlib import Path

import pytest

from cartesia_call.cli.wording import message_of
from cartesia_call.policy.number_list import NumberLists
from cartesia_call.policy.withheld import Rule
from cartesia_call.settings.resolve import resolve
from cartesia_call.wiring.dial_list import RowPlans, RowSettings
from tests.calls.listed import listed, row
from tests.cli.lists import row_settings, settings_of
from tests.settings.machine import command_line

VOICE = "11111111-2222-4333-8444-555555555555"
NOBODY = NumberLists(do_not_call={}, allow={})


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
    own = RowSettings(settings, message_of).of_columns((None, language, None, None))
    assert (own.say_voice.name if own.say_voice else None) == name
    assert own.language == (language or "en")


async def test_a_row_has_a_voice_and_a_language_of_its_own() -> None:
    """At Cartesia and, for the carrier's voice behind the stream, at the carrier."""
    plain, own = row(1, "Guten Tag."), row(2, "Guten Tag.", voice="Anna", language="de")
    async with listed([plain, own]) as calls:
        plans = RowPlans(row_settings(settings_of(rehearse=True)), calls.line, NOBODY, {"Anna": VOICE})
        first, second = plans.plan_for(plain, 1), plans.plan_for(own, 1)
    assert (first.voicing.voice_id, first.voicing.language) == (calls.line.voice_id, "en")
    assert (second.voicing.voice_id, second.voicing.language) == (VOICE, "de")
    assert [plan.say_voice and plan.say_voice.language for plan in (first, second)] == ["en", "de"]


async def test_a_row_has_hours_of_its_own() -> None:
    """Its time zone for the window of all, and a time after which it is not called."""
    plain = row(1, timezone="UTC")
    late = dataclasses.replace(plain, number=2, not_after=time(0, 0))
    nowhere = dataclasses.replace(plain, number=3, to="sip:x@example.com", timezone=None)
    async with listed([plain]) as calls:
        settings = settings_of(rehearse=True, window="00:00-23:59")
        plans = RowPlans(row_settings(settings), calls.line, NOBODY, {})
        found = {one.number: plans.withholds(one) for one in (plain, late, nowhere)}
    assert found[1] is None or found[1].rule is Rule.WINDOW
    assert found[2] is not None
    assert found[2].rule is Rule.NOT_AFTER
    assert found[3] is not None
    assert "time zone" in found[3].detail
