"""The other end of a simulated call: what the person who is called does, written in one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from cartesia_call.audio.durations import parse_duration_s
from cartesia_call.errors import InputError

BEHAVIOURS = ("answers", "busy", "no-answer", "declines", "unreachable")
"""What a callee can do; the first is the default."""

KEYS = "0123456789*#"
DEFAULT_RING_S = 2.0


@dataclass(frozen=True, kw_only=True)
class CalleeScript:
    """What the callee does, in seconds of the call's clock.

    `ring_s`: how long it rings before the callee answers or declines. `says_s`: how long they speak from
    the answer on. `hangs_up_after_s`: seconds after the answer, None to stay until the end. `presses`:
    keys with the seconds after the answer at which they are pressed.
    """

    behaviour: str = "answers"
    ring_s: float = DEFAULT_RING_S
    says_s: float = 0.0
    hangs_up_after_s: float | None = None
    presses: tuple[tuple[str, float], ...] = ()


def parse_callee(spec: str) -> CalleeScript:
    """A callee as people write one: `answers,ring:2s,says:1.5s,presses:1@5s,hangs-up@3s`.

    The behaviour comes first and may be left out before details that only somebody who answers can have:
    `hangs-up@3s`. InputError with one sentence that lists the valid words.
    """
    words = [word.strip() for word in spec.split(",")]
    behaviour = words.pop(0) if words[0] in BEHAVIOURS else BEHAVIOURS[0]
    script = CalleeScript(behaviour=behaviour)
    for word in words:
        script = _with_detail(script, word)
    return script


def _with_detail(script: CalleeScript, word: str) -> CalleeScript:
    for prefix, read, behaviours in _DETAILS:
        if not word.startswith(prefix):
            continue
        if script.behaviour not in behaviours:
            raise InputError(f"--callee: {prefix!r} means nothing for a callee that is {script.behaviour!r}")
        try:
            return read(script, word.removeprefix(prefix))
        except ValueError as problem:
            raise InputError(f"--callee: in {word!r}, {problem}") from None
    raise InputError(
        f"--callee: {word!r} is not known; write one of {', '.join(BEHAVIOURS)}, "
        "and after commas ring:2s, says:1.5s, presses:1@5s or hangs-up@3s"
    )


def _ring(script: CalleeScript, text: str) -> CalleeScript:
    return replace(script, ring_s=parse_duration_s(text))


def _says(script: CalleeScript, text: str) -> CalleeScript:
    return replace(script, says_s=parse_duration_s(text))


def _hangs_up(script: CalleeScript, text: str) -> CalleeScript:
    return replace(script, hangs_up_after_s=parse_duration_s(text))


def _presses(script: CalleeScript, text: str) -> CalleeScript:
    key, at, moment = text.partition("@")
    if len(key) != 1 or key not in KEYS or not at:
        raise ValueError(f"{text!r} is not one key of {KEYS} and its moment; write presses:1@5s")
    return replace(script, presses=(*script.presses, (key, parse_duration_s(moment))))


_DETAILS: tuple[tuple[str, Callable[[CalleeScript, str], CalleeScript], frozenset[str]], ...] = (
    ("ring:", _ring, frozenset({"answers", "declines"})),
    ("says:", _says, frozenset({"answers"})),
    ("presses:", _presses, frozenset({"answers"})),
    ("hangs-up@", _hangs_up, frozenset({"answers"})),
)
