"""What the processes on a line say to each other: one question on each connection, one answer at the most.

A message is one line of JSON; descriptors travel beside it. Whatever does not read as one is a ValueError.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from typing import Any

from cartesia_call.records import dataclass

MOST_BYTES = 16 * 1024
"""Of a message, its line end included. The longest is a tunnel's error, which is some lines of text."""

_END = b"\n"


class Question(StrEnum):
    """What somebody who connects wants."""

    LINE = "line"
    """To be on the line: answered by an `Offer`, a `Failure` or a `Nothing`."""
    STATE = "state"
    """To know who is there: answered by a `State`."""
    CONNECTION = "connection"
    """That the connection which comes along is served. Nothing is answered."""


@dataclass(frozen=True, kw_only=True)
class Agent:
    """The process that keeps a tunnel open; `started` is the system's own word for when it began."""

    pid: int
    started: str


@dataclass(frozen=True, kw_only=True)
class Offer:
    """The line. With it come the listening socket, the line's lock, and what holds the tunnel if anything.

    `line_id` tells one line from those before and after it. `opened_at` is an ISO time, UTC.
    """

    line_id: str
    public_url: str
    opened_at: str
    agent: Agent | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Failure:
    """No line could be opened. `is_final`: it would not go otherwise with whoever asks.

    `is_unauthorized`: credentials were refused.
    """

    message: str
    hint: str | None
    code: str | None
    is_unauthorized: bool
    is_final: bool


@dataclass(frozen=True)
class Nothing:
    """Who was asked has no line and is not opening one."""


@dataclass(frozen=True, kw_only=True)
class State:
    """Who was asked: its process, what it does (`dial`, `line up`), and its line if it is on one."""

    pid: int
    does: str
    line: Offer | None


Answer = Offer | Failure | Nothing | State


def question_line(question: Question) -> bytes:
    return json.dumps({"question": question.value}).encode() + _END


def read_question(line: bytes) -> Question:
    """What `question_line` made; ValueError for anything else."""
    return Question(_text(_object(line), "question"))


def answer_line(answer: Answer) -> bytes:
    """`answer` as it is sent; ValueError for one that is too long."""
    line = json.dumps(_fields(answer)).encode() + _END
    if len(line) > MOST_BYTES:
        raise ValueError(f"an answer of {len(line)} bytes")
    return line


def read_answer(line: bytes) -> Answer:
    """What `answer_line` made; ValueError for anything else."""
    fields = _object(line)
    kind = _text(fields, "answer")
    if kind == "offer":
        return _offer(fields)
    if kind == "failure":
        return Failure(
            message=_text(fields, "message"),
            hint=_text_or_none(fields, "hint"),
            code=_text_or_none(fields, "code"),
            is_unauthorized=fields.get("is_unauthorized") is True,
            is_final=fields.get("is_final") is True,
        )
    if kind == "state":
        line_fields = fields.get("line")
        return State(
            pid=_number(fields, "pid"),
            does=_text(fields, "does"),
            line=None if line_fields is None else _offer(_checked_object(line_fields)),
        )
    if kind == "nothing":
        return Nothing()
    raise ValueError(f"no answer is called {kind!r}")


def _fields(answer: Answer) -> dict[str, Any]:
    match answer:
        case Offer():
            agent = None if answer.agent is None else [answer.agent.pid, answer.agent.started]
            return {"answer": "offer", **asdict(answer), "agent": agent}
        case Failure():
            return {"answer": "failure", **asdict(answer)}
        case State():
            line = None if answer.line is None else _fields(answer.line)
            return {"answer": "state", "pid": answer.pid, "does": answer.does, "line": line}
        case Nothing():
            return {"answer": "nothing"}


def _offer(fields: dict[str, Any]) -> Offer:
    agent, warnings = fields.get("agent"), fields.get("warnings")
    if not isinstance(warnings, list) or not all(isinstance(warning, str) for warning in warnings):
        raise ValueError("warnings are texts")
    return Offer(
        line_id=_text(fields, "line_id"),
        public_url=_text(fields, "public_url"),
        opened_at=_text(fields, "opened_at"),
        agent=None if agent is None else _agent(agent),
        warnings=tuple(warnings),
    )


def _agent(value: Any) -> Agent:
    match value:
        case [int(pid), str(started)]:
            return Agent(pid=pid, started=started)
    raise ValueError("an agent is a number and a time")


def _object(line: bytes) -> dict[str, Any]:
    if not line.endswith(_END) or len(line) > MOST_BYTES:
        raise ValueError("a message is one line of bounded length")
    try:
        return _checked_object(json.loads(line))
    except RecursionError:
        raise ValueError("a message is flat") from None


def _checked_object(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise ValueError("a message is an object")


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if isinstance(value, str):
        return value
    raise ValueError(f"{name} is a text")


def _text_or_none(fields: dict[str, Any], name: str) -> str | None:
    return None if fields.get(name) is None else _text(fields, name)


def _number(fields: dict[str, Any], name: str) -> int:
    value = fields.get(name)
    if isinstance(value, int):
        return value
    raise ValueError(f"{name} is a number")
