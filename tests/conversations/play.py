"""Plays a case, and sees what came of it by the bytes at both ends."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cartesia_call.cli import exit_status
from cartesia_call.speech.utterance import Utterance
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_simulator.carrier.call import SimulatedCall
from tests.calls.rehearsed import Rehearsed, rehearsed
from tests.conversations.case import MESSAGE, Case
from tests.conversations.heard import SILENCE, pieces_of
from tests.conversations.noting import overheard

LIMIT_S = 2000
"""Seconds for one case: a bound against hanging."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What came of a case. `is_as_made`: whatever was said is what the voices had made for it."""

    case: Case
    result: AttemptResult
    exit_status: int
    heard: str
    voicemail: str
    is_as_made: bool
    is_left_up: bool


async def play(case: Case) -> Row:
    """Rehearse `case`."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(
            f"{case.callee},ring:0.3s"
            if case.callee.partition(",")[0] not in _SILENT_CALLEES
            else case.callee,
            *case.faults,
            message=MESSAGE,
            cache="0",
            **case.settings,
        ) as rehearsal,
    ):
        made: dict[str, Utterance] = {}
        result = await rehearsal.run(voices=overheard(rehearsal.line.ports.voices, made))
        parts = _parts(rehearsal, made)
        (call,) = rehearsal.network.carrier.calls.values()
        return Row(
            case=case,
            result=result,
            exit_status=exit_status.of_result(result),
            heard=_named([*_told(call.stream_audio, parts), *_said_by_carrier(call, rehearsal)]),
            voicemail=_named(_told(call.voicemail_audio, parts, came_late=True)),
            is_as_made=_is_as_made(rehearsal, parts),
            is_left_up=not call.is_over,
        )


_SILENT_CALLEES = {"busy", "no-answer", "declines", "blocked", "unreachable"}
"""Those who do not answer."""


def _parts(rehearsal: Rehearsed, made: Mapping[str, Utterance]) -> dict[str, bytes]:
    """The audio that was made of every part, by the part's name."""
    plan = rehearsal.plan
    assert plan.message is not None
    texts = {"message": plan.message, **{part.value: said for part, said in plan.other_texts.items()}}
    utterances = {name: made.get(message.text) for name, message in texts.items()}
    return {
        name: spoken.read(0, spoken.length_bytes)
        for name, spoken in utterances.items()
        if spoken is not None and spoken.is_complete
    }


def _told(audio: bytes, parts: Mapping[str, bytes], *, came_late: bool = False) -> list[str]:
    try:
        return [str(piece) for piece in pieces_of(audio, parts, came_late=came_late)]
    except ValueError as problem:
        return [f"GARBLED: {problem}"]


def _said_by_carrier(call: SimulatedCall, rehearsal: Rehearsed) -> list[str]:
    """What the carrier's own voice said. It is heard behind the stream, if at all."""
    said = []
    for text in call.said_by_carrier:
        spoken = b"".join(rehearsal.network.voice.speak(text, language="en-US")).strip(SILENCE)
        name = "message" if text == MESSAGE else repr(text)
        said.append(f"{name if spoken in call.heard else f'beginning of {name}'} (carrier)")
    return said


def _named(parts: Sequence[str]) -> str:
    return ", ".join(parts)


def _is_as_made(rehearsal: Rehearsed, parts: Mapping[str, bytes]) -> bool:
    """Every part is, byte for byte, what one context of the speech service sent; or no part is."""
    sent = {bytes(context.audio) for context in rehearsal.network.speech.contexts.values()}
    return not sent or all(part in sent for part in parts.values())
