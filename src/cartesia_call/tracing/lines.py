"""A trace as lines of JSON, docs/tracing.md: written from messages, read back from anybody's file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from functools import cached_property

from cartesia_call.records import dataclass
from cartesia_call.tracing.messages import FORMAT, Kind, Message, Peer
from cartesia_call.tracing.scrubbing import Scrubber

LONGEST_LINE = 8 * 1024 * 1024
"""Of a file that somebody hands in, in characters; more than the largest message with its audio."""

_LONGEST_FORMAT = 20
_LATEST_MS = 1e11
"""Three years: nothing later was measured."""


class NoTrace(ValueError):
    """What was read is no trace. The text says why, as a sentence."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One line: a message with its pseudonyms. `content` is what the message says, of any JSON type.

    `at_ms` counts from the trace's beginning. `path` and `query` are of a request, `headers` pairs of name
    and value (None: not kept). `facts` is what the writer found out about the message.
    """

    line: int
    at_ms: float
    peer: str
    kind: str
    sent: bool
    link: int
    size_bytes: int = 0
    method: str | None = None
    path: str | None = None
    query: tuple[tuple[str, object], ...] = ()
    status: int | None = None
    headers: tuple[tuple[str, object], ...] = ()
    content: object = None
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def fields(self) -> Mapping[str, object]:
        """`content` where it is an object, else an empty one."""
        return self.content if isinstance(self.content, dict) else {}

    @cached_property
    def parameters(self) -> Mapping[str, object]:
        """Names and values of the query and of a form; of a repeated name the last."""
        form = self.content if isinstance(self.content, list) else []
        pairs = [pair for pair in form if isinstance(pair, list) and len(pair) == 2]
        return {str(name): value for name, value in (*self.query, *pairs)}

    def told(self, name: str) -> str | None:
        """One parameter as a word; None without it."""
        value = self.parameters.get(name)
        return None if value is None else str(value)

    @cached_property
    def event(self) -> str:
        """What kind of text it is: Twilio's `event`, Cartesia's `type`; empty where it has none."""
        return str(self.fields.get("event") or self.fields.get("type") or "")


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A whole file. `header` is its first line, `dropped` how many messages its writer left out."""

    header: Mapping[str, object]
    records: tuple[Record, ...]
    dropped: int = 0
    is_whole: bool = True

    def of(self, peer: str, *kinds: str, sent: bool | None = None) -> list[Record]:
        """What passed between us and `peer`, of these kinds or of all, in one direction or in both."""
        return [
            record
            for record in self.records
            if record.peer == peer and (not kinds or record.kind in kinds) and sent in {None, record.sent}
        ]

    @property
    def faults(self) -> frozenset[str]:
        """What was broken on purpose in the network that made it."""
        given = self.header.get("faults")
        names = given if isinstance(given, list) else []
        return frozenset(str(fault).partition("@")[0] for fault in names)

    @property
    def is_rehearsal(self) -> bool:
        """Whether the built-in network made it."""
        return self.header.get("network") == "built-in"


def header_line(*, program: str, utc: datetime, network: str, **facts: object) -> str:
    """The first line. `network` is `live`, `built-in` or `other`; `facts` hide nothing."""
    made = {"program": program, "utc": utc.isoformat(timespec="milliseconds"), "network": network}
    return _line({"trace": FORMAT, **made, **facts})


def message_line(message: Message, at_ms: float, scrubber: Scrubber) -> str:
    """The line of one message."""
    fields: dict[str, object] = {
        "ms": round(at_ms, 3),
        "dir": "out" if message.sent else "in",
        "peer": message.peer.value,
        "kind": message.kind.value,
        "link": message.link,
    }
    if message.text is not None:
        fields["bytes"] = len(message.text.encode("utf-8", "replace"))
    if message.method is not None:
        fields["method"] = (
            message.method if message.method.isalpha() and len(message.method) < 10 else "(other)"
        )
    if message.url is not None:
        fields |= scrubber.url(message.url)
    if message.status is not None:
        fields["status"] = message.status
    if message.headers:
        fields["headers"] = scrubber.headers(message.headers)
    if message.text:
        is_form = message.kind is Kind.REQUEST and message.peer is Peer.TWILIO
        fields["content"] = scrubber.pairs(message.text) if is_form else scrubber.json(message.text)
    if message.facts:
        fields["facts"] = dict(message.facts)
    return _line(fields)


def end_line(at_ms: float, *, records: int, dropped: int) -> str:
    """The last line of a trace that is whole."""
    return _line({"ms": round(at_ms, 3), "kind": "end", "records": records, "dropped": dropped})


def _line(fields: Mapping[str, object]) -> str:
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=True) + "\n"


def read_trace(lines: Iterable[str]) -> Trace:
    """The trace of a file. NoTrace if it does not begin as one; a line that cannot be read is passed over.

    Fields and kinds that are not known here are let through: others write this format too.
    """
    header: Mapping[str, object] | None = None
    records: list[Record] = []
    dropped, written = 0, None
    for number, text in enumerate(lines, start=1):
        fields = _object(text)
        if header is None:
            header = _header(fields)
        elif fields is not None and fields.get("kind") == "end":
            dropped, written = _whole(fields.get("dropped")), _whole(fields.get("records"))
        elif fields is not None and (record := _record(number, fields)) is not None:
            records.append(record)
    if header is None:
        raise NoTrace("the file is empty")
    records.sort(key=lambda record: record.at_ms)
    is_whole = written is not None and written <= len(records)
    return Trace(header=header, records=tuple(records), dropped=dropped, is_whole=is_whole)


def _header(fields: Mapping[str, object] | None) -> Mapping[str, object]:
    if fields is None or "trace" not in fields:
        raise NoTrace('it is no trace: its first line is no object with "trace" in it')
    if fields["trace"] is True or fields["trace"] != FORMAT:
        given = repr(fields["trace"])[:_LONGEST_FORMAT]
        raise NoTrace(f"it is a trace of format {given}, and this version reads format {FORMAT}")
    return fields


def _object(text: str) -> Mapping[str, object] | None:
    if len(text) > LONGEST_LINE:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _record(number: int, fields: Mapping[str, object]) -> Record | None:
    at_ms, direction = fields.get("ms"), fields.get("dir")
    if not isinstance(at_ms, int | float) or isinstance(at_ms, bool) or direction not in ("in", "out"):
        return None
    if not 0 <= at_ms <= _LATEST_MS:
        return None
    facts = fields.get("facts")
    method, path, status = fields.get("method"), fields.get("path"), fields.get("status")
    return Record(
        line=number,
        at_ms=float(at_ms),
        peer=str(fields.get("peer", "")),
        kind=str(fields.get("kind", "")),
        sent=direction == "out",
        link=_whole(fields.get("link")),
        size_bytes=_whole(fields.get("bytes")),
        method=method if isinstance(method, str) else None,
        path=path if isinstance(path, str) else None,
        query=_pairs(fields.get("query")),
        status=status if isinstance(status, int) else None,
        headers=_pairs(fields.get("headers")),
        content=fields.get("content"),
        facts=facts if isinstance(facts, dict) else {},
    )


def _pairs(value: object) -> tuple[tuple[str, object], ...]:
    pairs = value if isinstance(value, list) else []
    return tuple((str(pair[0]), pair[1]) for pair in pairs if isinstance(pair, list) and len(pair) == 2)


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
