"""The tones of the world's networks: what is heard behind an answer that is none.

Figures of ITU-T E.180's supplement 2 ("Various tones used in national networks"; the ITU's list of them is
tones-0203.pdf), as the tone zones of Asterisk (indications.conf) copy it, which name further sources: BT's
SIN 350 for Britain, TNA 102 for New Zealand, IDA TS PSTN 1 for Singapore, ACIF S002 for Australia.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cartesia_call.audio.mulaw import SAMPLE_RATE_HZ
from tests.listening.synthesis import at_level, quiet

_SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000
_EDGE_MS = 4
_DOUBLE_RING_MS = (400, 200, 400, 2000)


@dataclass(frozen=True, kw_only=True)
class NetworkTones:
    """A tone as it is heard. `pitches`: "425", "400+450" (both at once), "400*25" (one that swells and fades
    as often a second). `cadence_ms`: sound and silence in turn. `where`: the networks that have it."""

    where: str
    pitches: str
    cadence_ms: tuple[int, ...]

    def pcm(self, duration_ms: int, *, dbfs: float = -15) -> bytes:
        """Whole rounds of it, for at least so long."""
        parts = zip(self.cadence_ms[::2], self.cadence_ms[1::2], strict=True)
        once = b"".join(wave(self.pitches, on_ms, dbfs) + quiet(off_ms) for on_ms, off_ms in parts)
        return once * math.ceil(duration_ms / sum(self.cadence_ms))


def _rows(*rows: tuple[str, str, tuple[int, ...]]) -> tuple[NetworkTones, ...]:
    return tuple(NetworkTones(where=where, pitches=hz, cadence_ms=ms) for where, hz, ms in rows)


RINGING = _rows(
    ("Germany, Italy, Brazil, Mexico, Russia and most others", "425", (1000, 4000)),
    ("Belgium", "425", (1000, 3000)),
    ("Portugal, Sweden", "425", (1000, 5000)),
    ("Spain", "425", (1500, 3000)),
    ("Hungary", "425", (1250, 3750)),
    ("Austria, Thailand", "420", (1000, 5000)),
    ("Israel", "414", (1000, 3000)),
    ("Chile", "400", (1000, 3000)),
    ("China", "450", (1000, 4000)),
    ("France", "440", (1500, 3500)),
    ("Malaysia", "425", _DOUBLE_RING_MS),
    ("Japan", "400*16", (1000, 2000)),
    ("India", "400*25", _DOUBLE_RING_MS),
    ("Singapore", "425*24", _DOUBLE_RING_MS),
    ("South Africa, Siemens", "400*33", _DOUBLE_RING_MS),
    ("South Africa, Alcatel", "383+417", _DOUBLE_RING_MS),
    ("Australia", "413+438", _DOUBLE_RING_MS),
    ("Australia, as 400 + 425 Hz", "400+425", _DOUBLE_RING_MS),
    ("Australia, as 400 + 425 + 450 Hz", "400+425+450", _DOUBLE_RING_MS),
    ("Britain, New Zealand, Telstra's mobiles", "400+450", _DOUBLE_RING_MS),
    ("Philippines", "425+480", (1000, 4000)),
    ("North America", "440+480", (2000, 4000)),
    ("Taiwan", "440+480", (1000, 2000)),
)
BUSY = _rows(
    ("Germany", "425", (480, 480)),
    ("Belgium, Italy, Poland and most others", "425", (500, 500)),
    ("Lithuania, Russia", "425", (350, 350)),
    ("Czechia", "425", (330, 330)),
    ("Estonia, Finland, Greece, Hungary", "425", (300, 300)),
    ("Brazil, Mexico, Sweden", "425", (250, 250)),
    ("Spain", "425", (200, 200)),
    ("Australia", "425", (375, 375)),
    ("Singapore", "425", (750, 750)),
    ("Austria", "420", (400, 400)),
    ("Israel", "414", (500, 500)),
    ("Chile, Japan, New Zealand, Thailand", "400", (500, 500)),
    ("Britain", "400", (375, 375)),
    ("India", "400", (750, 750)),
    ("China", "450", (350, 350)),
    ("France", "440", (500, 500)),
    ("North America, Philippines, Taiwan", "480+620", (500, 500)),
)
CONGESTION = _rows(
    ("Germany", "425", (240, 240)),
    ("Bulgaria, Indonesia, Netherlands, Singapore", "425", (250, 250)),
    ("Denmark, Finland, Italy, Portugal, Switzerland", "425", (200, 200)),
    ("Russia", "425", (175, 175)),
    ("Belgium", "425", (167, 167)),
    ("Czechia", "425", (165, 165)),
    ("Sweden", "425", (250, 750)),
    ("Brazil", "425", (250, 250, 750, 250)),
    ("Spain", "425", (200, 200, 200, 200, 200, 600)),
    ("Austria", "420", (200, 200)),
    ("Israel", "414", (250, 250)),
    ("Chile", "400", (200, 200)),
    ("India, New Zealand, South Africa", "400", (250, 250)),
    ("Thailand", "400", (300, 300)),
    ("Britain", "400", (400, 350, 225, 525)),
    ("China", "450", (700, 700)),
    ("France", "440", (250, 250)),
    ("North America, Philippines, Taiwan", "480+620", (250, 250)),
)


@lru_cache(maxsize=64)
def wave(pitches: str, duration_ms: int, dbfs: float) -> bytes:
    """One sound of these pitches, faded in and out within 4 ms."""
    count, edge = duration_ms * _SAMPLES_PER_MS, _EDGE_MS * _SAMPLES_PER_MS
    samples = list(_sum(pitches, count))
    for n in (*range(edge), *range(count - edge, count)):
        samples[n] *= min((n + 1) / edge, (count - n) / edge)
    return at_level(struct.pack(f"<{count}h", *(round(8000 * sample) for sample in samples)), dbfs)


_MODULATION = 0.9
"""How deep a tone that is written with "*" fades: as Asterisk's tone zones have it."""


def _sum(pitches: str, count: int) -> Iterator[float]:
    carrier_hz, _, swell_hz = pitches.partition("*")
    steps = [2 * math.pi * float(hz) / SAMPLE_RATE_HZ for hz in carrier_hz.split("+")]
    swell = 2 * math.pi * float(swell_hz or 0) / SAMPLE_RATE_HZ
    for n in range(count):
        yield sum(math.sin(step * n) for step in steps) * (1 + _MODULATION * math.sin(swell * n)) / len(steps)
