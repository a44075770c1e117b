"""What may be heard of the callee: the events of the detector."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SpeechBegan:
    """Somebody, or some machine, began to speak at `at_s`."""

    at_s: float


@dataclass(frozen=True, kw_only=True)
class SpeechEnded:
    """The speech that began `length_s` before `at_s` ended there; told once the silence behind it is long
    enough to be the end of an utterance, and no pause between words."""

    at_s: float
    length_s: float


@dataclass(frozen=True, kw_only=True)
class Beep:
    """A steady tone, as an answering machine's before it records, ended at `at_s`."""

    at_s: float
    length_s: float
    frequency_hz: float


@dataclass(frozen=True, kw_only=True)
class FaxTone:
    """The called fax machine's tone (CED, 2100 Hz, or the calling one's, CNG, 1100 Hz)."""

    at_s: float


Sound = SpeechBegan | SpeechEnded | Beep | FaxTone
"""Times are those of whoever feeds the detector: seconds of the call's clock."""
