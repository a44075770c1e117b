"""docs/states.md: what every state means, where it leads, and a picture of that."""

from __future__ import annotations

from cartesia_call.leg.states import OVER, State
from tests.leg.table import EVENTS, Step, steps

_HEAD = """\
# The states of a call

One call leg is a machine without any I/O (`src/cartesia_call/leg/`). Made by `python -m tests.leg`, which
brings a leg into each state and lets each thing happen there; the test suite does so too and compares.

Two laws hold, in whatever order things happen: every state but the last three has a deadline, and every
state in which a call may exist leads through hanging up. Hypothesis makes up the orders
(`tests/leg/orders.py`); `python -m benchmarks.leg_orders --orders 100000` plays as many as one likes.

"""


def document() -> str:
    """The whole file."""
    found = list(steps())
    return (
        _HEAD + _meanings() + "\n## The picture\n\n" + _picture(found) + "\n## The table\n\n" + _table(found)
    )


def _meanings() -> str:
    lines = ["| state | means |", "| --- | --- |"]
    lines += [f"| {state} | {state.meaning} |" for state in State]
    return "\n".join(lines) + "\n"


def _picture(found: list[Step]) -> str:
    """By events and by time; signals and faults lead from everywhere to the same places and are left out."""
    arrows: dict[tuple[State, State], list[str]] = {}
    for step in found:
        if step.to is not step.state and step.event not in {"signal", "fault of ours"}:
            arrows.setdefault((step.state, step.to), []).append(step.event)
    lines = [f"    {_id(a)} --> {_id(b)}: {', '.join(events)}" for (a, b), events in arrows.items()]
    names = [f"    {_id(state)}: {state}" for state in State]
    ends = [f"    {_id(state)} --> [*]" for state in State if state in OVER]
    body = [f"    [*] --> {_id(State.PREPARING)}", *names, *lines, *ends]
    return "```mermaid\nstateDiagram-v2\n" + "\n".join(body) + "\n```\n"


def _id(state: State) -> str:
    return state.name.lower()


def _table(found: list[Step]) -> str:
    """A state a row, an event a column; `.` where the state stays."""
    by_state = {(step.state, step.event): step.to for step in found}
    lines = ["| state | " + " | ".join(EVENTS) + " |", "| --- |" + " --- |" * len(EVENTS)]
    for state in State:
        cells = []
        for event in EVENTS:
            to = by_state[state, event]
            cells.append("." if to is state else str(to))
        lines.append(f"| **{state}** | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
