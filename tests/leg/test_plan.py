"""A plan is data: printed, stored and read back it is the same plan, and holds nothing that is none."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cartesia_call.cli.live_line import NoDisplay
from cartesia_call.clock import SystemClock
from cartesia_call.leg.plan import CallPlan
from cartesia_call.policy.guard import GUARD
from cartesia_call.settings.resolve import resolve
from cartesia_call.speech.message_text import MessageText
from cartesia_call.wiring.line import open_line
from cartesia_call.wiring.plan import build_plan
from tests.leg.given import MESSAGE
from tests.settings.machine import command_line

EVERYTHING = {
    "ack": "1",
    "reject": "9",
    "repeat": "2",
    "identify": "Acme alerts.",
    "voicemail": "leave",
    "voicemail_message": "Call us. <break time='1s'/> Please.",
    "amd": "both",
    "max_duration": "5m",
    "speed": "1.2",
    "emotion": "calm",
    "record_callee": True,
    "save_audio": "call.wav",
    "no_probe": True,
}


async def plan_of(text: MessageText, **options: object) -> CallPlan:
    """As `dial` makes it in a rehearsal, with the guard of a live call."""
    given = command_line(rehearse=True, **options)
    settings = resolve(given, {}, working_directory=Path.cwd(), needs=frozenset())
    async with open_line(settings, {}, clock=SystemClock(), observer=NoDisplay()) as line:
        plan = build_plan(settings, line, attempt_id="1", to="+12025550143", text=text)
        return dataclasses.replace(plan, guard=GUARD)


def stored(plan: CallPlan) -> str:
    """As JSON, by the names of the fields. What JSON does not know: a length of time and a set."""
    return json.dumps(
        dataclasses.asdict(plan),
        default=lambda value: value.total_seconds() if isinstance(value, timedelta) else sorted(value),
    )


def read(kind: Any, value: Any) -> Any:
    """`value`, read from JSON, as the declared type of a field."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:
        return None if value is None else read(inner[0], value)
    if origin in {tuple, frozenset}:
        return origin(read(inner[0], each) for each in value)
    if origin is Mapping:
        return {read(inner[0], key): read(inner[1], each) for key, each in value.items()}
    if dataclasses.is_dataclass(kind):
        kinds = typing.get_type_hints(kind)
        return typing.cast(Any, kind)(**{name: read(kinds[name], each) for name, each in value.items()})
    return timedelta(seconds=value) if kind is timedelta else kind(value)


@pytest.mark.parametrize("options", [{}, EVERYTHING, {"fallback": "none"}])
async def test_a_plan_is_the_same_when_it_comes_back(options: dict[str, object]) -> None:
    """With all that can be wished for, and with nothing."""
    plan = await plan_of(MessageText.whole(MESSAGE), **options)
    assert read(CallPlan, json.loads(stored(plan))) == plan


async def test_what_is_printed_is_all_there_is() -> None:
    """No field is an object at some address: no closure, no stream, no lock."""
    plan = await plan_of(MessageText.whole(MESSAGE), **EVERYTHING)
    assert " at 0x" not in repr(plan)
    assert f"message={MESSAGE!r}" in repr(plan)


async def test_a_message_that_is_being_written_is_no_data() -> None:
    """The plan says so, and nobody can begin without its writer."""
    text = MessageText()
    text.feed("One. ")
    plan = await plan_of(text)
    assert plan.message is None
    assert plan.message_text(text) is text
    with pytest.raises(ValueError, match="being written"):
        plan.message_text()
