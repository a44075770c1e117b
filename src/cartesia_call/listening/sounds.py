"""What may be heard of the callee: the events of the detector."""

from __future__ import annotations

from cartesia_call.listening.cadence import NetworkTone
from cartesia_call.listening.limits import RING_SETTLES_S
from cartesia_call.records import dataclass


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
    """A steady tone, as an answering machine's before it records, ended at `at_s`.

    `settled_at_s`: until then it may turn out to be the network's (`NetworkHeard`), when more of it come.
    """

    at_s: float
    length_s: float
    frequency_hz: float
    settled_at_s: float = 0.0

    @property
    def may_ring(self) -> bool:
        """It is as long as a ringing tone, and of its pitch."""
        return self.settled_at_s - self.at_s >= RING_SETTLES_S - 0.01


@dataclass(frozen=True, kw_only=True)
class FaxTone:
    """The called fax machine's tone (CED, 2100 Hz, or the calling one's, CNG, 1100 Hz)."""

    at_s: float


@dataclass(frozen=True, kw_only=True)
class NetworkHeard:
    """A tone of the network was heard up to `at_s`: the beeps before it were none, nor was a machine's what
    was heard before it rang. Told again with every tone."""

    at_s: float
    tone: NetworkTone


@dataclass(frozen=True, kw_only=True)
class MusicHeard:
    """Music plays at `at_s`: whoever was begun to be heard, their end is not told. Told again as long as it
    plays."""

    at_s: float


@dataclass(frozen=True, kw_only=True)
class SoundGoesOn:
    """Up to `at_s` it has not been silent for two seconds: noise, or music that is not known for it yet. Told
    every second."""

    at_s: float


Sound = SpeechBegan | SpeechEnded | Beep | FaxTone | NetworkHeard | MusicHeard | SoundGoesOn
"""Times are those of whoever feeds the detector: seconds of the call's clock."""
