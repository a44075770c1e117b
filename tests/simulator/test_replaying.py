"""A recorded carrier, played against the program as it is, comes to what it came to."""

from __future__ import annotations

import json

import pytest

from cartesia_call.cli.replaying import replay, text_like
from cartesia_call.errors import InputError
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.outcomes import Outcome, Voice
from cartesia_call.tracing.lines import Trace, read_trace
from tests.recorded.scenes import FOLDER, SCENES, Scene
from tests.simulator.comparing.mutations import Line, callback, event, set_parameter


def lines_of(name: str) -> list[Line]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text().splitlines()]


def trace_of(lines: list[Line]) -> Trace:
    return read_trace(json.dumps(line) for line in lines)


async def replayed(lines: list[Line]) -> AttemptResult:
    return await replay(trace_of(lines))


def test_every_recorded_trace_has_a_row() -> None:
    assert {path.stem for path in FOLDER.glob("*.jsonl")} == {scene.name for scene in SCENES}


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_a_recorded_call_comes_to_what_it_has_to(scene: Scene) -> None:
    result = await replayed(lines_of(scene.name))
    assert result.outcome is scene.outcome


async def test_it_is_the_recorded_carrier_that_is_played() -> None:
    """A mark half a second early says that the audio was dropped; a SIP code, that they declined."""
    lines = lines_of("tunnel-late")
    event(lines, "mark")["ms"] -= 500
    assert (await replayed(lines)).voice is Voice.CARRIER
    lines = lines_of("declined")
    set_parameter(callback(lines, "no-answer"), "SipResponseCode", "487")
    assert (await replayed(lines)).outcome is Outcome.NO_ANSWER


def test_the_text_is_as_long_as_the_one_that_was_spoken() -> None:
    assert [len(text_like(trace_of(lines_of(name)))) for name in ("acknowledged", "busy")] == [19, 19]
    assert len(text_like(trace_of(lines_of("acknowledged")[:1]))) == 30


async def test_a_trace_without_a_call_is_told_before_anything_is_played() -> None:
    with pytest.raises(InputError, match="no call in this trace"):
        await replayed(lines_of("acknowledged")[:1])


async def test_speech_that_broke_then_breaks_again() -> None:
    assert (await replayed(lines_of("speech-broken"))).voice is Voice.CARRIER


async def test_audio_of_no_possible_length_does_not_end_the_stream() -> None:
    lines = lines_of("acknowledged")
    event(lines, "media", 1)["content"]["media"]["payload"]["audio_bytes"] = 10**20
    event(lines, "media", 2)["content"]["media"]["payload"]["audio_bytes"] = -5
    assert (await replayed(lines)).outcome is Outcome.ACKNOWLEDGED
