"""The other end of a simulated call: what whoever is called does, written in one line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from cartesia_call.audio.durations import parse_duration_s
from cartesia_call.audio.mulaw import duration_s
from cartesia_call.errors import InputError
from cartesia_simulator.wav_file import read_wav

BEHAVIOURS = (
    "answers",
    "busy",
    "no-answer",
    "declines",
    "blocked",
    "unreachable",
    "voicemail",
    "voicemail-silent",
    "fax",
    "screens",
    "hold-music",
    "busy-tone",
    "reorder",
    "rings-on",
    "recorded-line",
    "announcement",
)
"""What a callee can do; the first is the default.

`blocked`: a network on the way refuses the call as a callee would, by SIP 603, before anything rings, and the
carrier notes it a moment later. `voicemail`: a greeting, a beep, a recording; `voicemail-silent`: the same
without a greeting. `screens`: a robot voice asks who is calling and puts the person on once it has been told;
with `tone` it sounds one behind its question. `hold-music`: music, then a person. `busy-tone`, `reorder`: the
network's tone behind the answer, as some trunks and switchboards give it. `rings-on`: a word, and then it
rings on until a person comes. `recorded-line`: a person, and a tone every 13 s that warns of the recording.
`announcement`: the network's special information tones, then words that say why nobody can be reached.
"""

KEYS = "0123456789*#"
KEY_INTERVAL_S = 0.3
"""From one key to the next where several are pressed in a row."""

VERDICTS = (
    "human",
    "machine_start",
    "machine_end_beep",
    "machine_end_silence",
    "machine_end_other",
    "fax",
    "unknown",
)
"""What Twilio's answering-machine detection can say (docs, "Answering Machine Detection", `AnsweredBy`)."""

BLOCKING_NOTES = {
    32017: "PSTN: Carrier blocked call due to calling number (caller ID)",
    32203: "SIP: Call blocked by Twilio",
}
"""What Twilio notes of calls that were blocked, by its code (its error dictionary)."""

DEFAULT_RING_S = 2.0
LOWEST_BEEP_HZ, HIGHEST_BEEP_HZ = 300, 3400
"""The band of the telephone network (ITU-T G.712)."""


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """The person speaks for `length_s`, from `begins_s` after they came to the telephone on."""

    length_s: float
    begins_s: float = 0.0

    @property
    def ends_s(self) -> float:
        return self.begins_s + self.length_s


@dataclass(frozen=True, kw_only=True)
class ScriptedVerdict:
    """What the carrier's answering-machine detection is to say, right or wrong, `after_s` after the answer;
    with None it says nothing.
    """

    answered_by: str | None
    after_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ScriptedNote:
    """The carrier notes by `code` what blocked the call, `after_s` behind its end."""

    code: int = 32017
    after_s: float = 1.0


@dataclass(frozen=True, kw_only=True)
class CalleeScript:
    """What the callee does, in seconds of the call's clock.

    `ring_s`: how long it rings before somebody answers or declines. `hangs_up_after_s`: seconds after the
    answer, None to stay as long as they would. `utterances`, in order, and `presses`, keys with their
    moments, count from when a person comes to the telephone: the answer, the end of the music, or when the
    screening robot puts them on. `refuses`: it does not, and hangs up.

    `plays`: mu-law that is heard from the answer on, in the place of somebody who speaks. `sounds_tone`:
    behind the robot's question. `sounds_sit`: the special information tones go before the announcement.

    `greeting_s`: how long a machine speaks first. `silence_s`: how long one is silent that has no greeting.
    `beep_hz` None: no beep. `records_s`: how long a message may be; the machine then hangs up. `music_s`: how
    long music plays, `rings_s`: how long it rings on. `noted`: what is noted of a call that is blocked, None
    for nothing. `verdict` None: the carrier's detection says what the
    rest of the script deserves.
    """

    behaviour: str = "answers"
    ring_s: float = DEFAULT_RING_S
    hangs_up_after_s: float | None = None
    utterances: tuple[Utterance, ...] = ()
    presses: tuple[tuple[str, float], ...] = ()
    refuses: bool = False
    plays: bytes = b""
    sounds_tone: bool = False
    sounds_sit: bool = True
    greeting_s: float = 6.0
    silence_s: float = 3.0
    beep_hz: int | None = 1000
    beep_length_s: float = 0.4
    records_s: float = 60.0
    music_s: float = 20.0
    rings_s: float = 15.0
    noted: ScriptedNote | None = ScriptedNote()
    verdict: ScriptedVerdict | None = None


def parse_callees(spec: str) -> tuple[CalleeScript, ...]:
    """Callees of one call after the other, separated by semicolons: `busy;answers,presses:1@2s`. The last one
    answers every further call. InputError as `parse_callee`.
    """
    return tuple(parse_callee(one.strip()) for one in spec.split(";"))


def parse_callee(spec: str) -> CalleeScript:
    """A callee as people write one: `answers,ring:2s,says:1.5s,presses:1@5s` or `voicemail,greeting:9s`.

    The behaviour comes first and may be left out where somebody answers: `hangs-up@3s`. InputError with one
    sentence: what is valid, or why a detail would have no effect.
    """
    words = [word.strip() for word in spec.split(",")]
    behaviour = words.pop(0) if words[0] in BEHAVIOURS else BEHAVIOURS[0]
    script = CalleeScript(behaviour=behaviour)
    given: set[str] = set()
    for word in words:
        detail = _detail_of(word)
        if behaviour not in detail.behaviours:
            raise InputError(
                f"--callee: {detail.name!r} means nothing for a callee that is {behaviour!r}; "
                f"it goes with {', '.join(name for name in BEHAVIOURS if name in detail.behaviours)}"
            )
        if detail.name in given and detail.name not in _REPEATABLE:
            raise InputError(f"--callee: {detail.name!r} is given twice; write it once")
        given.add(detail.name)
        try:
            script = detail.read(script, word.removeprefix(detail.name))
        except ValueError as problem:
            raise InputError(f"--callee: in {word!r}, {problem}") from None
    _refuse_without_effect(script, given)
    return script


@dataclass(frozen=True, kw_only=True)
class _Detail:
    """A detail by how it begins, and what it may be written behind. `read` raises ValueError."""

    name: str
    example: str
    behaviours: frozenset[str]
    read: Callable[[CalleeScript, str], CalleeScript]


def _detail_of(word: str) -> _Detail:
    for detail in _DETAILS:
        if word.startswith(detail.name):
            return detail
    raise InputError(
        f"--callee: {word!r} is not known; write one of {', '.join(BEHAVIOURS)}, "
        f"and after commas {', '.join(detail.example for detail in _DETAILS)}"
    )


def _refuse_without_effect(script: CalleeScript, given: set[str]) -> None:
    if script.refuses and (script.utterances or script.presses):
        raise InputError("--callee: a person who 'refuses' is never put on, so they say and press nothing")
    plays_s = duration_s(len(script.plays))
    if script.plays and any(said.begins_s < plays_s for said in script.utterances):
        raise InputError(
            f"--callee: the file that is played lasts {plays_s:.1f} s, and they would speak into it; "
            f"write when they do, as in says:1s@{plays_s + 1:.0f}s"
        )
    if script.beep_hz is None and "beep-length:" in given:
        raise InputError("--callee: without a beep 'beep-length:' means nothing; leave one of them out")


def _seconds(field: str) -> Callable[[CalleeScript, str], CalleeScript]:
    def read(script: CalleeScript, text: str) -> CalleeScript:
        changed: dict[str, Any] = {field: parse_duration_s(text)}
        return replace(script, **changed)

    return read


def _says(script: CalleeScript, text: str) -> CalleeScript:
    length, at, moment = text.partition("@")
    said = Utterance(
        length_s=parse_duration_s(length), begins_s=parse_duration_s(moment) if at else Utterance.begins_s
    )
    utterances = tuple(sorted((*script.utterances, said), key=lambda utterance: utterance.begins_s))
    if any(later.begins_s < earlier.ends_s for earlier, later in pairwise(utterances)):
        raise ValueError("they would speak twice at once; write when each begins, as in says:1s@4s")
    return replace(script, utterances=utterances)


def _presses(script: CalleeScript, text: str) -> CalleeScript:
    keys, at, moment = text.partition("@")
    if not (keys and at and set(keys) <= set(KEYS)):
        raise ValueError(f"{text!r} is not keys of {KEYS} and their moment; write presses:1@5s")
    first_s = parse_duration_s(moment)
    pressed = tuple((key, first_s + n * KEY_INTERVAL_S) for n, key in enumerate(keys))
    return replace(script, presses=(*script.presses, *pressed))


def _word(name: str, field: str) -> Callable[[CalleeScript, str], CalleeScript]:
    def read(script: CalleeScript, text: str) -> CalleeScript:
        if text:
            raise ValueError(f"the word is {name}, with nothing behind it")
        changed: dict[str, Any] = {field: True}
        return replace(script, **changed)

    return read


def _plays(script: CalleeScript, text: str) -> CalleeScript:
    if not text:
        raise ValueError("no file is named; write plays:greeting.wav")
    return replace(script, plays=read_wav(Path(text)))


def _sit(script: CalleeScript, text: str) -> CalleeScript:
    if text != "none":
        raise ValueError(f"{text!r} is not known; write sit:none, or leave it out")
    return replace(script, sounds_sit=False)


def _beep(script: CalleeScript, text: str) -> CalleeScript:
    if text == "none":
        return replace(script, beep_hz=None)
    match = re.fullmatch(r"(\d{1,5}) ?hz", text, re.ASCII | re.IGNORECASE)
    if match is None or not LOWEST_BEEP_HZ <= int(match[1]) <= HIGHEST_BEEP_HZ:
        raise ValueError(
            f"{text!r} is not a frequency from {LOWEST_BEEP_HZ} to {HIGHEST_BEEP_HZ} Hz; "
            "write beep:1000hz or beep:none"
        )
    return replace(script, beep_hz=int(match[1]))


def _noted(script: CalleeScript, text: str) -> CalleeScript:
    if text == "never":
        return replace(script, noted=None)
    code, at, moment = text.partition("@")
    if code not in map(str, BLOCKING_NOTES) or not at:
        raise ValueError(
            f"{text!r} is not a note and its moment; write noted:never, or one of "
            f"{', '.join(map(str, BLOCKING_NOTES))} as in noted:32017@2s"
        )
    return replace(script, noted=ScriptedNote(code=int(code), after_s=parse_duration_s(moment)))


def _amd(script: CalleeScript, text: str) -> CalleeScript:
    if text == "never":
        return replace(script, verdict=ScriptedVerdict(answered_by=None))
    answered_by, at, moment = text.partition("@")
    if answered_by not in VERDICTS or not at:
        raise ValueError(
            f"{text!r} is not a verdict and its moment; write amd:never, or one of "
            f"{', '.join(VERDICTS)} as in amd:human@2s"
        )
    verdict = ScriptedVerdict(answered_by=answered_by, after_s=parse_duration_s(moment))
    return replace(script, verdict=verdict)


_MAILBOXES = frozenset({"voicemail", "voicemail-silent"})
_PEOPLE = frozenset({"answers", "screens", "hold-music", "rings-on", "recorded-line"})
_ANSWERING = _MAILBOXES | _PEOPLE | {"fax", "busy-tone", "reorder", "announcement"}
_REPEATABLE = frozenset({"says:", "presses:"})

_DETAILS = tuple(
    _Detail(name=name, example=example, behaviours=frozenset(behaviours), read=read)
    for name, example, behaviours, read in (
        ("ring:", "ring:2s", _ANSWERING | {"declines"}, _seconds("ring_s")),
        ("says:", "says:1.5s or says:1s@0.5s", _PEOPLE, _says),
        ("presses:", "presses:1@5s", _PEOPLE, _presses),
        ("hangs-up@", "hangs-up@3s", _ANSWERING, _seconds("hangs_up_after_s")),
        ("greeting:", "greeting:6s", {"voicemail", "screens", "announcement"}, _seconds("greeting_s")),
        ("silence:", "silence:3s", {"voicemail-silent"}, _seconds("silence_s")),
        ("beep:", "beep:1000hz or beep:none", _MAILBOXES, _beep),
        ("beep-length:", "beep-length:400ms", _MAILBOXES, _seconds("beep_length_s")),
        ("records:", "records:60s", _MAILBOXES, _seconds("records_s")),
        ("refuses", "refuses", {"screens"}, _word("refuses", "refuses")),
        ("tone", "tone", {"screens"}, _word("tone", "sounds_tone")),
        ("sit:", "sit:none", {"announcement"}, _sit),
        ("plays:", "plays:FILE.wav", {"answers"}, _plays),
        ("music:", "music:20s", {"hold-music"}, _seconds("music_s")),
        ("rings:", "rings:15s", {"rings-on"}, _seconds("rings_s")),
        ("noted:", "noted:32017@2s or noted:never", {"blocked"}, _noted),
        ("amd:", "amd:human@2s or amd:never", _ANSWERING, _amd),
    )
)
