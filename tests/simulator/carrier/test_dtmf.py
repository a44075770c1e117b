"""Keys that the carrier dials after the answer."""

from __future__ import annotations

import pytest

from cartesia_call.audio.mulaw import silence
from cartesia_simulator.carrier.dtmf import KEYS, MAX_DIGITS, are_digits, dialled
from tests.simulator.carrier.test_callee_voice import strength


@pytest.mark.parametrize(
    ("key", "row_hz", "column_hz"),
    [
        ("1", 697, 1209),
        ("5", 770, 1336),
        ("9", 852, 1477),
        ("0", 941, 1336),
        ("#", 941, 1477),
        ("D", 941, 1633),
    ],
)
def test_a_key_is_two_tones(key: str, row_hz: int, column_hz: int) -> None:
    """Its row's and its column's (ITU-T Q.23), each half of it; then a gap."""
    audio = dialled(key)
    tone, gap = audio[:800], audio[800:]
    assert gap == silence(100)
    assert strength(tone, row_hz) == pytest.approx(0.5, abs=0.05)
    assert strength(tone, column_hz) == pytest.approx(0.5, abs=0.05)


def test_keys_and_waits_follow_each_other() -> None:
    """w is half a second, W a whole one."""
    assert dialled("wW") == silence(1500)
    assert dialled("1w2") == dialled("1") + silence(500) + dialled("2")
    assert len({dialled(key) for key in KEYS}) == len(KEYS) == 16
    assert dialled("") == b""


def test_what_can_be_dialled() -> None:
    """Keys and waits, 32 at most."""
    assert are_digits(KEYS + "wW")
    assert are_digits("1" * MAX_DIGITS)
    assert not are_digits("1" * (MAX_DIGITS + 1))
    assert not are_digits("1,2")
