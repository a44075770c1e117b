"""Calls from beginning to end: a track, and its moments in a table."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from cartesia_call.quoting import one_line
from cartesia_call.report import charts
from cartesia_call.report.counting import Stretches, stretches_of
from cartesia_call.report.kinds import Kind, ending_of
from cartesia_call.report.markup import Content, Markup, element, joined, table
from cartesia_call.report.reported import ListReport, ReportedAttempt
from cartesia_call.report.sections import section, sentence_of, with_sign
from cartesia_call.report.words import counted, length, moment_markup

MOST_TIMELINES = 40
_MOST_OF_A_KIND = 8
_MOST_UNFOLDED = 5


def timelines(report: ListReport) -> Markup:
    """Of all attempts where they are few, else the longest of each kind; none of calls that were withheld."""
    calls = [one for one in report.attempts if ending_of(one).kind is not Kind.WITHHELD]
    shown = _chosen(calls)
    heading = "Call by call"
    if not shown:
        return section("calls", heading, element("p", "No call was begun."))
    every = len(shown) == len(calls)
    said = (
        f"The timeline of {counted(len(shown), 'attempt')}, by when they began."
        if every
        else f"{len(shown)} of {counted(len(calls), 'attempt')}: the longest of each kind."
    )
    unfolded = len(shown) <= _MOST_UNFOLDED
    return section(
        "calls",
        heading,
        element("p", said),
        *(_timeline(at, one, unfolded=unfolded) for at, one in enumerate(shown, start=1)),
    )


def _chosen(attempts: Sequence[ReportedAttempt]) -> list[ReportedAttempt]:
    if len(attempts) > MOST_TIMELINES:
        by_kind: defaultdict[Kind, list[ReportedAttempt]] = defaultdict(list)
        for one in attempts:
            by_kind[ending_of(one).kind].append(one)
        attempts = [
            one for found in by_kind.values() for one in heapq.nlargest(_MOST_OF_A_KIND, found, key=_length_s)
        ]
    return sorted(attempts, key=lambda one: one.began_at)


def _length_s(one: ReportedAttempt) -> float:
    return stretches_of(one).ended_s or 0.0


def _timeline(at: int, one: ReportedAttempt, *, unfolded: bool) -> Markup:
    ending, stretches = ending_of(one), stretches_of(one)
    moments = _moments(one, stretches)
    description = "; ".join(f"{name}: {_after(after_s)}" for name, after_s in moments)
    took = "" if stretches.ended_s is None else f", {length(stretches.ended_s)}"
    number = element("span", one_line(one.to), class_="nowrap")
    named = [number] if one.row is None else [f"Row {one.row:,}, ", number, f", attempt {one.attempt}"]
    summary = element("summary", element("strong", *named), ": ", with_sign(ending.kind, ending.word), took)
    figures = table(
        joined(["Began ", moment_markup(one.began_at), ". ", sentence_of(one) or ending.meaning]),
        ("What", "When", "After"),
        [(name, _clock(one, after_s), _after(after_s)) for name, after_s in moments],
        numbers_from=2,
    )
    title = f"Timeline of call {at}"
    track = charts.call_track(f"call-{at}", title, description, stretches, ending.kind)
    return element(
        "details",
        summary,
        element("div", track, element("div", figures, _heard(one)), class_="beside"),
        open=unfolded,
    )


def _moments(one: ReportedAttempt, stretches: Stretches) -> list[tuple[str, float | None]]:
    """In their order; None is a moment that has not come."""
    found: list[tuple[str, float | None]] = [("Began", 0.0)]
    if stretches.placed_s is not None:
        found.append(("Placed", stretches.placed_s))
    if stretches.answered_s is not None:
        found.append(("Answered, at the earliest", stretches.answered_s))
        timing = one.result.timing if one.result is not None else None
        if timing is not None and timing.answer_to_first_audio is not None:
            first_s = stretches.answered_s + timing.answer_to_first_audio / 1000
            found.append(("First audio", min(first_s, stretches.ended_s or first_s)))
    found.append(("Ended", stretches.ended_s))
    return found


def _after(after_s: float | None) -> str:
    return "not yet" if after_s is None else length(after_s)


def _clock(one: ReportedAttempt, after_s: float | None) -> Content:
    if after_s is None:
        return "–"
    moment = one.began_at + timedelta(seconds=after_s)
    return element("time", f"{moment:%H:%M:%S}", datetime=moment.isoformat(timespec="milliseconds"))


def _heard(one: ReportedAttempt) -> Markup:
    """What was played of the message, in seconds: its words are in no report."""
    result = one.result
    if result is None or not result.heard_ms:
        return Markup("")
    played = length(result.heard_ms / 1000)
    whole = "" if result.message_ms is None else f" of {length(result.message_ms / 1000)}"
    answerer = "" if result.answered_by is None else f" Answered by: {result.answered_by}."
    return element("p", f"Played of the message: {played}{whole}.{answerer}", class_="soft")
