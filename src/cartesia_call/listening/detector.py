"""The free detector: what the callee's audio holds. Speech, beeps, fax tones and music, by level and tone.

Feed it the inbound mu-law as it comes and ask for the sounds. It costs less than 1 % of a processor core in
real time. It knows nothing of our own voice: an echo is sound like any other, if it is loud enough
(`levels.SOUND_RMS`).
"""

from __future__ import annotations

from cartesia_call.audio.mulaw import FRAME_BYTES, FRAME_MS, SILENCE_BYTE, duration_s, silence, to_pcm16
from cartesia_call.audio.waves import rms, without_mean
from cartesia_call.listening.beeps import BeepFound, BeepWatch, Found, Stretch
from cartesia_call.listening.cadence import CadenceWatch, NetworkTone
from cartesia_call.listening.levels import SILENT_BELOW, SOUND_RMS, NoiseFloor, is_alone
from cartesia_call.listening.music import MusicWatch
from cartesia_call.listening.sounds import (
    Beep,
    FaxTone,
    MusicHeard,
    NetworkHeard,
    Sound,
    SoundGoesOn,
    SpeechBegan,
    SpeechEnded,
)
from cartesia_call.listening.speech import SpeechWatch, Utterance
from cartesia_call.listening.tones import Tone, find_tone

MISSING_AFTER_S = 0.2
"""Audio that is later than this is taken for lost, and its time for silence; less is jitter of the path."""

_FRAME_S = FRAME_MS / 1000
_FRAMES_PER_S = 1000 // FRAME_MS
_SILENCE = silence(FRAME_MS)
_NEVER = 1 << 62
_EDGE_FRAMES = 2
"""So many frames of a tone may beat that does not: it began or ended within them."""
_LONGEST_GAP_FRAMES = 100
"""After 2 s of silence more of it changes nothing, however long the gap."""


class Listener:
    """Listens to one callee. Times are seconds of the call's clock, as the caller gives them.

    The audio's own length is the measure of time. The clock is laid beside it by the least delay seen so far,
    so that frames which come late, or several at once, keep their places.
    """

    def __init__(self, missing_after_s: float = MISSING_AFTER_S) -> None:
        """`missing_after_s`: so late audio counts as lost, and silence is heard in its place."""
        self._missing_after_s = missing_after_s
        self._rest = b""
        self._frame = self._tone_rms = self._beating_frames = 0
        self._offset_s: float | None = None
        self._noise = NoiseFloor()
        self._beeps = BeepWatch()
        self._cadence = CadenceWatch()
        self._music = MusicWatch()
        self._music_ended = -1
        self._speech = SpeechWatch()
        self._sounds: list[Sound] = []

    def receive_audio(self, audio: bytes, at_s: float) -> None:
        """Mu-law of any length, whose last sample was received at `at_s`."""
        self._align(at_s - duration_s(len(audio)))
        if len(audio) == FRAME_BYTES and not self._rest:  # as it mostly comes
            self._hear(audio)
            return
        audio = self._rest + audio
        whole_bytes = len(audio) - len(audio) % FRAME_BYTES
        for start in range(0, whole_bytes, FRAME_BYTES):
            self._hear(audio[start : start + FRAME_BYTES])
        self._rest = audio[whole_bytes:]

    def check(self, now_s: float) -> None:
        """Nothing came up to `now_s`: where audio is missing, take it for silence."""
        self._align(now_s)

    @property
    def has_sounds(self) -> bool:
        """Whether anything was heard since `sounds` was last asked."""
        return bool(self._sounds)

    def sounds(self) -> list[Sound]:
        """What was heard since this was last asked, in order."""
        sounds, self._sounds = self._sounds, []
        return sounds

    def next_deadline_s(self) -> float | None:
        """When to `check` if no audio comes: silence would then end an utterance, or tell what a tone was."""
        speech_ends, tone_ends = self._speech.ends_with_frame, self._beeps.ends_with_frame
        if speech_ends is None and tone_ends is None:
            return None
        frame = min(
            _NEVER if speech_ends is None else speech_ends, _NEVER if tone_ends is None else tone_ends
        )
        return max(self._time_s(frame + 1), self._heard_until_s + self._missing_after_s) + _FRAME_S

    @property
    def _heard_until_s(self) -> float:
        return self._time_s(self._frame) + duration_s(len(self._rest))

    def _time_s(self, frame: int) -> float:
        return (self._offset_s or 0.0) + frame * _FRAME_S

    def _align(self, next_sample_s: float) -> None:
        """Lay the clock beside the audio: what comes next was, or will be, said from `next_sample_s` on."""
        if self._offset_s is None:
            self._offset_s = next_sample_s
        late_s = next_sample_s - self._heard_until_s
        if late_s < 0:
            self._offset_s += late_s
        elif late_s > self._missing_after_s:
            self._skip(round(late_s / _FRAME_S))

    def _skip(self, frames: int) -> None:
        """Take frames that never came for silence."""
        if self._rest:
            self._hear(self._rest.ljust(FRAME_BYTES, bytes([SILENCE_BYTE])))
            self._rest = b""
            frames -= 1
        for _ in range(min(frames, _LONGEST_GAP_FRAMES)):
            self._speech.receive_level(0, self._frame)
            self._music.receive_level(0)
            self._tell_network(self._cadence.receive_other(self._frame, is_sound=False))
            self._take(self._beeps.receive_quiet(self._frame))
        self._frame += max(0, frames - _LONGEST_GAP_FRAMES)

    def _hear(self, audio: bytes) -> None:
        pcm = b"" if audio == _SILENCE else without_mean(to_pcm16(audio))
        level_rms = rms(pcm)
        if level_rms < SOUND_RMS and self._is_at_rest:
            self._pass_quiet(level_rms)
        else:
            self._hear_level(pcm, level_rms)

    @property
    def _is_at_rest(self) -> bool:
        """Nobody speaks, nothing sounds and nothing is awaited: of a quiet frame its level is all that
        counts."""
        return self._music.is_silent and not (
            self._speech.is_open or self._beeps.hears_tone or self._cadence.hears_tone
        )

    def _pass_quiet(self, level_rms: int) -> None:
        """`_hear_level` of a quiet frame at rest: most of what is listened to is silence."""
        self._speech.receive_level(level_rms, self._frame)
        self._music.receive_level(level_rms)
        self._beating_frames = 0
        self._noise.update(level_rms)
        self._frame += 1

    def _hear_level(self, pcm: bytes, level_rms: int) -> None:
        self._speech.receive_level(level_rms, self._frame)
        if self._music.receive_level(level_rms):
            self._speech.close()  # it is nobody's voice, and its end is no end of speech
            self._sounds.append(MusicHeard(at_s=self._time_s(self._frame + 1)))
        if self._music.is_playing:
            self._music_ended = self._frame
        tone = find_tone(pcm, self._noise.noise_rms) if level_rms >= SOUND_RMS else None
        if tone is not None:
            self._tell_network(self._cadence.receive_tone(self._frame, tone))
            self._tone_rms = level_rms
            self._take(self._take_tone(tone))
            return
        self._beating_frames = 0
        if not self._beeps.hears_tone or level_rms < self._noise.noise_rms:
            # Nor are the edges of a tone noise, unless they show that there is less of it.
            self._noise.update(level_rms)
        if self._music.goes_on and not self._music.is_playing and self._frame % _FRAMES_PER_S == 0:
            self._sounds.append(SoundGoesOn(at_s=self._time_s(self._frame + 1)))
        is_sound = level_rms >= self._noise.threshold_rms
        # What a mobile's codec leaves behind a tone is nobody who speaks.
        is_loud = is_sound and level_rms >= SILENT_BELOW * self._tone_rms
        self._tell_network(self._cadence.receive_other(self._frame, is_sound=is_loud))
        self._take(
            self._beeps.receive_sound(self._frame) if is_sound else self._beeps.receive_quiet(self._frame)
        )

    def _take_tone(self, tone: Tone) -> list[Found]:
        """Ringing of two pitches, or that beats, is nobody's beep and nobody's voice."""
        self._beating_frames += tone.beats
        if tone.beats and self._beating_frames <= _EDGE_FRAMES:
            return self._beeps.receive_sound(self._frame)
        if tone.beats:
            self._beeps.drop_tone()
        if tone.beats or tone.is_ringing_pair:
            return self._beeps.receive_quiet(self._frame)
        return self._beeps.receive_tone(self._frame, tone)

    def _tell_network(self, tone: NetworkTone | None) -> None:
        if tone is not None:
            self._beeps.forget_tone()
            self._tell_end(self._speech.close())
            self._sounds.append(NetworkHeard(at_s=self._time_s(self._frame), tone=tone))

    def _take(self, found: list[Found]) -> None:
        """Tell what one more frame has made known, and go on to the next."""
        for item in found:
            if isinstance(item, Stretch) or (isinstance(item, BeepFound) and not self._is_alone(item)):
                if self._music.is_playing:
                    continue  # nobody's voice
                began = self._speech.receive_sound(item.began, item.ended)
                if began is not None:
                    self._beeps.receive_speech()
                    self._sounds.append(SpeechBegan(at_s=self._time_s(began.began)))
                continue
            self._tell_end(self._speech.close())
            if isinstance(item, BeepFound) and item.began <= self._music_ended:
                continue  # a note
            if isinstance(item, BeepFound):
                self._sounds.append(self._beep(item))
            else:
                self._sounds.append(FaxTone(at_s=self._time_s(item.ended)))
        self._tell_end(self._speech.receive_silence(self._frame))
        self._frame += 1

    def _is_alone(self, found: BeepFound) -> bool:
        levels_of = self._speech.levels_of
        tone_rms, behind_rms = levels_of(found.began, found.ended), levels_of(found.ended, self._frame + 1)
        return is_alone(tone_rms, behind_rms, self._noise.noise_rms if self._noise.is_known else 0.0)

    def _beep(self, found: BeepFound) -> Beep:
        at_s = self._time_s(found.ended)
        return Beep(
            at_s=at_s,
            length_s=(found.ended - found.began) * _FRAME_S,
            frequency_hz=found.frequency_hz,
            settled_at_s=at_s + self._cadence.settles_after_s,
        )

    def _tell_end(self, utterance: Utterance | None) -> None:
        if utterance is not None:
            length_s = (utterance.ended - utterance.began) * _FRAME_S
            self._sounds.append(SpeechEnded(at_s=self._time_s(utterance.ended), length_s=length_s))
