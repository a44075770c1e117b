"""Charts as SVG. Each says in title and description what it shows; what it shows in figures stands beside it.

svg.py writes elements as they are given: text goes through `_text`, and everything else is ours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import svg

from cartesia_call.records import dataclass
from cartesia_call.report.counting import OverTime, Spread, Stretches
from cartesia_call.report.kinds import Ending, Kind
from cartesia_call.report.markup import Markup, element, escaped
from cartesia_call.report.words import share

WIDTH = 360
"""The width of a telephone's screen: there the letters are as large as they are given."""

_PLOT_RIGHT = WIDTH - 6
_PLOT_TOP, _PLOT_BOTTOM = 10, 150
_PLOT_HEIGHT = 178
_BAR_HEIGHT, _BAR_STEP = 14, 44
_DIGIT_WIDTH = 7.2
"""At most, of letters of 11 px in the fonts of the style sheet."""


def _text(x: float, y: float, text: str, *, anchor: str = "start", tick: bool = False) -> svg.Element:
    return svg.Text(
        x=round(x, 1),
        y=round(y, 1),
        text=escaped(text),
        class_=["tick"] if tick else None,
        extra={"text-anchor": anchor},
    )


def _bar(x: float, y: float, width: float, height: float, *styles: str) -> svg.Element:
    return svg.Rect(
        x=round(x, 1), y=round(y, 1), width=round(width, 1), height=round(height, 1), class_=["bar", *styles]
    )


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> svg.Element:
    return svg.Line(x1=round(x1, 1), y1=round(y1, 1), x2=round(x2, 1), y2=round(y2, 1), class_=[style])


def _chart(name: str, title: str, description: str, height: float, drawn: Sequence[svg.Element]) -> Markup:
    """`name` is an id, used once a page."""
    picture = svg.SVG(
        xmlns=None,  # a page knows; the address of the namespace would be its only address
        viewBox=svg.ViewBoxSpec(0, 0, WIDTH, height),
        elements=[
            svg.Title(id=f"{name}-title", text=escaped(title)),
            svg.Desc(id=f"{name}-text", text=escaped(description)),
            *drawn,
        ],
        extra={"role": "img", "aria-labelledby": f"{name}-title", "aria-describedby": f"{name}-text"},
    )
    return element("figure", Markup(str(picture)))


def patterns() -> Markup:
    """What fills the kinds, so that a grey print tells them apart. Once a page, before the charts."""
    across: list[svg.PathData] = [svg.M(0, 2), svg.H(8)]
    upright: list[svg.PathData] = [svg.M(2, 0), svg.V(8)]
    drawn: dict[Kind, list[svg.Element]] = {
        Kind.NOBODY: [svg.Path(d=across, class_=["hatch"])],
        Kind.WITHHELD: [svg.Path(d=upright, class_=["hatch"])],
        Kind.FAILED: [svg.Path(d=across + upright, class_=["hatch"])],
        Kind.NOT_KNOWN: [svg.Circle(cx=4, cy=4, r=1.8, class_=["dot"])],
    }
    turned: list[svg.Transform] = [svg.Rotate(-45)]
    defined: list[svg.Element] = [
        svg.Pattern(
            id=f"fill-{kind.value.style}",
            width=8,
            height=8,
            patternUnits="userSpaceOnUse",
            patternTransform=turned if kind in {Kind.NOBODY, Kind.FAILED} else None,
            elements=[svg.Rect(width=8, height=8, class_=[f"on-{kind.value.style}"]), *lines],
        )
        for kind, lines in drawn.items()
    ]
    picture = svg.SVG(
        xmlns=None, class_=["defs"], elements=[svg.Defs(elements=defined)], extra={"aria-hidden": "true"}
    )
    return Markup(str(picture))


def swatch(kind: Kind) -> Markup:
    """A small piece of the kind's pattern, for a legend that names it."""
    picture = svg.SVG(
        xmlns=None,
        viewBox=svg.ViewBoxSpec(0, 0, 24, 15),
        class_=["swatch"],
        elements=[_bar(0.5, 0.5, 23, 14, f"of-{kind.value.style}")],
        extra={"aria-hidden": "true"},
    )
    return Markup(str(picture))


def outcome_bars(endings: Sequence[tuple[Ending, int]]) -> Markup:
    """One bar for each ending, its words above it."""
    total = sum(number for _, number in endings)
    most = max(number for _, number in endings)
    drawn: list[svg.Element] = []
    for at, (ending, number) in enumerate(endings):
        top = at * _BAR_STEP
        words = f"{ending.kind.value.sign} {ending.word}: {number:,} ({share(number, total)})"
        drawn.append(_text(1, top + 14, words))
        width = max((WIDTH - 2) * number / most, 2)
        drawn.append(_bar(1, top + 20, width, _BAR_HEIGHT, f"of-{ending.kind.value.style}"))
    said = "; ".join(f"{ending.word} {number:,}" for ending, number in endings)
    return _chart("outcomes-chart", "Outcomes", said, len(endings) * _BAR_STEP, drawn)


def time_columns(calls: OverTime, label: Callable[[int], str], description: str) -> Markup:
    """A column for each stretch of time, its kinds stacked. `label(n)` is what stands below column `n`."""
    axis = _Axis.up_to(max(column.counts.total() for column in calls.columns))
    drawn = axis.drawn()
    step = axis.width / len(calls.columns)
    for at, column in enumerate(calls.columns):
        bottom = float(_PLOT_BOTTOM)
        width = min(step * 0.82, 48)
        left = axis.left + at * step + (step - width) / 2
        for kind in Kind:
            if column.counts[kind]:
                height = axis.height(column.counts[kind])
                bottom -= height
                drawn.append(_bar(left, bottom, width, height, f"of-{kind.value.style}"))
    labels = [label(at) for at in range(len(calls.columns))]
    drawn += _ticks(labels, axis.left + step / 2, step)
    return _chart("time-chart", "Attempts over time", description, _PLOT_HEIGHT, drawn)


def histogram(name: str, title: str, spread: Spread, description: str) -> Markup:
    """How many of the times lie between the seconds that stand below."""
    axis = _Axis.up_to(max(spread.counts))
    drawn = axis.drawn()
    step = (axis.width - 12) / max(len(spread.counts), 5)
    for at, number in enumerate(spread.counts):
        if number:
            height = axis.height(number)
            drawn.append(_bar(axis.left + at * step, _PLOT_BOTTOM - height, step * 0.94, height, "plain"))
    edges = [f"{(spread.first_bin + at) * spread.bin_s:g} s" for at in range(len(spread.counts) + 1)]
    drawn += _ticks(edges, axis.left, step)
    return _chart(name, title, description, _PLOT_HEIGHT, drawn)


def _ticks(labels: Sequence[str], first: float, step: float) -> list[svg.Element]:
    """As many of the labels as there is room for, the first one among them, each around its place; one at the
    edge is moved inwards."""
    width = max(map(len, labels)) * _DIGIT_WIDTH
    places: dict[float, str] = {}
    for at in range(0, len(labels), math.ceil((width + 8) / step)):
        place = min(max(first + at * step, width / 2), WIDTH - width / 2)
        if not places or place - max(places) >= width + 4:
            places[place] = labels[at]
    return [
        _text(place, _PLOT_BOTTOM + 18, label, anchor="middle", tick=True) for place, label in places.items()
    ]


@dataclass(frozen=True)
class _Axis:
    """Counts from the bottom up, to a round number."""

    top: int
    step: int

    @classmethod
    def up_to(cls, most: int) -> _Axis:
        power = 10 ** (len(str(most)) - 1)
        steps = [power // 10 * digit for digit in (2, 5)] if power >= 10 else []
        for step in (*steps, power, 2 * power):
            if math.ceil(most / step) <= 5:
                break
        return cls(math.ceil(most / step) * step, step)

    @property
    def left(self) -> float:
        """Where it stands: its largest number has room before it."""
        return max(len(f"{self.top:,}") * _DIGIT_WIDTH + 8, 28)

    @property
    def width(self) -> float:
        """What is right of it."""
        return _PLOT_RIGHT - self.left

    def height(self, number: int) -> float:
        return (_PLOT_BOTTOM - _PLOT_TOP) * number / self.top

    def drawn(self) -> list[svg.Element]:
        found: list[svg.Element] = []
        for number in range(0, self.top + 1, self.step):
            y = _PLOT_BOTTOM - self.height(number)
            found.append(_line(self.left, y, _PLOT_RIGHT, y, "guide" if number else "axis"))
            found.append(_text(self.left - 5, y + 4, f"{number:,}", anchor="end", tick=True))
        return found


def call_track(name: str, title: str, description: str, stretches: Stretches, kind: Kind) -> Markup:
    """A call from left to right: preparing is empty, ringing a thin line, and the answered part patterned."""
    whole_s = stretches.ended_s or stretches.answered_s or stretches.placed_s or 1.0
    middle, top = 26, 18

    def at(moment_s: float) -> float:
        return 1 + (WIDTH - 2) * min(moment_s / whole_s, 1.0)

    def stretch(from_s: float, to_s: float, y: float, height: float, style: str) -> svg.Element:
        left = min(at(from_s), WIDTH - 3)  # an instant is seen, too
        return _bar(left, y, max(at(to_s) - left, 2), height, style)

    drawn: list[svg.Element] = [svg.Rect(x=1, y=top, width=WIDTH - 2, height=16, class_=["track"])]
    placed_s, answered_s = stretches.placed_s, stretches.answered_s
    if placed_s is not None:
        rings_to_s = whole_s if answered_s is None else answered_s
        drawn.append(stretch(placed_s, rings_to_s, middle - 2, 4, "plain"))
    if answered_s is not None:
        drawn.append(stretch(answered_s, whole_s, top, 16, f"of-{kind.value.style}"))
    drawn += _track_words(at, placed_s, answered_s)
    drawn.append(_text(1, 46, "0 s", tick=True))
    end = "still open" if stretches.ended_s is None else f"{whole_s:.1f} s"
    drawn.append(_text(WIDTH - 1, 46, end, anchor="end", tick=True))
    return _chart(name, title, description, 50, drawn)


def _track_words(
    at: Callable[[float], float], placed_s: float | None, answered_s: float | None
) -> list[svg.Element]:
    """Above the stretches, where there is room for them."""
    found: list[svg.Element] = []
    if answered_s is not None:
        x = min(at(answered_s), WIDTH - 60)
        found.append(_text(x, 12, "answered", tick=True))
        if placed_s is not None and x - at(placed_s) > 48:
            found.append(_text(at(placed_s), 12, "ringing", tick=True))
    elif placed_s is not None:
        found.append(_text(min(at(placed_s), WIDTH - 60), 12, "ringing", tick=True))
    return found
