"""The sections of a report: each a heading, what a chart shows, and the same in a table."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from cartesia_call.quoting import one_line, quotable
from cartesia_call.report import charts
from cartesia_call.report.counting import (
    Fate,
    OverTime,
    Spread,
    Times,
    endings_of,
    over_time,
)
from cartesia_call.report.kinds import NOT_CALLED, Ending, Kind
from cartesia_call.report.markup import Content, Markup, element, joined, table
from cartesia_call.report.reported import ListReport, ReportedAttempt
from cartesia_call.report.words import counted, length, moment_markup, offset, share

MOST_NOT_REACHED = 1000
"""What is still read by somebody, and some hundred kilobytes."""

_DAY_S = 86_400


def section(name: str, heading: str, *content: Content) -> Markup:
    """A section with its heading, to which the contents lead."""
    return element("section", element("h2", heading, id=name), *content, aria_labelledby=name)


def with_sign(kind: Kind, word: str) -> Markup:
    """The word, and before it the sign of its kind, which a screen reader need not say."""
    sign = element("span", kind.value.sign, aria_hidden="true")
    return joined([sign, Markup("&nbsp;"), word])


def key_figures(report: ListReport, fates: Sequence[Fate], times: Times) -> Markup:
    """The numbers that come first."""
    kinds = Counter(fate.ending.kind for fate in fates)
    reached = kinds[Kind.REACHED]
    others = report.rows - reached
    found = [
        _figure("Rows" if report.is_list else "Calls", f"{report.rows:,}"),
        _figure("✓ Reached", f"{reached:,}", share(reached, report.rows)),
        _figure("✕ Not reached", f"{others:,}", share(others, report.rows)),
    ]
    if report.is_list:
        found.append(_figure("Attempts", f"{len(report.attempts):,}"))
    if times.ring is not None:
        found.append(_figure("It rang", length(times.ring.median_s), "median, until the answer"))
    if times.talk is not None:
        found.append(_figure("Answered calls took", length(times.talk.median_s), "median, at most"))
    return element("dl", *found, class_="figures")


def _figure(name: str, value: str, more: str | None = None) -> Markup:
    rest = () if more is None else (" ", element("span", more, class_="more"))
    return element("div", element("dt", name), element("dd", value, *rest))


def outcomes(report: ListReport, fates: Sequence[Fate]) -> Markup:
    """How many rows, or calls, came to what."""
    endings = endings_of(report, fates)
    unit = "rows" if report.is_list else "calls"
    if not endings:
        return section("outcomes", "Outcomes", element("p", f"There are no {unit}."))
    total = sum(number for _, number in endings)
    rows = [
        (
            joined([with_sign(ending.kind, ending.word), _more(_meaning(ending))]),
            f"{number:,}",
            share(number, total),
        )
        for ending, number in endings
    ]
    decides = (
        "A row's outcome is that of the attempt which reached it, else of its last one." * report.is_list
    )
    figures = table(
        f"What the {counted(total, unit[:-1])} came to. {decides}".strip(),
        ("Outcome", unit.capitalize(), "Share"),
        rows,
        numbers_from=1,
    )
    return section("outcomes", "Outcomes", _beside(charts.outcome_bars(endings), figures))


def _meaning(ending: Ending) -> str:
    return f"{ending.kind.value.word}: {ending.meaning}"


def _more(text: Content) -> Markup:
    return element("span", text, class_="more")


def _beside(chart: Content, figures: Content) -> Markup:
    return element("div", chart, figures, class_="beside")


def calls_over_time(report: ListReport) -> Markup:
    """When the calls began, and what kind of ending they had."""
    heading = "Over time"
    calls = over_time(report.attempts)
    if calls is None:
        return section("over-time", heading, element("p", "No call was begun."))
    kinds = [kind for kind in Kind if any(column.counts[kind] for column in calls.columns)]
    first, last = calls.columns[0].starts_at, calls.columns[-1].starts_at
    spans_days = first.date() != last.date()
    stretch = _stretch(calls)
    many = counted(len(report.attempts), "attempt")
    description = f"{many}, by when they began; one column for each {stretch}."
    chart = charts.time_columns(calls, lambda at: _label(calls, at, spans_days=spans_days), description)
    legend = [element("li", charts.swatch(kind), with_sign(kind, kind.value.word)) for kind in kinds]
    figures = table(
        f"Attempts by when they began, for each {stretch} with any, at {offset(first)}.",
        ("From", *(kind.value.word.capitalize() for kind in kinds), "All"),
        [
            (
                _begin(calls, column.starts_at, spans_days=spans_days),
                *(f"{column.counts[kind]:,}" for kind in kinds),
                f"{column.counts.total():,}",
            )
            for column in calls.columns
            if column.counts.total()
        ],
        numbers_from=1,
    )
    left = element("div", element("ul", *legend, class_="legend", aria_label="Kinds"), chart)
    # On a telephone, large numbers of five kinds are wider than its screen.
    scrolled = element("div", figures, class_="wide", tabindex="0", role="region", aria_label="In figures")
    return section("over-time", heading, _beside(left, scrolled))


def _stretch(calls: OverTime) -> str:
    for unit_s, unit in ((_DAY_S, "day"), (3600, "hour"), (60, "minute")):
        if calls.step_s % unit_s == 0:
            number = calls.step_s // unit_s
            return unit if number == 1 else f"{number} {unit}s"
    return "second" if calls.step_s == 1 else f"{calls.step_s} seconds"


def _label(calls: OverTime, at: int, *, spans_days: bool) -> str:
    moment = calls.columns[at].starts_at
    if calls.step_s >= _DAY_S:
        return f"{moment:%d %b}"
    if spans_days:
        return f"{moment:%d %b %H:%M}"
    return f"{moment:%H:%M}" if calls.step_s >= 60 else f"{moment:%H:%M:%S}"


def _begin(calls: OverTime, moment: datetime, *, spans_days: bool) -> Markup:
    day = element("span", f"{moment:%d %b}", class_="nowrap")
    clock = f"{moment:%H:%M}" if calls.step_s % 60 == 0 else f"{moment:%H:%M:%S}"
    text = [day] if calls.step_s >= _DAY_S else [day, " ", clock] if spans_days else [clock]
    return element("time", *text, datetime=moment.isoformat(timespec="seconds"))


def ring_and_talk_times(times: Times) -> Markup:
    """How long it rang, and how long the answered calls took."""
    rings, talks = times.ring, times.talk
    if rings is None:
        return section(
            "times", "Ring and talk times", element("p", "No call is known to have been answered.")
        )
    parts: list[Content] = [
        element("h3", "It rang until the answer"),
        _times(
            "ring", "Ring times", rings, f"How long it rang, of {counted(rings.number, 'answered call')}."
        ),
    ]
    if talks is not None:
        parts += [
            element("h3", "From the answer to the end"),
            _times(
                "talk",
                "Talk times",
                talks,
                f"How long {counted(talks.number, 'answered call')} took, at most: what the carrier needed"
                " until it rang is not known apart, and is in them.",
            ),
        ]
    return section("times", "Ring and talk times", *parts)


def _times(name: str, title: str, spread: Spread, caption: str) -> Markup:
    edges_s = [(spread.first_bin + at) * spread.bin_s for at in range(len(spread.counts) + 1)]
    bins = [
        (f"{from_s:g} s to under {to_s:g} s", number)
        for (from_s, to_s), number in zip(itertools.pairwise(edges_s), spread.counts, strict=True)
        if number
    ]
    description = "; ".join(f"{between}: {number:,}" for between, number in bins)
    figures = table(
        caption,
        ("Measure", "Time"),
        [
            ("Shortest", length(spread.shortest_s)),
            ("Half took at most", length(spread.median_s)),
            ("Nine in ten took at most", length(spread.ninth_tenth_s)),
            ("Longest", length(spread.longest_s)),
        ],
        numbers_from=1,
    )
    distribution = table(
        "How many lie between which times.",
        ("Time", "Calls"),
        [(between, f"{number:,}") for between, number in bins],
        numbers_from=1,
    )
    chart = charts.histogram(f"{name}-chart", title, spread, description)
    return _beside(chart, element("div", figures, distribution))


def not_reached(report: ListReport, fates: Sequence[Fate]) -> Markup:
    """Who was not reached, and why: the first thousand, and how many more there are."""
    heading = "Who was not reached, and why"
    missed = [fate for fate in fates if fate.ending.kind is not Kind.REACHED]
    not_called = max(report.rows - len(fates), 0)
    if not missed and not not_called:
        return section(
            "not-reached", heading, element("p", "Everybody was reached." if fates else "Nobody was to be.")
        )
    parts: list[Content] = []
    if missed:
        listed = missed[:MOST_NOT_REACHED]
        what = counted(len(missed), "row" if report.is_list else "call")
        unlisted = len(missed) - len(listed)
        caption = f"{what} without success, in order" + (
            f"; {unlisted:,} more are not listed" if unlisted else ""
        )
        parts.append(
            table(
                f"{caption}.",
                ("Who", "Why", "Attempts, last one" if report.is_list else "Began"),
                [_missed(fate, report) for fate in listed],
            )
        )
        if unlisted:
            parts.append(
                element("p", f"{unlisted:,} more were not reached; `history --list ID --json` has every one.")
            )
    if not_called:
        parts.append(element("p", with_sign(NOT_CALLED.kind, f"{counted(not_called, 'row')} not called.")))
    return section("not-reached", heading, *parts)


def _missed(fate: Fate, report: ListReport) -> tuple[Content, ...]:
    one, ending = fate.attempt, fate.ending
    began = moment_markup(one.began_at)
    tried: Content = began
    if report.is_list:
        tried = joined([f"{fate.attempts}", _more(began)])
    why = joined(
        [element("strong", with_sign(ending.kind, ending.word)), _more(sentence_of(one) or ending.meaning)]
    )
    return _who(one), why, tried


def _who(one: ReportedAttempt) -> Markup:
    """The row and the number, as they were given."""
    number = element("span", one_line(one.to), class_="nowrap")
    return number if one.row is None else joined([f"Row {one.row:,}", " ", _more(number)])


def sentence_of(one: ReportedAttempt) -> str:
    """Its sentence, without control characters, of bounded length."""
    return quotable(one.sentence)
