"""The tones of telephone keys (DTMF, ITU-T Q.23), as a carrier dials them after the answer (`SendDigits`)."""

from __future__ import annotations

import math
from array import array

from cartesia_call.audio.mulaw import SAMPLE_RATE_HZ, from_pcm16, silence

KEYS = "0123456789ABCD#*"
WAITS_MS = {"w": 500, "W": 1000}
"""What is no key but a wait (docs, "Call resource", `SendDigits`)."""

MAX_DIGITS = 32
"""Waits among them; the same page."""

_ROWS_HZ = (697, 770, 852, 941)
_COLUMNS_HZ = (1209, 1336, 1477, 1633)
_KEYPAD = "123A456B789C*0#D"
_TONE_MS = 100
_GAP_MS = 100
"""ITU-T Q.24 wants a receiver to know keys of 40 ms; how long Twilio's are is documented nowhere."""
_AMPLITUDE = 6000


def are_digits(text: str) -> bool:
    """Whether `text` can be dialled after the answer."""
    return len(text) <= MAX_DIGITS and set(text) <= {*KEYS, *WAITS_MS}


def dialled(digits: str) -> bytes:
    """Mu-law of the keys, one after the other, with their waits."""
    return b"".join(
        silence(WAITS_MS[digit]) if digit in WAITS_MS else _tone(digit) + silence(_GAP_MS) for digit in digits
    )


def _tone(key: str) -> bytes:
    row, column = divmod(_KEYPAD.index(key), len(_COLUMNS_HZ))
    steps = [2 * math.pi * hz / SAMPLE_RATE_HZ for hz in (_ROWS_HZ[row], _COLUMNS_HZ[column])]
    samples = (
        int(_AMPLITUDE * sum(math.sin(step * n) for step in steps))
        for n in range(_TONE_MS * SAMPLE_RATE_HZ // 1000)
    )
    return from_pcm16(array("h", samples).tobytes())
