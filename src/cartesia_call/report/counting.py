"""What the attempts of a list come to: fates of rows, calls over time, ring and talk times."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from cartesia_call.records import dataclass
from cartesia_call.report.kinds import NOT_CALLED, Ending, Kind, ending_of
from cartesia_call.report.reported import ListReport, ReportedAttempt

_MOST_COLUMNS = 24
"""As many as a telephone's screen shows as columns that differ."""
_STEPS_S = (
    *(1, 2, 5, 10, 15, 30),
    *(60 * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(3600 * hours for hours in (1, 2, 3, 6, 12)),
    *(86_400 * days for days in (1, 2, 7, 14, 28)),
)
_DAY_S = 86_400
_MOST_BINS = 20
_STEPS_OF_TEN = (1, 2, 5)


@dataclass(frozen=True)
class Fate:
    """What became of a row, or of a call without one: the attempt that decides, and how many there were."""

    attempt: ReportedAttempt
    ending: Ending
    attempts: int


def fates_of(report: ListReport) -> list[Fate]:
    """One for each row that was called, in the order of rows; without rows one for each call, by time.

    An attempt that reached its row decides, else the last one does.
    """
    if not report.is_list:
        ordered = sorted(report.attempts, key=lambda one: one.began_at)
        return [Fate(one, ending_of(one), 1) for one in ordered]
    by_row: defaultdict[int, list[ReportedAttempt]] = defaultdict(list)
    for one in report.attempts:
        by_row[one.row or 0].append(one)
    return [_fate(by_row[row]) for row in sorted(by_row)]


def _fate(attempts: Sequence[ReportedAttempt]) -> Fate:
    def weight(one: ReportedAttempt) -> tuple[bool, int, datetime]:
        return ending_of(one).kind is Kind.REACHED, one.attempt, one.began_at

    deciding = max(attempts, key=weight)
    return Fate(deciding, ending_of(deciding), len(attempts))


def endings_of(report: ListReport, fates: Iterable[Fate]) -> list[tuple[Ending, int]]:
    """How often each came out, rows that nobody called among them; by kind, the most frequent first."""
    counts = Counter(fate.ending for fate in fates)
    if (not_called := report.rows - counts.total()) > 0:
        counts[NOT_CALLED] += not_called
    kinds = list(Kind)
    return sorted(counts.items(), key=lambda one: (kinds.index(one[0].kind), -one[1], one[0].word))


@dataclass(frozen=True)
class Column:
    """The calls that began in one stretch of time, by kind. Its beginning is in the first call's zone."""

    starts_at: datetime
    counts: Counter[Kind]


@dataclass(frozen=True)
class OverTime:
    """Columns of `step_s` seconds each, without gaps."""

    step_s: int
    columns: tuple[Column, ...]


def over_time(attempts: Iterable[ReportedAttempt]) -> OverTime | None:
    """None if there are no calls. Columns begin at round times of the first call's zone."""
    moments = sorted(((one.began_at, ending_of(one).kind) for one in attempts), key=lambda one: one[0])
    if not moments:
        return None
    first, last = moments[0][0], moments[-1][0]
    zone, utc_offset = first.tzinfo, first.utcoffset() or timedelta()
    local_midnight = datetime(2000, 1, 3, tzinfo=UTC) - utc_offset  # a Monday: weeks begin there

    def since_s(moment: datetime) -> int:
        return math.floor((moment - local_midnight).total_seconds())

    step_s = _step_s(since_s(first), since_s(last))
    start, end = since_s(first) // step_s, since_s(last) // step_s
    counts: list[Counter[Kind]] = [Counter() for _ in range(end - start + 1)]
    for moment, kind in moments:
        counts[since_s(moment) // step_s - start][kind] += 1
    return OverTime(
        step_s,
        tuple(
            Column((local_midnight + timedelta(seconds=(start + at) * step_s)).astimezone(zone), count)
            for at, count in enumerate(counts)
        ),
    )


def _step_s(first_s: int, last_s: int) -> int:
    step_s = _STEPS_S[0]
    for step_s in _STEPS_S:
        if last_s // step_s - first_s // step_s < _MOST_COLUMNS:
            return step_s
    while last_s // step_s - first_s // step_s >= _MOST_COLUMNS:
        step_s *= 2
    return step_s


@dataclass(frozen=True)
class Spread:
    """Figures of some times, in seconds, and their histogram: `counts[n]` is of the bin `first_bin + n`, and
    the bin `m` goes from `m * bin_s` to under `(m + 1) * bin_s`."""

    number: int
    shortest_s: float
    median_s: float
    ninth_tenth_s: float
    longest_s: float
    bin_s: float
    first_bin: int
    counts: tuple[int, ...]


def spread_of(seconds: Iterable[float]) -> Spread | None:
    """None of nothing. Quantiles are times that occurred (nearest rank)."""
    ordered = sorted(seconds)
    if not ordered:
        return None
    bin_s = _bin_s(ordered[0], ordered[-1])
    first_bin = math.floor(ordered[0] / bin_s)
    counts = [0] * (math.floor(ordered[-1] / bin_s) - first_bin + 1)
    for one in ordered:
        counts[math.floor(one / bin_s) - first_bin] += 1
    return Spread(
        number=len(ordered),
        shortest_s=ordered[0],
        median_s=_at_rank(ordered, 0.5),
        ninth_tenth_s=_at_rank(ordered, 0.9),
        longest_s=ordered[-1],
        bin_s=bin_s,
        first_bin=first_bin,
        counts=tuple(counts),
    )


def _bin_s(shortest_s: float, longest_s: float) -> float:
    """A round width of at least a second, by which there are twenty bins at most."""
    width_s, power = 1.0, 0
    while math.floor(longest_s / width_s) - math.floor(shortest_s / width_s) >= _MOST_BINS:
        power += 1
        width_s = float(_STEPS_OF_TEN[power % 3] * 10 ** (power // 3))
    return width_s


def _at_rank(ordered: Sequence[float], part: float) -> float:
    return ordered[max(math.ceil(part * len(ordered)) - 1, 0)]


@dataclass(frozen=True)
class Stretches:
    """When, in seconds from its beginning, an attempt was placed and answered; None where it never was.

    `answered_s` is the earliest that it can have been: how long the carrier took until it rang is not known.
    """

    placed_s: float | None
    answered_s: float | None
    ended_s: float | None


def stretches_of(attempt: ReportedAttempt) -> Stretches:
    """By the timing of its result; what that has not, is not known. Nothing lies behind the end."""
    ended_s = None
    if attempt.ended_at is not None:
        ended_s = max((attempt.ended_at - attempt.began_at).total_seconds(), 0.0)
    timing = attempt.result.timing if attempt.result is not None else None
    if timing is None or timing.placed_after is None:
        return Stretches(None, None, ended_s)
    longest_s = math.inf if ended_s is None else ended_s
    placed_s = min(timing.placed_after / 1000, longest_s)
    if timing.ring is None:
        return Stretches(placed_s, None, ended_s)
    return Stretches(placed_s, min(placed_s + timing.ring / 1000, longest_s), ended_s)


@dataclass(frozen=True)
class Times:
    """Ring and talk times of the answered calls; None where there are none."""

    ring: Spread | None
    talk: Spread | None


def times_of(attempts: Sequence[ReportedAttempt]) -> Times:
    """How long it rang, and how long it took from the answer to the end, at most."""
    return Times(spread_of(_ring_times_s(attempts)), spread_of(_talk_times_s(attempts)))


def _ring_times_s(attempts: Iterable[ReportedAttempt]) -> list[float]:
    results = (one.result for one in attempts if one.result is not None)
    return [result.timing.ring / 1000 for result in results if result.timing.ring is not None]


def _talk_times_s(attempts: Iterable[ReportedAttempt]) -> list[float]:
    stretches = map(stretches_of, attempts)
    return [
        one.ended_s - one.answered_s
        for one in stretches
        if one.ended_s is not None and one.answered_s is not None
    ]
