"""Does a tone belong to the network? Busy and ringing tones come again and again, at equal distances.

ITU-T E.180 has both at 400 to 450 Hz, accepted from 340 to 500 Hz; North America's busy tone is 480 + 620 Hz,
its ringing 440 + 480 Hz. How long they sound, country by country, is in E.180's supplement 2, as the tone
zones of Asterisk and DAHDI copy it: busy and congestion 0.2 to 0.5 s (0.7 s in China) with silence of 0.2 to
0.75 s, in groups of two or three in Britain and Spain; ringing 0.4 to 2 s, with silence of 2 to 5 s. Some
ringing swells and fades (`Tone.beats`): in Australia, India, Japan, the Philippines, Singapore, South Africa.

In front of an announcement stand the special information tones: 950, 1400 and 1800 Hz, each within 50 Hz and
for 330 ms within 70, at most 30 ms apart, in this order (E.180, Q.35). North America's are 913.8 or 985.2,
1370.6 or 1428.5, and 1776.7 Hz, for 274 or 380 ms, by which they tell reasons (TELECOM Digest, 18 October
1985): all within E.180's limits. Some equipment sends them for up to 500 ms.
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from itertools import pairwise

from cartesia_call.listening.limits import RING_SETTLES_S
from cartesia_call.listening.tones import Tone
from cartesia_call.records import dataclass

_BAND_HZ = range(340, 501)
_BUSY_PAIR_HZ = (480, 620)
_PAIR_ERROR_HZ = 15
_LEAST_FRAMES = 4
"""80 ms; less is the edge of another sound."""
_DROPOUT_FRAMES = 2
_OTHER_SOUND_FRAMES = 3
"""More sound than that between two tones is somebody who speaks, and no silence."""
_LENGTH_ERROR_FRAMES = 2
_BEATING_ERROR_HZ = 50
"""Of a tone that swells and fades no more is known than that it lies from 400 to 450 Hz."""
_PERIOD_ERROR_FRAMES = 3
"""A frame at each edge, and one for a clock that is not ours."""
_LONGEST_BUSY_FRAMES = 45
"""0.9 s, of tone and of silence: a fifth above the longest of the table."""
_LEAST_RINGING_FRAMES = 30
"""0.6 s of a single tone, a tenth below E.180's 0.67 s."""
_LEAST_PAIR_RINGING_FRAMES = 16
"""0.32 s: Britain's double ring of 0.4 s, without its edges."""
_LEAST_RING_GAP_FRAMES = 90
_LONGEST_RING_GAP_FRAMES = 310
"""1.8 to 6.2 s: 2 s in Britain and Japan, up to 6 s accepted by E.180."""
_FAST_FRAMES = 30
"""Below a period of 0.6 s three tones may be a mailbox's; the network's go on."""
_INFORMATION_HZ = (950, 1400, 1800)
_INFORMATION_ERROR_HZ = 50
_INFORMATION_FRAMES = range(9, 27)
"""180 to 520 ms: 260 to 500 ms, less the edges and what another pitch at each end takes, and a frame more."""
_INFORMATION_GAP_FRAMES = 5
"""0.1 s: 30 ms, and the edges of two tones."""

BUSY_SETTLES_S = 3.8
"""By then a short tone has come again, if it does: a busy tone three times (two periods of 1 s, and half of
one), a double ring of 0.4 s twice (3 s, and 0.6 s)."""


class NetworkTone(Enum):
    """What the network tells: the line or the way to it is busy, it still rings, or an announcement says why
    nobody can be reached."""

    BUSY = auto()
    RINGING = auto()
    INFORMATION = auto()


@dataclass
class _Burst:
    tone: Tone
    began: int
    ended: int
    sound_before: int
    pair_frames: int = 0

    @property
    def frames(self) -> int:
        return self.ended - self.began

    @property
    def is_ringing_pair(self) -> bool:
        """All but its edges is a ringing tone of two pitches."""
        return self.pair_frames >= self.frames - _DROPOUT_FRAMES

    def is_of(self, tone: Tone) -> bool:
        """Whether `tone` is of its pitch, as far as is known of one that beats."""
        if _may_beat(tone) or _may_beat(self.tone):
            return abs(_pitch_hz(tone) - _pitch_hz(self.tone)) <= _BEATING_ERROR_HZ
        return tone.is_like(self.tone)

    def go_on(self, tone: Tone, frame: int) -> None:
        """This frame is of it. A steady one tells its pitch, which its edges hardly do."""
        if _may_beat(self.tone) and not _may_beat(tone):
            self.tone = tone
        self.ended = frame + 1
        self.pair_frames += tone.is_ringing_pair


class CadenceWatch:
    """Tells the network's tones by their cadence. Frames are numbered by the caller, in order."""

    def __init__(self) -> None:
        self._bursts: deque[_Burst] = deque(maxlen=6)
        self._now: _Burst | None = None
        self._sound_frames = 0

    @property
    def hears_tone(self) -> bool:
        """Whether a tone sounds, or what has just ended is to be judged yet."""
        return self._now is not None

    @property
    def settles_after_s(self) -> float:
        """How long behind the last tone it takes to know that it is not the network's; 0: it cannot be."""
        last = self._bursts[-1] if self._bursts else None
        if last is None or not _is_in_band(last.tone):
            return 0.0
        return RING_SETTLES_S if last.frames >= _LEAST_RINGING_FRAMES else BUSY_SETTLES_S

    def receive_tone(self, frame: int, tone: Tone) -> NetworkTone | None:
        """This frame is a tone; what is known by it."""
        now = self._now
        if now is not None and now.is_of(tone) and frame - now.ended <= _DROPOUT_FRAMES:
            now.go_on(tone, frame)
            is_ringing = now.is_ringing_pair and now.frames == _LEAST_PAIR_RINGING_FRAMES
            return NetworkTone.RINGING if is_ringing else None
        if now is not None and now.frames >= _LEAST_FRAMES and frame - now.ended < _DROPOUT_FRAMES:
            return None  # its last frame, cut off, may seem to be of another pitch
        ended_by_another = self._judged()
        self._now = _Burst(tone, frame, frame + 1, self._sound_frames, int(tone.is_ringing_pair))
        return ended_by_another

    def receive_other(self, frame: int, *, is_sound: bool) -> NetworkTone | None:
        """This frame is none; what the tone before it was, if that ends it."""
        self._sound_frames += is_sound
        if self._now is None or frame - self._now.ended < _DROPOUT_FRAMES:
            return None
        return self._judged()

    def _judged(self) -> NetworkTone | None:
        """What the tone was that has ended, if it was long enough to be one."""
        ended, self._now = self._now, None
        if ended is None or ended.frames < _LEAST_FRAMES:
            return None
        self._bursts.append(ended)
        self._sound_frames = 0
        if ended.is_ringing_pair and ended.frames >= _LEAST_PAIR_RINGING_FRAMES:
            return NetworkTone.RINGING
        if _are_information(list(self._bursts)[-3:]):
            return NetworkTone.INFORMATION
        return next((kind for group in (1, 2, 3) if (kind := self._repeated(group)) is not None), None)

    def _repeated(self, group: int) -> NetworkTone | None:
        """What the last tones are, if they come in equal groups of so many."""
        bursts = list(self._bursts)
        kind = self._kind_of(bursts[-2 * group :], group)
        if kind is not NetworkTone.BUSY or group > 1:
            return kind
        least = 4 if bursts[-1].began - bursts[-2].began < _FAST_FRAMES else 3
        return self._kind_of(bursts[-least:], group) if len(bursts) >= least else None

    def _kind_of(self, bursts: list[_Burst], group: int) -> NetworkTone | None:
        if len(bursts) < 2 * group or not _are_equal(bursts, group):
            return None
        gaps = [later.began - earlier.ended for earlier, later in pairwise(bursts)]
        if (
            max(gaps) <= _LONGEST_BUSY_FRAMES
            and max(burst.frames for burst in bursts) <= _LONGEST_BUSY_FRAMES
        ):
            return NetworkTone.BUSY
        is_long = group > 1 or bursts[-1].frames >= _LEAST_RINGING_FRAMES
        if is_long and _LEAST_RING_GAP_FRAMES <= max(gaps) <= _LONGEST_RING_GAP_FRAMES:
            return NetworkTone.RINGING
        return None


def _are_equal(bursts: list[_Burst], group: int) -> bool:
    """They sound alike, with silence between them, and every one is as long and as far from the one a group
    before as the others are."""
    if not all(_is_in_band(burst.tone) and burst.is_of(bursts[0].tone) for burst in bursts):
        return False
    if any(burst.sound_before > _OTHER_SOUND_FRAMES for burst in bursts[1:]):
        return False
    pairs = list(zip(bursts, bursts[group:], strict=False))
    periods = [later.began - earlier.began for earlier, later in pairs]
    return max(periods) - min(periods) <= _PERIOD_ERROR_FRAMES and all(
        abs(later.frames - earlier.frames) <= _LENGTH_ERROR_FRAMES for earlier, later in pairs
    )


def _may_beat(tone: Tone) -> bool:
    """Two close pitches are, frame by frame, a pair, one that beats, or one that is steady."""
    return tone.beats or tone.is_ringing_pair


def _pitch_hz(tone: Tone) -> float:
    return tone.frequency_hz if tone.second_hz is None else (tone.frequency_hz + tone.second_hz) / 2


def _are_information(bursts: list[_Burst]) -> bool:
    """They are the three tones in front of an announcement."""
    return (
        len(bursts) == len(_INFORMATION_HZ)
        and all(
            burst.tone.second_hz is None
            and abs(burst.tone.frequency_hz - nominal_hz) <= _INFORMATION_ERROR_HZ
            and burst.frames in _INFORMATION_FRAMES
            for burst, nominal_hz in zip(bursts, _INFORMATION_HZ, strict=True)
        )
        and all(later.began - earlier.ended <= _INFORMATION_GAP_FRAMES for earlier, later in pairwise(bursts))
    )


def _is_in_band(tone: Tone) -> bool:
    if tone.second_hz is None or _may_beat(tone):
        return tone.frequency_hz in _BAND_HZ
    pair = sorted((tone.frequency_hz, tone.second_hz))
    return all(abs(hz - nominal) <= _PAIR_ERROR_HZ for hz, nominal in zip(pair, _BUSY_PAIR_HZ, strict=True))
