"""A key, pressed at any moment of a call: never lost, and confirmed at once.

Every tenth of a second: `tests.conversation.test_keys`, without the network.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from cartesia_call.audio.mulaw import BYTES_PER_S
from cartesia_call.mediastream.playing import TAIL_MS
from cartesia_call.telephony.outcomes import Outcome
from tests.calls.rehearsed import rehearsed
from tests.calls.side_by_side import play_all

LIMIT_S = 4000
CONFIRMED_WITHIN_S = 0.1
STEP_S = 0.3
"""Less than each of message, prompt and wait takes."""
SECOND_KEY_STEP_S = 0.1

MESSAGE, PROMPT, CONFIRMATION = "Fire!", "Press 1.", "Thanks."
OPTIONS = {"ack": "1", "ack_timeout": "1.5s", "repeat": "1", "prompt": PROMPT, "confirmation": CONFIRMATION}
ACK_TIMEOUT_S = 1.5
CALLEE = "answers,ring:0.1s"
KEY_AT_S = 0.5
"""When the key is pressed behind whose confirmation others are."""


@dataclass(frozen=True, kw_only=True)
class Pressed:
    """What came of a key; `confirmed_after_s` by the bytes that the callee heard, None if they heard none."""

    at_s: float
    come_to: tuple[Outcome | None, str | None, bool | None]
    confirmed_after_s: float | None

    @property
    def is_confirmed_at_once(self) -> bool:
        return self.confirmed_after_s is not None and 0 <= self.confirmed_after_s <= CONFIRMED_WITHIN_S


def steps(until_s: float, step_s: float, *, after_s: float = 0.0) -> list[float]:
    """Every `step_s` behind `after_s`, up to `until_s`."""
    return [round(after_s + n * step_s, 3) for n in range(1, int((until_s - after_s) / step_s + 1e-6) + 1)]


async def call_s() -> float:
    """How long a call lasts in which nobody presses anything, from the answer on: by what is said in it."""
    async with rehearsed(CALLEE, message=MESSAGE, **OPTIONS) as rehearsal:
        result = await rehearsal.run()
        assert result.outcome is Outcome.NOT_ACKNOWLEDGED
        speak = rehearsal.network.voice.speak
        said_bytes = sum(len(b"".join(speak(text, language="en"))) for text in (MESSAGE, PROMPT))
        return 2 * (said_bytes / BYTES_PER_S + 2 * TAIL_MS / 1000 + ACK_TIMEOUT_S)


async def pressed(key_at_s: float) -> Pressed:
    """Press the key then."""
    callee = f"{CALLEE},presses:1@{key_at_s}s"
    async with rehearsed(callee, message=MESSAGE, **OPTIONS) as rehearsal:
        result = await rehearsal.run()
        spoken = b"".join(rehearsal.network.voice.speak(CONFIRMATION, language="en")).strip(b"\xff")
        heard_from = rehearsal.simulated.heard.find(spoken)
        return Pressed(
            at_s=key_at_s,
            come_to=(result.outcome, result.digits, result.acknowledged),
            confirmed_after_s=heard_from / BYTES_PER_S - key_at_s if heard_from >= 0 else None,
        )


async def digits_with_second_key(key_at_s: float) -> tuple[float, Outcome | None, str | None]:
    """What becomes of a key that is pressed behind the one that acknowledges."""
    callee = f"{CALLEE},presses:1@{KEY_AT_S}s,presses:5@{key_at_s}s"
    async with rehearsed(callee, message=MESSAGE, **OPTIONS) as rehearsal:
        result = await rehearsal.run()
        return key_at_s, result.outcome, result.digits


@pytest.mark.long
async def test_a_key_at_any_moment_is_never_lost_and_confirmed_at_once() -> None:
    """In message, tail, prompt and wait, twice over: 0 `acknowledged`, and the confirmation begins within
    100 ms of the key, measured in what the callee heard."""
    async with asyncio.timeout(LIMIT_S):
        moments_s = steps(await call_s(), STEP_S)
        assert len(moments_s) >= 16
        keys = await play_all(pressed, moments_s)
    acknowledged = (Outcome.ACKNOWLEDGED, "1", True)
    assert not [key for key in keys if key.come_to != acknowledged or not key.is_confirmed_at_once]


async def test_keys_behind_the_one_that_decides_are_kept() -> None:
    """Every 100 ms of the confirmation and its tail: the outcome stays, and `digits` has both keys."""
    moments_s = steps(KEY_AT_S + 0.9, SECOND_KEY_STEP_S, after_s=KEY_AT_S)
    async with asyncio.timeout(LIMIT_S):
        found = await play_all(digits_with_second_key, moments_s)
    assert found == [(at_s, Outcome.ACKNOWLEDGED, "15") for at_s in moments_s]


async def test_a_key_counts_as_long_as_the_line_is_up() -> None:
    """Also while we hang up already, which may take a while: outcome and `acknowledged` agree."""
    callee = f"{CALLEE},presses:1@7s"
    options = {**OPTIONS, "repeat": "0"}
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(callee, "hangup-500@6s", message=MESSAGE, **options) as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.digits, result.acknowledged) == ("1", True)
        assert result.outcome is Outcome.ACKNOWLEDGED
