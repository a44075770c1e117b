"""Measured figures: as distributions, as ratios between programs, as JSON and as a page."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """What was measured of each program, in the order in which it was. The first one's medians are compared
    with those of the others."""

    name: str
    unit: str
    programs: dict[str, list[float]]


@dataclass(frozen=True)
class Section:
    """Figures that were measured together. `how` is the command, `conditions` when and on what."""

    title: str
    how: str
    conditions: str
    figures: list[Figure]


def read(path: Path) -> dict[str, Section]:
    """The sections of an earlier run by their names; none where there is no file."""
    if not path.exists():
        return {}
    return {
        name: Section(**{**section, "figures": [Figure(**figure) for figure in section["figures"]]})
        for name, section in json.loads(path.read_text()).items()
    }


def write(path: Path, sections: dict[str, Section]) -> None:
    """All sections, with every single value."""
    path.write_text(json.dumps({name: asdict(section) for name, section in sections.items()}, indent=1))


def table(section: Section) -> str:
    """A Markdown table: median and 99th percentile of each program, and how the first compares."""
    programs = list(dict.fromkeys(name for figure in section.figures for name in figure.programs))
    first, *others = programs
    heading = ["", *(f"{name} p50 (p99)" for name in programs), *(f"{first} / {name}" for name in others)]
    lines = [heading, ["---"] * len(heading)]
    for figure in section.figures:
        own = figure.programs.get(first, [])
        lines.append(
            [
                f"{figure.name}, {figure.unit}" if figure.unit else figure.name,
                *(shown(figure.programs.get(name, [])) for name in programs),
                *(ratio(own, figure.programs.get(name, [])) for name in others),
            ]
        )
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def shown(values: Sequence[float]) -> str:
    """Median and 99th percentile; of a single value that."""
    if len(values) < 2:
        return _plain(values[0]) if values else "-"
    p99 = statistics.quantiles(values, n=100, method="inclusive")[98]
    return f"{_plain(statistics.median(values))} ({_plain(p99)})"


def ratio(own: Sequence[float], others: Sequence[float]) -> str:
    """Of the medians; - where there is none."""
    if not own or not others or not statistics.median(others):
        return "-"
    return f"{statistics.median(own) / statistics.median(others):.3f}"


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def page(sections: dict[str, Section]) -> str:
    """docs/performance.md."""
    parts = [
        "# Performance",
        "What `python -m benchmarks` measured, nothing else. Its own words say what a figure is; every "
        "single value is in the JSON that it writes. Repeat it with another build beside this one:",
        "```sh\ngit worktree add ../before COMMIT\n"
        "python -m benchmarks --against ../before --json figures.json --page docs/performance.md\n```",
        "A ratio below 1 says that ours takes less. Where other programs ran on the same machine the times "
        "on the wall hold their share; processor time and ratios of calls in turns hold less of it.",
    ]
    for section in sections.values():
        parts += [
            f"## {section.title}",
            table(section),
            f"`{section.how}`; {section.conditions}.",
        ]
    return "\n\n".join(parts) + "\n"
