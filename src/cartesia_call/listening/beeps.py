"""What is a beep, what a fax, and what only sounds like one?

Frames come in as quiet, sound or tone. A tone becomes a beep in hindsight: it was steady, short, of one or
two pitches, and silence followed. Until that is known its frames are held back; those that belong to no beep
are handed on as sound.
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto

from cartesia_call.audio.mulaw import FRAME_MS
from cartesia_call.listening.tones import Tone
from cartesia_call.records import dataclass

QUIET_AFTER_BEEP_MS = 240
"""What must follow a beep. Longer than the gap in a double beep, shorter than anybody needs to start
speaking."""
BEEP_HZ = range(340, 2201)
"""Below, a voice hums and music plays its bass: no beep in use is lower than 350 Hz, no tone of the network
than E.180's 340 Hz. Above, the search ends, and what lies beyond would be taken for its edge."""
_STEADY_MS = 100
"""Our own choice: the least that a beep of 150 ms keeps when both its edges are cut off."""
_STEADY_PAIR_MS = 160
"""Two harmonics of a vowel may be steady for as long as one."""
_STEADY_BEHIND_SOUND_MS = 200
"""A tone that grows out of speech may be its last vowel."""
LONGEST_BEEP_MS = 1800
"""Our own choice, above the 1.5 s of the longest beeps looked for. Ringing tones of North America last 2 s;
a dial tone does not end."""
_DROPOUT_FRAMES = 2
"""Frames of other sound that do not end a tone: its edges, and CED turns its phase round every 450 ms
(V.25)."""
_CLOSE_FRAMES = 3
"""Sound of at least that many frames, and no more of them before a tone: the tone may have grown out of it.
The frame in which a beep begins is sound of its own."""
_MOST_PITCHES = 2
_MELODY_MS = 3000
"""More than two pitches in that time are a melody, or the tones before an announcement (SIT)."""

_FAX_ANSWER_HZ = range(2075, 2126)
"""CED: 2100 Hz within 15 Hz (ITU-T T.30), and our error."""
_FAX_ANSWER_MS = 500
"""CED lasts 2.6 to 4 s (T.30). No beep in use is as high."""
_FAX_CALLING_HZ = range(1060, 1141)
_FAX_CALLING_MS = range(420, 581)
"""CNG: 1100 Hz within 38 Hz, for 0.5 s within 15 % (T.30), and a frame. A greeting goes before a beep; a
calling fax says nothing."""
_RINGING_HZ = range(395, 456)
_RINGING_MS = range(650, 1521)
"""The ringing tone of most of the world: 400 to 450 Hz for 0.67 to 1.5 s (ITU-T E.180). A call that is
answered and then passed on rings on, and nobody has spoken yet; a beep, again, has a greeting before it."""


@dataclass(frozen=True)
class Stretch:
    """Frames `began` to `ended` (excluded) are sound, and no beep."""

    began: int
    ended: int


@dataclass(frozen=True)
class BeepFound:
    """The beep of frames `began` to `ended` (excluded)."""

    began: int
    ended: int
    frequency_hz: float


@dataclass(frozen=True)
class FaxFound:
    """A fax machine's tone, recognised with the frame before `ended`."""

    began: int
    ended: int


Found = Stretch | BeepFound | FaxFound


class _Mode(Enum):
    LISTENING = auto()
    DRONE = auto()
    FAX = auto()


@dataclass
class _Run:
    """Frames of one pitch."""

    tone: Tone
    began: int
    ended: int

    @property
    def length_ms(self) -> int:
        return (self.ended - self.began) * FRAME_MS

    @property
    def is_steady(self) -> bool:
        return self.length_ms >= (_STEADY_MS if self.tone.second_hz is None else _STEADY_PAIR_MS)


class BeepWatch:
    """Sorts frames into beeps, fax tones and other sound. Frames are numbered by the caller, in order."""

    def __init__(self) -> None:
        self._mode = _Mode.LISTENING
        self._held: list[_Run] = []
        self._pitches: deque[_Run] = deque(maxlen=_MOST_PITCHES)
        self._tone_ended = self._other_frames = 0
        self._sound_began = self._sound_ended = 0
        self._is_behind_sound = False
        self._is_behind_speech = False

    @property
    def ends_with_frame(self) -> int | None:
        """The frame with which silence would tell what the tone was; None if none is held back."""
        return self._tone_ended + QUIET_AFTER_BEEP_MS // FRAME_MS - 1 if self._held else None

    @property
    def hears_tone(self) -> bool:
        """Whether a tone sounds, or may have just ended."""
        return bool(self._held) or self._mode is not _Mode.LISTENING

    def receive_speech(self) -> None:
        """Somebody spoke: what may be a calling fax, or ringing, is a beep from now on."""
        self._is_behind_speech = True

    def forget_tone(self) -> None:
        """The tone is known to be the network's: no beep, and nobody's sound."""
        self._mode = _Mode.LISTENING
        self._held.clear()
        self._pitches.clear()

    def drop_tone(self) -> None:
        """What is held back is no beep, and nobody's sound."""
        self._mode = _Mode.LISTENING
        self._drop_held()

    def receive_quiet(self, frame: int) -> list[Found]:
        last = max(self._tone_ended, self._sound_ended)
        if (frame + 1 - last) * FRAME_MS < QUIET_AFTER_BEEP_MS:
            return []
        self._mode = _Mode.LISTENING
        return [self._judged()] if self._held else []

    def receive_sound(self, frame: int) -> list[Found]:
        self._other_frames += 1
        if self._other_frames <= _DROPOUT_FRAMES and self.hears_tone:
            return []
        self._mode = _Mode.LISTENING
        began = self._held[0].began if self._held else frame
        self._drop_held()
        return [self._sound(began, frame + 1)]

    def receive_tone(self, frame: int, tone: Tone) -> list[Found]:
        found: list[Found] = []
        if self._mode is _Mode.LISTENING:
            found = self._hold(frame, tone)
        elif self._mode is _Mode.DRONE:
            self._remember(_Run(tone, frame, frame + 1))
            found = [self._sound(frame, frame + 1)]
        self._tone_ended = frame + 1
        self._other_frames = 0
        return found

    def _hold(self, frame: int, tone: Tone) -> list[Found]:
        found = self._join(frame, tone)
        first, last = self._held[0], self._held[-1]
        if last.tone.frequency_hz in _FAX_ANSWER_HZ and last.length_ms >= _FAX_ANSWER_MS:
            self._mode = _Mode.FAX
            self._held.clear()
            found.append(FaxFound(last.began, frame + 1))
        elif (frame + 1 - first.began) * FRAME_MS > LONGEST_BEEP_MS:
            self._mode = _Mode.DRONE
            self._drop_held()
            found.append(self._sound(first.began, frame + 1))
        return found

    def _join(self, frame: int, tone: Tone) -> list[Found]:
        """Make the tone part of what is held; sound, if it turns out that what was held is no beep."""
        last = self._held[-1] if self._held else None
        if last is not None and tone.is_like(last.tone) and frame - last.ended <= _DROPOUT_FRAMES:
            last.ended = frame + 1
            return []
        found: list[Found] = []
        if last is not None and not last.is_steady:
            self._held.pop()
            if (frame - last.began) > _DROPOUT_FRAMES or not self._held:
                began = self._held[0].began if self._held else last.began
                self._drop_held()
                found = [self._sound(began, frame)]
        if not self._held:
            self._is_behind_sound = (
                frame - self._sound_ended <= _CLOSE_FRAMES
                and self._sound_ended - self._sound_began >= _CLOSE_FRAMES
            )
        self._held.append(_Run(tone, frame, frame + 1))
        return found

    def _judged(self) -> Found:
        """What the tones were, now that silence followed."""
        first, last = self._held[0], self._held[-1]
        length_ms = (last.ended - first.began) * FRAME_MS
        pitches = self._pitches_since(first.began - _MELODY_MS // FRAME_MS)
        shortest_ms = _STEADY_BEHIND_SOUND_MS if self._is_behind_sound else _STEADY_MS
        is_beep = (
            last.is_steady
            and length_ms >= shortest_ms
            and pitches <= _MOST_PITCHES
            and all(run.tone.frequency_hz in BEEP_HZ for run in self._held)
        )
        is_calling_fax = self._is_all_of(_FAX_CALLING_HZ) and length_ms in _FAX_CALLING_MS
        is_ringing = self._is_all_of(_RINGING_HZ) and length_ms in _RINGING_MS
        self._drop_held()
        if is_beep and not self._is_behind_speech and is_calling_fax:
            return FaxFound(first.began, last.ended)
        if is_beep and (self._is_behind_speech or not is_ringing):
            return BeepFound(first.began, last.ended, last.tone.frequency_hz)
        return self._sound(first.began, last.ended)

    def _is_all_of(self, frequencies_hz: range) -> bool:
        return all(run.tone.frequency_hz in frequencies_hz for run in self._held)

    def _pitches_since(self, frame: int) -> int:
        different: list[Tone] = []
        for run in [*self._pitches, *self._held]:
            if run.ended >= frame and not any(run.tone.is_like(tone) for tone in different):
                different.append(run.tone)
        return len(different)

    def _drop_held(self) -> None:
        for run in self._held:
            if run.is_steady:
                self._remember(run)
        self._held.clear()

    def _remember(self, run: _Run) -> None:
        if self._pitches and run.tone.is_like(self._pitches[-1].tone):
            self._pitches.pop()
        self._pitches.append(run)

    def _sound(self, began: int, ended: int) -> Stretch:
        if began - self._sound_ended > _CLOSE_FRAMES:
            self._sound_began = began
        self._sound_ended = ended
        return Stretch(began, ended)
