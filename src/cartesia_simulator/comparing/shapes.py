"""The form of messages: which fields they have, in which order, and what kind of value stands in each.

A form is learnt from samples that the built-in network's own builders made, so it says nothing twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from cartesia_call.tracing.pseudonyms import PSEUDONYM
from cartesia_call.tracing.vocabulary import NUMBER

_FREE = frozenset({"text", "word", "name"})
"""Kinds of text that are told apart only by which value it is."""


_SID_KIND = re.compile(r"[A-Z]{2}")


_FIXED = frozenset(
    {
        *("protocol", "version", "start.tracks[]", "media.track", "dtmf.track"),
        *(f"start.mediaFormat.{name}" for name in ("encoding", "sampleRate", "channels")),
        *("CallbackSource", "Direction", "ApiVersion", "direction", "api_version"),
    }
)
"""Where the value itself belongs to the form: documented as always the same."""


class Change(StrEnum):
    """How a message differs from every sample. `FILLED`: a field that is null in all of them."""

    MISSING = "missing"
    EXTRA = "extra"
    KIND = "kind"
    FILLED = "filled"
    ORDER = "order"


@dataclass(frozen=True)
class Difference:
    """At `path` (`media.payload`); the sentence goes on from "it"."""

    change: Change
    path: str
    sentence: str


def kind_of(value: object) -> str:
    """`text`, `number`, `number as text`, `CA` for the SID of a call, `null`, `true or false`, ..."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "number"
        case str():
            return _kind_of_text(value)
        case list():
            return "list"
    return "audio" if isinstance(value, dict) and "audio_bytes" in value else "object"


@lru_cache(maxsize=1024)
def _kind_of_text(text: str) -> str:
    if "://" in text or text.startswith("/"):
        return "address"
    if text.startswith("<date:"):
        return text.strip("<>")
    if text.startswith(("<figure:", "<digits:")):
        return "number" if text.startswith("<figure:") else "number as text"
    if found := PSEUDONYM.match(text):
        return "text" if found["kind"] in _FREE else found["kind"]
    if NUMBER.fullmatch(text) or text.isdecimal():
        return "number as text"
    return "text"


class Form:
    """What all samples have in common, and what any of them has."""

    def __init__(self, samples: Sequence[object]) -> None:
        self._kinds = {kind_of(sample) for sample in samples}
        self._values = [sample for sample in samples if isinstance(sample, str | int)]
        objects = [sample for sample in samples if isinstance(sample, dict)]
        self._orders = dict.fromkeys(tuple(sample) for sample in objects)
        self._required = set.intersection(*map(set, objects)) if objects else set()
        names = dict.fromkeys(name for sample in objects for name in sample)
        self._fields = {name: Form([each[name] for each in objects if name in each]) for name in names}
        items = [item for sample in samples if isinstance(sample, list) for item in sample]
        self._items = Form(items) if items else None

    def differences(self, value: object, path: str = "") -> Iterator[Difference]:
        """Where `value` is like none of the samples."""
        kind = kind_of(value)
        if kind not in self._kinds:
            known, place = " or ".join(sorted(self._kinds)), path or "its place"
            change = Change.FILLED if self._kinds == {"null"} else Change.KIND
            shown = f"the SID of a {kind}" if _SID_KIND.fullmatch(kind) else kind
            yield Difference(change, path, f"has {shown} in {place}, not {known}")
        elif path in _FIXED and self._values and value not in self._values:
            yield Difference(Change.KIND, path, f"has {value!r} in {path}, not {self._values[0]!r}")
        elif isinstance(value, dict):
            yield from self._of_object(value, path)
        elif isinstance(value, list) and self._items is not None:
            for item in value[:3]:
                yield from self._items.differences(item, f"{path}[]")

    def _of_object(self, value: dict[str, object], path: str) -> Iterator[Difference]:
        for name in sorted(self._required - value.keys()):
            yield Difference(Change.MISSING, _at(path, name), f"has no {_at(path, name)}")
        for name in value:
            if name not in self._fields:
                yield Difference(Change.EXTRA, _at(path, name), f"has {_at(path, name)}, which is not known")
        is_known_order = tuple(value) in self._orders
        moved = [] if is_known_order else [_first_moved(value, order) for order in self._orders]
        if moved and None not in moved:
            given, due = moved[0] or ("", "")
            where = f" in {path}" if path else ""
            shown = f"has its fields in another order{where}: {given} where {due} is due"
            yield Difference(Change.ORDER, path, shown)
        for name, inner in value.items():
            if name in self._fields:
                yield from self._fields[name].differences(inner, _at(path, name))


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _first_moved(names: Iterable[str], order: Sequence[str]) -> tuple[str, str] | None:
    """Of those that are in both the first that stands elsewhere, and which one `order` has there."""
    given = [name for name in names if name in order]
    due = [name for name in order if name in given]
    return next(((one, other) for one, other in zip(given, due, strict=True) if one != other), None)
