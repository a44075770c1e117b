"""A key, pressed at any moment of a call: never lost, and confirmed at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from cartesia_call.audio.mulaw import BYTES_PER_S
from cartesia_call.telephony.outcomes import Outcome
from tests.calls.rehearsed import rehearsed

LIMIT_S = 100
TIME_SCALE = 3
AT_A_TIME = 4
"""Rehearsals mostly wait; more of them at a time make each other later than a confirmation may be."""

CONFIRMED_WITHIN_S = 0.1
STEP_S = 0.1

MESSAGE, PROMPT, CONFIRMATION = "Fire!", "Press 1.", "Thanks."
OPTIONS = {"ack": "1", "ack_timeout": "1s", "repeat": "1", "prompt": PROMPT, "confirmation": CONFIRMATION}
CALLEE = "answers,ring:0.1s"
END_MARGIN_S = 0.8
"""An unanswered call of a busy machine may be so much shorter than the one that was measured."""

KEY_AT_S = 0.5
"""When the key is pressed behind whose confirmation others are."""


def steps(until_s: float, *, after_s: float = 0.0) -> list[float]:
    """Every 100 ms behind `after_s`, up to `until_s`."""
    return [round(after_s + n * STEP_S, 3) for n in range(1, int((until_s - after_s) / STEP_S + 1e-6) + 1)]


async def call_s() -> float:
    """How long a call lasts in which nobody presses anything, from the answer on."""
    async with rehearsed(CALLEE, message=MESSAGE, time_scale=10, **OPTIONS) as rehearsal:
        result = await rehearsal.run()
        assert result.outcome is Outcome.NOT_ACKNOWLEDGED
        return len(rehearsal.simulated.heard) / BYTES_PER_S


async def confirmed_after_s(key_at_s: float) -> float:
    """Press the key then; how much later the confirmation is to be heard, by the bytes that are."""
    callee = f"{CALLEE},presses:1@{key_at_s}s"
    async with rehearsed(callee, message=MESSAGE, time_scale=TIME_SCALE, **OPTIONS) as rehearsal:
        result = await rehearsal.run()
        come_to = (result.outcome, result.digits, result.acknowledged)
        assert come_to == (Outcome.ACKNOWLEDGED, "1", True), f"pressed at {key_at_s} s: {result}"
        spoken = b"".join(rehearsal.network.voice.speak(CONFIRMATION, language="en")).strip(b"\xff")
        heard_from = rehearsal.simulated.heard.find(spoken)
        assert heard_from >= 0, f"pressed at {key_at_s} s: the confirmation was not heard"
        return heard_from / BYTES_PER_S - key_at_s


async def digits_with_second_key(key_at_s: float) -> tuple[Outcome | None, str]:
    """What becomes of a key that is pressed behind the one that acknowledges."""
    callee = f"{CALLEE},presses:1@{KEY_AT_S}s,presses:5@{key_at_s}s"
    async with rehearsed(callee, message=MESSAGE, time_scale=TIME_SCALE, **OPTIONS) as rehearsal:
        result = await rehearsal.run()
        return result.outcome, result.digits


async def all_of(moments_s: Sequence[float], at_a_time: int = AT_A_TIME) -> dict[float, float]:
    """`confirmed_after_s` of each moment."""
    places = asyncio.Semaphore(at_a_time)

    async def one(key_at_s: float) -> float:
        async with places:
            return await confirmed_after_s(key_at_s)

    return dict(zip(moments_s, await asyncio.gather(*map(one, moments_s)), strict=True))


def late(confirmed: dict[float, float]) -> Iterable[float]:
    """The moments whose confirmation came later than it may."""
    return [key_at_s for key_at_s, after_s in confirmed.items() if after_s > CONFIRMED_WITHIN_S]


async def test_a_key_at_any_moment_is_never_lost_and_confirmed_at_once() -> None:
    """Every 100 ms of message, tail, prompt and wait, twice over: 0 `acknowledged`, and the confirmation
    begins within 100 ms of the key, measured in what the callee heard. What a busy machine made late, which
    is no lateness of the call's, is pressed again, alone."""
    async with asyncio.timeout(LIMIT_S):
        moments_s = steps(await call_s() - END_MARGIN_S)
        assert len(moments_s) >= 50
        confirmed = await all_of(moments_s)
        again = await all_of(list(late(confirmed)), at_a_time=1)
        assert not list(late(again)), again
        assert min(confirmed.values()) >= 0


async def test_keys_behind_the_one_that_decides_are_kept() -> None:
    """Every 100 ms of the confirmation and its tail: the outcome stays, and `digits` has both keys."""
    moments_s = steps(KEY_AT_S + 0.9, after_s=KEY_AT_S)
    async with asyncio.timeout(LIMIT_S):
        came_to = await asyncio.gather(*map(digits_with_second_key, moments_s))
    wrong = {
        at_s: found
        for at_s, found in zip(moments_s, came_to, strict=True)
        if found != (Outcome.ACKNOWLEDGED, "15")
    }
    assert not wrong


async def test_a_key_counts_as_long_as_the_line_is_up() -> None:
    """Also while we hang up already, which may take a while: outcome and `acknowledged` agree."""
    callee = f"{CALLEE},presses:1@7s"
    options = {**OPTIONS, "repeat": "0"}
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(callee, "hangup-500@6s", message=MESSAGE, time_scale=10, **options) as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.digits, result.acknowledged) == ("1", True)
        assert result.outcome is Outcome.ACKNOWLEDGED
