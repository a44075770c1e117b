"""A robot that asks who is calling: it listens for words, and for the pause that ends them.

It understands nothing. Words are what is loud, whoever says them.
"""

from __future__ import annotations

from cartesia_call.audio.mulaw import BYTES_PER_S, FRAME_BYTES, FRAME_MS, to_pcm16
from cartesia_call.ports import Clock
from cartesia_simulator.carrier.call import SimulatedCall

ENOUGH_WORDS_S = 0.5
"""What is shorter is a noise, and no answer."""

PAUSE_S = 1.5
"""How long the silence behind an answer is that ends it."""

READING_S = 2.0
"""How long the person then takes to decide."""

PATIENCE_S = 20.0
"""How long a silence the robot bears before it gives up."""

_LISTENS_EVERY_S = 0.1
_LOUD = 500
"""Of 32,768: about 36 dB below the loudest; speech is far above, the noise of a line below."""
_LOUD_SAMPLES = FRAME_BYTES // 8
_IS_LOUD = bytes(
    abs(int.from_bytes(to_pcm16(bytes([code])), "little", signed=True)) > _LOUD for code in range(256)
)
"""By mu-law code, 1 for a loud sample."""


def words_and_silence_s(heard: bytes) -> tuple[float, float]:
    """How many seconds of words there are in `heard`, and how long it has been silent since the last."""
    loud = heard.translate(_IS_LOUD)
    words = 0
    last_end = 0
    for start in range(0, len(loud), FRAME_BYTES):
        if loud.count(1, start, start + FRAME_BYTES) >= _LOUD_SAMPLES:
            words += 1
            last_end = min(start + FRAME_BYTES, len(loud))
    return words * FRAME_MS / 1000, (len(loud) - last_end) / BYTES_PER_S


async def screen(call: SimulatedCall, clock: Clock, *, asked_after_s: float) -> float | None:
    """Listen to what `call` hears from the end of the question on. When the person has decided, in seconds
    after the answer, which is still to come; None if nobody said who is calling.
    """
    asked = round(asked_after_s * BYTES_PER_S)
    while True:
        await clock.sleep(_LISTENS_EVERY_S)
        heard = call.heard
        words_s, silent_s = words_and_silence_s(heard[asked:])
        if words_s >= ENOUGH_WORDS_S and silent_s >= PAUSE_S:
            return len(heard) / BYTES_PER_S - silent_s + PAUSE_S + READING_S
        if silent_s >= PATIENCE_S:
            return None
