"""`simulator compare`: where a recorded network did otherwise than the built-in one would have."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import click

from cartesia_call.cli import terminal
from cartesia_call.cli.session import JSON_SCHEMA
from cartesia_call.errors import InputError
from cartesia_call.quoting import one_line

if TYPE_CHECKING:
    from cartesia_call.tracing.lines import Trace
    from cartesia_call.wiring.comparing import Comparison, Finding

_TOLERANCE = "0.5s"
_SOURCES = {"built-in": "built-in network", "live": "the vendors", "other": "another carrier"}
"""Who made a trace, by the word in its first line."""


@click.command(name="compare")
@click.argument("trace", metavar="TRACE")
@click.option(
    "--tolerance",
    default=_TOLERANCE,
    metavar="DURATION",
    show_default=True,
    help="How late a mark may be echoed, from the end of the audio before it.",
)
@click.option(
    "--all", "shows_all", is_flag=True, help="Show every belief, the confirmed and the open ones too."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
def compare_command(*, trace: str, tolerance: str, shows_all: bool, as_json: bool) -> int:
    """Say, message by message, what the network of TRACE did otherwise than the built-in one.

    TRACE is a file of --trace; - reads it from standard input. Each line names the belief of
    docs/assumptions.md that it confirms or refutes. What a rehearsal broke on purpose is no difference.

    \b
    Example:
      cartesia-call dial --trace call.jsonl +12025550143 "Hello"
      cartesia-call simulator compare call.jsonl
    """
    from cartesia_call.audio.durations import parse_duration_s
    from cartesia_call.wiring.comparing import compare_trace

    try:
        tolerance_ms = parse_duration_s(tolerance) * 1000
    except ValueError as problem:
        raise InputError(f"--tolerance: {problem}") from None
    compared = compare_trace(read(trace), tolerance_ms=tolerance_ms)
    if as_json:
        terminal.print_result(json.dumps(fields(compared)))
        return 0
    for difference in compared.differences:
        terminal.print_result(_line(difference))
    if shows_all:
        print_beliefs(compared)
    if not compared.is_whole:
        terminal.print_note("warning: the trace is not whole: its end or some of its messages are missing")
    terminal.print_note(summary(compared))
    return 0


def read(path: str) -> Trace:
    """The trace of a file, or of standard input for `-`. InputError if it cannot be read or is none."""
    from cartesia_call.wiring.comparing import trace_of

    source = "standard input" if path == "-" else path
    try:
        with open(0 if path == "-" else path, "rb", closefd=path != "-") as file:
            return trace_of(file, source=source)
    except OSError as error:
        raise InputError(f"{source}: {error.strerror}") from error


def print_beliefs(compared: Comparison) -> None:
    """All of them as a table."""
    from cartesia_call.cli.tables import print_table

    source = _SOURCES.get(compared.network, compared.network)
    rows = [
        (
            belief.name,
            belief.verdict,
            source if belief.seen else None,
            belief.seen or f"settled by {belief.settled_by}",
        )
        for belief in compared.beliefs
    ]
    print_table(("BELIEF", "VERDICT", "SAYS", "WHAT THE TRACE SHOWS"), rows)


def summary(compared: Comparison) -> str:
    """One line."""
    count = len(compared.differences)
    differences = f"{count or 'no'} difference{'' if count == 1 else 's'}"
    counts = Counter(belief.verdict for belief in compared.beliefs)
    verdicts = ", ".join(f"{counts[word]} {word}" for word in ("confirmed", "refuted", "open"))
    return f"{differences} to the built-in network; beliefs: {verdicts} (docs/assumptions.md)"


def fields(compared: Comparison) -> dict[str, object]:
    """The object of --json."""
    return {
        "schema": JSON_SCHEMA,
        "network": compared.network,
        "whole": compared.is_whole,
        "differences": [
            {
                "assumption": each.assumption,
                "verdict": _verdict(each),
                "detail": each.sentence,
                "line": each.record.line if each.record else None,
                "at_ms": each.record.at_ms if each.record else None,
            }
            for each in compared.differences
        ],
        "assumptions": [
            {
                "name": each.name,
                "verdict": each.verdict,
                "seen": each.seen or None,
                "source": compared.network,
            }
            for each in compared.beliefs
        ],
    }


def _line(difference: Finding) -> str:
    record = difference.record
    place = f"{record.at_ms / 1000:.3f} s, line {record.line}: " if record else ""
    return one_line(f"{place}{difference.sentence}; {_verdict(difference)} {difference.assumption}")


def _verdict(difference: Finding) -> str:
    return "confirms" if difference.holds else "refutes"
