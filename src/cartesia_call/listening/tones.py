"""Is there nothing but a steady tone in 20 ms of audio, and which?

A frame is fitted by least squares with sines from 300 to 2240 Hz, coarsely, then finely. It is a tone if what
the best sine, or the best two, leave over is little, or no more than the noise of the line. Speech fails
that: its voiced sounds have many harmonics, its other sounds none.
"""

from __future__ import annotations

import math
import struct
from functools import lru_cache

from cartesia_call.audio.mulaw import FRAME_BYTES, SAMPLE_RATE_HZ
from cartesia_call.audio.waves import rms, share, shares_of_power, without
from cartesia_call.records import dataclass

_COARSE_HZ = range(300, 2241, 40)
"""Beeps: 350 to 2000 Hz (FreeSWITCH's mod_avmd looks from 440 to 2000), fax up to 2100 Hz (T.30). 20 ms tell
50 Hz apart, so a tone between two steps still stands out."""
_FINER_HZ = (20, 10, 5)
_REFERENCE_PEAK = 16384

_MOST_LEFT_OVER = 0.2
"""Share of the power that is not the tone: a square wave, the harshest beep, leaves 0.19."""
_MOST_LEFT_OVER_BY_TWO = 0.06
"""Two harmonics make up most of some vowels, so two tones must be purer than one."""
_NOISE_MARGIN = 2.0
"""The power of 160 samples of noise varies by 11 % (one standard deviation), and the estimate errs as
well."""
_LEAST_ABOVE_NOISE = 1.4
"""As power: a tone as loud as the noise doubles it. Noise alone is not searched for tones."""
_LEAST_SHARE = 0.5
"""Of the power, in any noise: a tone below the noise is not told from it."""
_WEAKEST_SECOND = 1 / 16
"""12 dB below the first; more apart, the second is no tone of its own."""
_LEAST_SPACING_HZ = 100
"""Closer tones are not told apart in 20 ms."""
_ROUNDS = 2
"""In which each of two tones is fitted to what the other leaves over."""
_RINGING_PAIRS_HZ = ((440, 480), (400, 450))
"""Ringing in North America (precise tone plan) and in Britain (BT, SIN 350): too close to be told apart
without knowing them."""
_RINGING_HZ = range(380, 501)
_CLOSE_ROUNDS = 3
"""40 Hz apart, tones share 0.23 of their amplitude in 20 ms: each round leaves a twentieth of the error."""
_LEAST_LEFT_BY_ONE = 0.02
"""Share of the power: less is a single tone, without a search for two."""
_BEATING_HZ = (400, 425, 450)
"""Carriers of ringing that swells and fades 16 to 55 times a second (ITU-T E.180, supplement 2): Australia's
413 + 438 Hz, the Philippines' 425 + 480 Hz, the modulated tones of Japan, India, South Africa, Singapore."""
_BEATING_WITHIN_HZ = 50
"""What 20 ms tell apart: sines so far from each other share nothing, and leave nothing out between them."""
_MOST_LEFT_OVER_BY_BEATING = 0.12
"""Share of the power: an envelope that fades to nothing within 20 ms leaves 0.11."""

_KEPT_FRAMES = 2048
"""Of which the answer is kept, some 1 MB: a rehearsal's callees all sound alike, and a tone's frames repeat
themselves. On a line with noise no frame comes twice, and asking costs a hundredth of the search."""

_KEY_ROWS_HZ = (697, 770, 852, 941)
_KEY_COLUMNS_HZ = (1209, 1336, 1477, 1633)
_KEY_TOLERANCE = 0.025
"""ITU-T Q.24: keys are to be recognised within 1.8 %; the rest is our own error of estimation."""


@dataclass(frozen=True)
class Tone:
    """A sine of `frequency_hz`, the stronger one if there is a second of `second_hz`. `beats`: it swells and
    fades within 20 ms, as some networks' ringing does and no beep; its pitch is then known within 50 Hz."""

    frequency_hz: int
    second_hz: int | None = None
    beats: bool = False

    def is_like(self, other: Tone) -> bool:
        """Whether both are of the same pitch, as far as 20 ms can tell."""
        mine, theirs = self._pitches(), other._pitches()
        return len(mine) == len(theirs) and all(
            abs(a - b) <= max(15.0, 0.015 * a) for a, b in zip(mine, theirs, strict=True)
        )

    @property
    def is_ringing_pair(self) -> bool:
        """Whether it is a ringing tone of two pitches that no beep has."""
        return (self.frequency_hz, self.second_hz) in _RINGING_PAIRS_HZ

    def _pitches(self) -> tuple[int, ...]:
        second_hz = self.second_hz
        return (self.frequency_hz,) if second_hz is None else tuple(sorted((self.frequency_hz, second_hz)))


@lru_cache(maxsize=_KEPT_FRAMES)
def find_tone(pcm: bytes, noise_rms: float) -> Tone | None:
    """The tone that a frame of 16-bit PCM (20 ms) is made of, if it is; a telephone key's two are none.

    `noise_rms` is the level of the line's noise, 0 where it is not known.
    """
    power = rms(pcm) ** 2
    if power <= _LEAST_ABOVE_NOISE * noise_rms**2:
        return None
    noise = _NOISE_MARGIN * noise_rms**2
    first = _fit(pcm, _strongest(pcm))
    rest = first.taken_from(pcm)
    if first.hz in _RINGING_HZ and (ringing := _ringing(pcm, rms(rest) ** 2, power)) is not None:
        return ringing
    if first.power >= _LEAST_SHARE * power and rms(rest) ** 2 <= max(_MOST_LEFT_OVER * power, noise):
        return Tone(first.hz)
    if first.hz in _RINGING_HZ and (beating := _beating(pcm, power)) is not None:
        return beating
    if first.power < _LEAST_SHARE / 2 * power:
        return None
    second = _fit(rest, _strongest(rest))
    for _ in range(_ROUNDS):
        of_first = second.taken_from(pcm)
        first = _fit(of_first, _finer(of_first, first.hz))
        of_second = first.taken_from(pcm)
        second = _fit(of_second, _finer(of_second, second.hz))
    left_over = rms(second.taken_from(of_second)) ** 2
    is_pair = (
        abs(first.hz - second.hz) >= _LEAST_SPACING_HZ
        and min(first.power, second.power) >= _WEAKEST_SECOND * max(first.power, second.power)
        and first.power + second.power >= _LEAST_SHARE * power
        and left_over <= max(_MOST_LEFT_OVER_BY_TWO * power, noise)
    )
    return Tone(first.hz, second.hz) if is_pair and not is_key(first.hz, second.hz) else None


def _ringing(pcm: bytes, left_by_one: float, power: float) -> Tone | None:
    """The ringing tone of two close pitches, if one leaves little over, and much less than a single tone."""
    if left_by_one < _LEAST_LEFT_BY_ONE * power:
        return None
    for low_hz, high_hz in _RINGING_PAIRS_HZ:
        low, rest = _fit(pcm, low_hz), pcm
        for _ in range(_CLOSE_ROUNDS):
            of_high = low.taken_from(pcm)
            high = _fit(of_high, high_hz)
            of_low = high.taken_from(pcm)
            low = _fit(of_low, low_hz)
            rest = low.taken_from(of_low)
        are_alike = _WEAKEST_SECOND <= low.power / max(high.power, 1.0) <= 1 / _WEAKEST_SECOND
        left_over = rms(rest) ** 2
        if are_alike and left_over <= min(_MOST_LEFT_OVER_BY_TWO * power, left_by_one / 2):
            return Tone(low_hz, high_hz)
    return None


def _beating(pcm: bytes, power: float) -> Tone | None:
    """The ringing tone that swells and fades, if all of the frame lies close around its carrier."""
    left_over = {hz: rms(_around(pcm, hz)) ** 2 for hz in _BEATING_HZ}
    carrier_hz = min(left_over, key=lambda hz: left_over[hz])
    is_beating = left_over[carrier_hz] <= _MOST_LEFT_OVER_BY_BEATING * power
    return Tone(carrier_hz, beats=True) if is_beating else None


def _around(pcm: bytes, carrier_hz: int) -> bytes:
    """`pcm` without three sines that 20 ms tell apart: the carrier, and one on each side."""
    for hz in (carrier_hz - _BEATING_WITHIN_HZ, carrier_hz, carrier_hz + _BEATING_WITHIN_HZ):
        pcm = _fit(pcm, hz).taken_from(pcm)
    return pcm


def is_key(first_hz: float, second_hz: float) -> bool:
    """Whether two tones are those of a telephone key (ITU-T Q.23): a person's, and no beep."""
    low, high = sorted((first_hz, second_hz))
    return _is_near(low, _KEY_ROWS_HZ) and _is_near(high, _KEY_COLUMNS_HZ)


def _is_near(hz: float, nominal_hz: tuple[int, ...]) -> bool:
    return any(abs(hz - nominal) <= _KEY_TOLERANCE * nominal for nominal in nominal_hz)


@dataclass(frozen=True)
class _Sine:
    hz: int
    of_cosine: float
    of_sine: float

    @property
    def power(self) -> float:
        return (self.of_cosine**2 + self.of_sine**2) * _REFERENCE_PEAK**2 / 2

    def taken_from(self, pcm: bytes) -> bytes:
        cosine, sine = _references(self.hz)
        return without(without(pcm, cosine, self.of_cosine), sine, self.of_sine)


def _fit(pcm: bytes, hz: int) -> _Sine:
    cosine, sine = _references(hz)
    return _Sine(hz, share(pcm, cosine), share(pcm, sine))


def _strongest(pcm: bytes) -> int:
    powers = shares_of_power(pcm, _coarse())
    return _finer(pcm, _COARSE_HZ[powers.index(max(powers))])


def _finer(pcm: bytes, hz: int) -> int:
    (power,) = shares_of_power(pcm, (_references(hz),))
    for step in _FINER_HZ:
        below, above = shares_of_power(pcm, (_references(hz - step), _references(hz + step)))
        if below > power and below >= above:
            hz, power = hz - step, below
        elif above > power:
            hz, power = hz + step, above
    return hz


@lru_cache(maxsize=1)
def _coarse() -> list[tuple[bytes, bytes]]:
    return [_references(hz) for hz in _COARSE_HZ]


@lru_cache(maxsize=512)
def _references(hz: int) -> tuple[bytes, bytes]:
    """A frame of cosine and one of sine; all that are ever asked for take 300 kB."""
    angles = [2 * math.pi * hz * n / SAMPLE_RATE_HZ for n in range(FRAME_BYTES)]
    return _pcm([math.cos(angle) for angle in angles]), _pcm([math.sin(angle) for angle in angles])


def _pcm(wave: list[float]) -> bytes:
    return struct.pack(f"<{len(wave)}h", *(round(_REFERENCE_PEAK * value) for value in wave))
