"""What an answered call brings from the callee's side, and when: the plan that a script comes to.

The answering-machine detection judges this plan, the callee's voice turns it into audio, and the call's leg
carries it out. Seconds count from the answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum, auto

from cartesia_call.audio.mulaw import duration_s
from cartesia_simulator.callee import CalleeScript, Utterance

GREETING_PAUSE_S = 0.5
"""Between a greeting and its beep. No longer than any silence that Twilio takes for the end of a greeting
(`MachineDetectionSpeechEndThreshold`, 500 ms at least)."""

QUESTION_AFTER_S = 0.5
"""When a screening robot begins to ask."""

QUESTION_TONE_HZ, QUESTION_TONE_S, QUESTION_TONE_AFTER_S = 1000, 0.3, 0.2
"""The tone of a robot that sounds one. Apple's is published nowhere; this is any mailbox's."""

FAX_SILENCE_S = 2.0
FAX_TONE_S = 3.0
FAX_TONE_HZ = 2100
"""The called station identification (CED) of ITU-T T.30: 1.8 to 2.5 s after the answer, for 2.6 to 4 s. The
digital signal behind it is not played."""

FAX_WAITS_S = 35.0
"""How long a fax machine waits for another one: T1 of ITU-T T.30, 35 s, give or take 5."""

NETWORK_TONE_HZ = (480, 620)
NETWORK_TONE_AFTER_S = 0.3
BUSY_TONE_S, REORDER_TONE_S = 0.5, 0.25
NETWORK_TONE_FOR_S = 20.0
"""North America's busy and reorder tone: 0.5 and 0.25 s of both, and as much silence (ITU-T E.180, supplement
2). How long it lasts is up to the exchange."""

RINGING_HZ, RINGING_S, RINGING_EVERY_S = 425, 1.0, 5.0
"""The ringing tone of most of Europe: 1 s, and 4 s of silence (ibidem)."""
PLEASE_HOLD_S = 1.2

WARNING_HZ, WARNING_S, WARNING_EVERY_S, WARNING_AFTER_S = 1400, 0.2, 13.0, 5.0
WARNINGS = 10
"""A recorded line's tone: 1400 Hz for 0.2 s every 12 to 15 s (47 CFR 64.501)."""

INFORMATION_HZ, INFORMATION_TONE_S = (950, 1400, 1800), 0.33
INFORMATION_AFTER_S, ANNOUNCEMENT_AFTER_S = 0.3, 0.2
"""The special information tones of ITU-T E.180, one right behind the other, and then the announcement."""
ANNOUNCED_FOR_S = 20.0
"""When the network hangs up, from the end of its words on; a choice of its own."""

PLEASE_HOLD = "One moment, please."
GREETING = (
    "Hello, you have reached a voicemail. Nobody can take your call right now. "
    "Please leave a message after the tone."
)
QUESTION = (
    "Hello. The person whom you are calling is using a call assistant. "
    "Please say your name, and why you are calling."
)
ANNOUNCEMENT = "We are sorry. The number that you have dialled is not in service. Please check the number."
HELLO = "Hello? Who is there, please?"

LATE_HELLO = Utterance(length_s=1.0, begins_s=1.0)
"""What a person says who comes to the telephone late, where the script does not say it: a hello, once they
hold it to their ear."""


HELLO_AT_ONCE = Utterance(length_s=1.0)
"""What somebody says who answers and may be recorded, where the script does not say it."""


class SoundKind(Enum):
    SPEECH = auto()
    MUSIC = auto()
    BEEP = auto()
    FAX_TONE = auto()
    NETWORK_TONE = auto()
    RECORDING = auto()


@dataclass(frozen=True, kw_only=True)
class Sound:
    """One stretch of sound. `words` of speech, `frequency_hz` of a tone, `second_hz` if it has two; `mulaw`
    of a recording."""

    kind: SoundKind
    begins_s: float
    length_s: float
    words: str = ""
    frequency_hz: int = 0
    second_hz: int = 0
    mulaw: bytes = b""

    @property
    def ends_s(self) -> float:
        return self.begins_s + self.length_s


@dataclass(frozen=True, kw_only=True)
class Course:
    """`sounds` in order, never two at once. `person_after_s`: when a person is at the telephone; None: never,
    or when a screening robot has heard who calls. Then `person_sounds` follow, counted from that moment.
    `asked_after_s`: when such a robot has put its question. `records_after_s`: when a machine begins to
    record. `hangs_up_after_s`: when the callee's side does, None to stay.
    """

    sounds: tuple[Sound, ...] = ()
    person_after_s: float | None = None
    person_sounds: tuple[Sound, ...] = ()
    asked_after_s: float | None = None
    records_after_s: float | None = None
    hangs_up_after_s: float | None = None


def course_of(script: CalleeScript) -> Course:
    """The plan of a callee who answers; an empty one for those who do not."""
    match script.behaviour:
        case "answers":
            course = Course(sounds=(*_played(script.plays), *_spoken(script.utterances)), person_after_s=0.0)
        case "voicemail" | "voicemail-silent":
            course = _mailbox(script)
        case "fax":
            course = _fax()
        case "screens":
            course = _screening(script)
        case "hold-music":
            course = _hold_music(script)
        case "busy-tone":
            course = _network_tone(BUSY_TONE_S)
        case "reorder":
            course = _network_tone(REORDER_TONE_S)
        case "rings-on":
            course = _ringing_on(script)
        case "recorded-line":
            course = _recorded_line(script)
        case "announcement":
            course = _announcement(script)
        case _:
            course = Course()
    leaving_s = [at for at in (course.hangs_up_after_s, script.hangs_up_after_s) if at is not None]
    return replace(course, hangs_up_after_s=min(leaving_s, default=None))


def _mailbox(script: CalleeScript) -> Course:
    sounds: list[Sound] = []
    ready_s = script.silence_s
    if script.behaviour == "voicemail":
        sounds.append(_speech(0.0, script.greeting_s, GREETING))
        ready_s = script.greeting_s + GREETING_PAUSE_S
    if script.beep_hz is not None:
        beep = Sound(
            kind=SoundKind.BEEP,
            begins_s=ready_s,
            length_s=script.beep_length_s,
            frequency_hz=script.beep_hz,
        )
        sounds.append(beep)
        ready_s = beep.ends_s
    return Course(sounds=tuple(sounds), records_after_s=ready_s, hangs_up_after_s=ready_s + script.records_s)


def _fax() -> Course:
    tone = Sound(
        kind=SoundKind.FAX_TONE, begins_s=FAX_SILENCE_S, length_s=FAX_TONE_S, frequency_hz=FAX_TONE_HZ
    )
    return Course(sounds=(tone,), hangs_up_after_s=tone.ends_s + FAX_WAITS_S)


def _screening(script: CalleeScript) -> Course:
    sounds = [_speech(QUESTION_AFTER_S, script.greeting_s, QUESTION)]
    if script.sounds_tone:
        begins_s = sounds[0].ends_s + QUESTION_TONE_AFTER_S
        sounds.append(_tone(begins_s, QUESTION_TONE_S, QUESTION_TONE_HZ))
    return Course(sounds=tuple(sounds), asked_after_s=sounds[-1].ends_s, person_sounds=_hello(script))


def _hold_music(script: CalleeScript) -> Course:
    music = Sound(kind=SoundKind.MUSIC, begins_s=0.0, length_s=script.music_s)
    hello = (replace(sound, begins_s=music.ends_s + sound.begins_s) for sound in _hello(script))
    return Course(sounds=(music, *hello), person_after_s=music.ends_s)


def _network_tone(length_s: float) -> Course:
    low_hz, high_hz = NETWORK_TONE_HZ
    count = round(NETWORK_TONE_FOR_S / (2 * length_s))
    tones = (_tone(NETWORK_TONE_AFTER_S + 2 * n * length_s, length_s, low_hz, high_hz) for n in range(count))
    return Course(sounds=tuple(tones), hangs_up_after_s=NETWORK_TONE_FOR_S)


def _ringing_on(script: CalleeScript) -> Course:
    word = _speech(0.0, PLEASE_HOLD_S, PLEASE_HOLD)
    count = math.ceil(script.rings_s / RINGING_EVERY_S)
    rings = [_tone(word.ends_s + 1 + n * RINGING_EVERY_S, RINGING_S, RINGING_HZ) for n in range(count)]
    picked_up_s = word.ends_s + 1 + script.rings_s
    hello = (replace(sound, begins_s=picked_up_s + sound.begins_s) for sound in _hello(script))
    return Course(sounds=(word, *rings, *hello), person_after_s=picked_up_s)


def _recorded_line(script: CalleeScript) -> Course:
    hello = _spoken(script.utterances or (HELLO_AT_ONCE,))
    warnings = [
        _tone(hello[0].ends_s + WARNING_AFTER_S + n * WARNING_EVERY_S, WARNING_S, WARNING_HZ)
        for n in range(WARNINGS)
    ]
    apart = [tone for tone in warnings if not any(_overlap(tone, said) for said in hello)]
    sounds = sorted((*hello, *apart), key=lambda sound: sound.begins_s)
    return Course(sounds=tuple(sounds), person_after_s=0.0)


def _announcement(script: CalleeScript) -> Course:
    sounds: list[Sound] = []
    ready_s = INFORMATION_AFTER_S
    if script.sounds_sit:
        for frequency_hz in INFORMATION_HZ:
            sounds.append(_tone(ready_s, INFORMATION_TONE_S, frequency_hz))
            ready_s = sounds[-1].ends_s
        ready_s += ANNOUNCEMENT_AFTER_S
    words = _speech(ready_s, script.greeting_s, ANNOUNCEMENT)
    return Course(sounds=(*sounds, words), hangs_up_after_s=words.ends_s + ANNOUNCED_FOR_S)


def _played(mulaw: bytes) -> tuple[Sound, ...]:
    if not mulaw:
        return ()
    return (Sound(kind=SoundKind.RECORDING, begins_s=0.0, length_s=duration_s(len(mulaw)), mulaw=mulaw),)


def _overlap(one: Sound, other: Sound) -> bool:
    return one.begins_s < other.ends_s and other.begins_s < one.ends_s


def _tone(begins_s: float, length_s: float, frequency_hz: int, second_hz: int = 0) -> Sound:
    return Sound(
        kind=SoundKind.NETWORK_TONE,
        begins_s=begins_s,
        length_s=length_s,
        frequency_hz=frequency_hz,
        second_hz=second_hz,
    )


def _hello(script: CalleeScript) -> tuple[Sound, ...]:
    return _spoken(script.utterances or (LATE_HELLO,))


def _spoken(utterances: tuple[Utterance, ...]) -> tuple[Sound, ...]:
    return tuple(_speech(said.begins_s, said.length_s, HELLO) for said in utterances)


def _speech(begins_s: float, length_s: float, words: str) -> Sound:
    return Sound(kind=SoundKind.SPEECH, begins_s=begins_s, length_s=length_s, words=words)
