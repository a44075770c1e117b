"""One thing changed in a trace as a carrier that does otherwise would change it, and what it is about.

A change works on the lines of a trace as objects; `change` finds its line, the first that fits.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Line = dict[str, Any]
Change = Callable[[list[Line]], None]


@dataclass(frozen=True)
class Mutation:
    """`change` to the trace of the scene `scene` has to be told, as one about `assumption`."""

    name: str
    assumption: str
    change: Change
    scene: str = "acknowledged"

    def of(self, texts: Sequence[str]) -> list[str]:
        """Other lines, as JSON like those that are given."""
        lines = [json.loads(text) for text in texts]
        self.change(lines)
        changed = [json.dumps(line) for line in lines]
        assert changed != list(texts), self.name
        return changed


# --- finding lines


def event(lines: list[Line], name: str, number: int = 0) -> Line:
    """The text that the carrier or the speech service sent with this event."""
    found = [line for line in lines if line.get("dir") == "in" and _event_of(line) == name]
    return found[number]


def _event_of(line: Line) -> str | None:
    content = line.get("content")
    return content.get("event") or content.get("type") if isinstance(content, dict) else None


def callback(lines: list[Line], status: str) -> Line:
    """The callback that tells of this state."""
    return next(line for line in _callbacks(lines) if ["CallStatus", status] in line["query"])


def verdict(lines: list[Line]) -> Line:
    """The callback with the detection's verdict."""
    return next(line for line in _callbacks(lines) if any(name == "AnsweredBy" for name, _ in line["query"]))


def _callbacks(lines: list[Line]) -> Iterator[Line]:
    return (line for line in lines if line.get("facts", {}).get("door") == "status" and "query" in line)


def handshake(lines: list[Line]) -> Line:
    """The media stream's."""
    return next(line for line in lines if line.get("facts", {}).get("door") == "media")


def answer(lines: list[Line], ending: str, method: str = "POST", number: int = 0) -> Line:
    """To the request whose path ends so."""
    asked = [
        line
        for line in lines
        if line.get("kind") == "request" and line["dir"] == "out" and line["method"] == method
    ]
    links = [line["link"] for line in asked if line["path"].endswith(ending)]
    return next(line for line in lines if line.get("kind") == "answer" and line["link"] == links[number])


def hang_up(lines: list[Line]) -> Line:
    """The answer to the request that ends the call."""
    forms = [line for line in lines if isinstance(line.get("content"), list)]
    link = next(line["link"] for line in forms if ["Status", "completed"] in line["content"])
    return next(line for line in lines if line.get("kind") == "answer" and line["link"] == link)


# --- changing them


def rename(fields: Line, old: str, new: str) -> None:
    """In its place."""
    pairs = [(new if name == old else name, value) for name, value in fields.items()]
    fields.clear()
    fields.update(pairs)


def set_parameter(line: Line, name: str, value: str | None) -> None:
    """Of a callback; None takes it away, a new name is added."""
    others = [pair for pair in line["query"] if pair[0] != name]
    line["query"] = others if value is None else _replaced(line["query"], name, value)


def _replaced(pairs: list[list[Any]], name: str, value: str) -> list[list[Any]]:
    if any(pair[0] == name for pair in pairs):
        return [[name, value] if pair[0] == name else pair for pair in pairs]
    return [*pairs, [name, value]]


def delay(lines: list[Line], first: Line, by_ms: float) -> None:
    """`first` and all behind it happen later."""
    for line in lines[lines.index(first) :]:
        line["ms"] += by_ms


def drop(lines: list[Line], wanted: Callable[[Line], bool]) -> None:
    """Whatever is wanted never comes."""
    lines[:] = [line for line in lines if not wanted(line)]


def repeat(lines: list[Line], line: Line, *, behind: Line) -> None:
    """The same once more, just behind another one."""
    again = copy.deepcopy(line)
    again["ms"] = behind["ms"]
    lines.insert(lines.index(behind) + 1, again)


def put(fields: Any, name: str, value: object) -> None:
    """As a statement."""
    fields[name] = value
