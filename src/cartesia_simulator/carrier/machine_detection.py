"""Answering-machine detection (AMD): what may be asked for, and what comes of it.

Names, values, ranges and defaults: docs, "Answering Machine Detection", and errors/21234. The page lists POST
alone for `AsyncAmdStatusCallbackMethod`, the reference of the Call resource GET too: both are done as asked.
With `SendDigits` there is no detection (Call resource). Without a place to send an asynchronous verdict to,
21262 warns, and the call resource alone tells it.

What the Call resource's reference says of the verdicts: speech that is longer than the speech threshold is a
machine's, shorter speech a person's once the silence behind it is long enough; nothing at all for the silence
time-out, or no verdict before the time-out, is `unknown`. `DetectMessageEnd` alone waits for the end of a
machine's greeting (first page). When `machine_end_other` comes, neither says; here, when music has ended.

Lenient, for lack of a document: `AsyncAmd` and its callback are checked, and do nothing, without
`MachineDetection`; a verdict shows on the call resource as soon as it is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cartesia_call.ports import Clock
from cartesia_simulator.callee import CalleeScript
from cartesia_simulator.carrier.api_errors import ApiError, invalid_parameter
from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.callee_course import Sound, SoundKind, course_of
from cartesia_simulator.carrier.form import Form, first_value, http_method, is_web_address, whole_number
from cartesia_simulator.carrier.notifications import Problem
from cartesia_simulator.faults import FaultPlan

PARAMETERS = frozenset(
    {
        "AsyncAmd",
        "AsyncAmdStatusCallback",
        "AsyncAmdStatusCallbackMethod",
        "MachineDetection",
        "MachineDetectionSilenceTimeout",
        "MachineDetectionSpeechEndThreshold",
        "MachineDetectionSpeechThreshold",
        "MachineDetectionTimeout",
    }
)

_TIMEOUTS_S = range(3, 60)
_SPEECH_THRESHOLDS_MS = range(1000, 6001)
_SPEECH_END_THRESHOLDS_MS = range(500, 5001)
_SILENCE_TIMEOUTS_MS = range(2000, 10001)

_HELLO = Sound(kind=SoundKind.SPEECH, begins_s=0.0, length_s=2.0)
"""What is made of somebody who answers and whose script says nothing. With the silence behind it that makes
the three seconds which a verdict about a person usually takes."""

_TONE_S = 0.5
"""How much of a fax tone is enough; documented nowhere."""

LATE_AFTER_S = 15.0
"""When the verdict of `amd-late` comes, from the answer on, where it names no time."""


@dataclass(frozen=True, kw_only=True)
class VerdictCallback:
    """Who wants to hear of an asynchronous verdict, and how."""

    url: str
    method: str


@dataclass(frozen=True, kw_only=True)
class MachineDetection:
    """What was asked for.

    `waits_for_message_end`: a machine is reported once its greeting is over. `is_async`: the call's document
    runs meanwhile. The thresholds tell a person from a machine by how long they speak and are silent.
    """

    waits_for_message_end: bool = False
    is_async: bool = False
    callback: VerdictCallback | None = None
    timeout_s: int = 30
    speech_threshold_ms: int = 2400
    speech_end_threshold_ms: int = 1200
    silence_timeout_ms: int = 5000

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is to be noted on the call; it stops nothing."""
        if self.is_async and self.callback is None:
            return (Problem(21262, "No AMD status callback URL provided"),)
        return ()


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Who answered, in Twilio's words, and how many seconds after the answer that is known."""

    answered_by: str
    after_s: float


def parse_machine_detection(form: Form) -> MachineDetection | None:
    """The detection that a placing request asks for, if any; ApiError as Twilio would refuse it."""
    mode = first_value(form, "MachineDetection")
    if mode and mode not in {"Enable", "DetectMessageEnd"}:
        raise _invalid(f"MachineDetection {mode} is neither Enable nor DetectMessageEnd")
    detection = MachineDetection(
        waits_for_message_end=mode == "DetectMessageEnd",
        is_async=_is_async(form),
        callback=_callback(form),
        timeout_s=_number(form, "MachineDetectionTimeout", _TIMEOUTS_S, MachineDetection.timeout_s),
        speech_threshold_ms=_number(
            form,
            "MachineDetectionSpeechThreshold",
            _SPEECH_THRESHOLDS_MS,
            MachineDetection.speech_threshold_ms,
        ),
        speech_end_threshold_ms=_number(
            form,
            "MachineDetectionSpeechEndThreshold",
            _SPEECH_END_THRESHOLDS_MS,
            MachineDetection.speech_end_threshold_ms,
        ),
        silence_timeout_ms=_number(
            form, "MachineDetectionSilenceTimeout", _SILENCE_TIMEOUTS_MS, MachineDetection.silence_timeout_ms
        ),
    )
    return detection if mode and not first_value(form, "SendDigits") else None


def verdict_on(callee: CalleeScript, detection: MachineDetection) -> Verdict | None:
    """What the detection makes of a callee who answers, or what their script wants it to; None: nothing."""
    scripted = callee.verdict
    if scripted is not None:
        if scripted.answered_by is None:
            return None
        return Verdict(answered_by=scripted.answered_by, after_s=scripted.after_s)
    sounds = course_of(callee).sounds or ((_HELLO,) if callee.behaviour == "answers" else ())
    verdict = _judged(sounds, detection)
    if verdict.after_s > detection.timeout_s:
        return Verdict(answered_by="unknown", after_s=detection.timeout_s)
    return verdict


def _judged(sounds: Sequence[Sound], detection: MachineDetection) -> Verdict:
    silence_timeout_s = detection.silence_timeout_ms / 1000
    if not sounds or sounds[0].begins_s >= silence_timeout_s:
        return Verdict(answered_by="unknown", after_s=silence_timeout_s)
    if sounds[0].kind is SoundKind.FAX_TONE:
        return Verdict(answered_by="fax", after_s=sounds[0].begins_s + _TONE_S)
    return _judged_by_activity(sounds, detection)


def _judged_by_activity(sounds: Sequence[Sound], detection: MachineDetection) -> Verdict:
    """By what is heard until the first silence that counts, or until a beep."""
    end_silence_s = detection.speech_end_threshold_ms / 1000
    heard: list[Sound] = []
    for sound in sounds:
        if heard and sound.begins_s - heard[-1].ends_s > end_silence_s:
            break
        heard.append(sound)
        if sound.kind is SoundKind.BEEP:
            break
    began_s, ended_s = heard[0].begins_s, heard[-1].ends_s
    recognised_s = began_s + detection.speech_threshold_ms / 1000
    has_beeped = heard[-1].kind is SoundKind.BEEP
    if not has_beeped and ended_s <= recognised_s:
        return Verdict(answered_by="human", after_s=ended_s + end_silence_s)
    if not detection.waits_for_message_end:
        return Verdict(answered_by="machine_start", after_s=min(recognised_s, ended_s))
    if has_beeped:
        return Verdict(answered_by="machine_end_beep", after_s=ended_s)
    was_music = any(sound.kind is SoundKind.MUSIC for sound in heard)
    end = "machine_end_other" if was_music else "machine_end_silence"
    return Verdict(answered_by=end, after_s=ended_s + end_silence_s)


async def detect(
    call: SimulatedCall, callee: CalleeScript, detection: MachineDetection, *, clock: Clock, faults: FaultPlan
) -> bool:
    """Reach the verdict on an answered call and write it down; False if there is none, or the call was over
    before.
    """
    verdict = verdict_on(callee, detection)
    if verdict is None:
        return False
    late_s = faults.time_s("amd-late", otherwise=LATE_AFTER_S)
    after_s = verdict.after_s if late_s is None else late_s
    answered_at_s = clock.now_s() if call.answered_at_s is None else call.answered_at_s
    await clock.sleep(max(0.0, answered_at_s + after_s - clock.now_s()))
    if call.is_over:
        return False
    call.recognised(verdict.answered_by, round(after_s * 1000))
    return True


def _is_async(form: Form) -> bool:
    text = first_value(form, "AsyncAmd") or "false"
    if text not in {"true", "false"}:
        raise invalid_parameter(f"AsyncAmd {text!r} is neither true nor false")
    return text == "true"


def _callback(form: Form) -> VerdictCallback | None:
    method = http_method(form, "AsyncAmdStatusCallbackMethod")
    url = first_value(form, "AsyncAmdStatusCallback")
    if not url:
        return None
    if not is_web_address(url):
        raise invalid_parameter(f"AsyncAmdStatusCallback {url!r} is not a valid URL")
    return VerdictCallback(url=url, method=method)


def _number(form: Form, name: str, allowed: range, default: int) -> int:
    try:
        found = whole_number(form, name, allowed)
    except ValueError as problem:
        raise _invalid(str(problem)) from None
    return default if found is None else found


def _invalid(reason: str) -> ApiError:
    return ApiError(21234, f"Invalid Machine Detection configuration value: {reason}")
