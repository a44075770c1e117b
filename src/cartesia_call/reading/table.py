"""All rules of reading, in their order. docs/reading.md shows them with examples."""

from __future__ import annotations

from cartesia_call.reading.clock_durations import CLOCK_DURATIONS
from cartesia_call.reading.identifiers import IDENTIFIERS
from cartesia_call.reading.names import NAMES, PATHS
from cartesia_call.reading.network import NETWORK
from cartesia_call.reading.quantities import QUANTITIES, VERSIONS
from cartesia_call.reading.rule import Rule
from cartesia_call.reading.signs import LEVELS, SIGNS
from cartesia_call.reading.times import TIMES

WORDS: tuple[Rule, ...] = (
    *NETWORK,
    *CLOCK_DURATIONS,
    *TIMES,
    *IDENTIFIERS,
    *PATHS,
    *VERSIONS,
    *QUANTITIES,
    *LEVELS,
    *NAMES,
    *SIGNS,
)
"""Applied in one walk through the text: at each place the first one that reads what stands there does, and
nothing that it said is looked at again."""
