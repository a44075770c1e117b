"""In a chart nothing leaves the picture, and no two words stand upon each other."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cartesia_call.report.charts import WIDTH
from cartesia_call.report.page import render
from cartesia_call.report.reported import ReportedAttempt
from cartesia_call.telephony.outcomes import Outcome
from tests.report.attempts import attempt, of_every_kind, report
from tests.report.pages import drawings

LETTER_WIDTH = 6.6
"""Of letters of 11 px, on the average of a word: of DejaVu Sans, the widest of the style sheet's fonts."""


def charts(attempts: list[ReportedAttempt]) -> list[ElementTree.Element]:
    return [one for one in drawings(render(report(attempts))) if one.get("role") == "img"]


def boxes(chart: ElementTree.Element) -> list[tuple[float, float, float, str]]:
    """Left, right, baseline and words of each text."""
    found = []
    for text in chart.findall("text"):
        words = text.text or ""
        x, width = float(text.get("x", "")), LETTER_WIDTH * len(words)
        left = x - {"start": 0.0, "middle": width / 2, "end": width}[text.get("text-anchor", "")]
        found.append((left, left + width, float(text.get("y", "")), words))
    return found


def check(chart: ElementTree.Element) -> None:
    _, _, width, height = map(float, chart.get("viewBox", "").split())
    assert width == WIDTH
    for rect in chart.findall("rect"):
        x, y, wide, high = (float(rect.get(name, "")) for name in ("x", "y", "width", "height"))
        assert -0.1 <= x <= x + wide <= width + 0.1
        assert -0.1 <= y <= y + high <= height + 0.1
        assert wide > 0
    texts = boxes(chart)
    for left, right, baseline, words in texts:
        assert (left >= -0.1, right <= width + 0.1, 0 < baseline <= height) == (True, True, True), words
    for one, other in itertools.combinations(texts, 2):
        if abs(one[2] - other[2]) < 10:
            assert one[1] <= other[0] or other[1] <= one[0], (one[3], other[3])


def test_every_ending_has_its_bar() -> None:
    for chart in drawings(render(of_every_kind())):
        if chart.get("role") == "img":
            check(chart)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([Outcome.DELIVERED, Outcome.BUSY, Outcome.UNKNOWN]),
            st.integers(0, 10_000_000),
            st.floats(0, 90),
            st.floats(0, 4000),
        ),
        min_size=1,
        max_size=30,
    )
)
@example([(Outcome.DELIVERED, after_s, 0.0, 0.0) for after_s in (0, 507_600)])
@settings(max_examples=20)
def test_whatever_the_times(calls: list[tuple[Outcome, int, float, float]]) -> None:
    """Seconds or months, an instant or an hour."""
    made = [
        attempt(outcome, row=row, after_s=after_s, ring_s=ring_s, took_s=took_s)
        for row, (outcome, after_s, ring_s, took_s) in enumerate(calls, start=1)
    ]
    for chart in charts(made):
        check(chart)


@pytest.mark.parametrize("number", [1, 2, 9, 10, 11, 99, 400, 1001])
def test_large_numbers_have_room_beside_the_axis(number: int) -> None:
    """Round ones, a few of them, up to as many as there are or a little more."""
    made = [attempt(row=row) for row in range(1, number + 1)]
    chart = next(one for one in charts(made) if one.get("aria-labelledby") == "time-chart-title")
    check(chart)
    numbers = [int(words.replace(",", "")) for *_, words in boxes(chart) if re.fullmatch(r"[\d,]+", words)]
    assert numbers[0] == 0
    assert 2 <= len(numbers) <= 6
    assert number <= numbers[-1] <= max(2 * number, 5)
