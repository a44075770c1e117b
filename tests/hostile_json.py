"""Texts that look like messages of a protocol and are wrong somewhere: for hypothesis."""

from __future__ import annotations

import copy
import json
import re
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

_PLACE = re.compile(r'"@(\d+)@"')
"""Stands in a message for one of _TOKENS, which no Python value is written as."""

_DEPTHS = (10, 900, 950, 975, 985, 990, 995, 1_000, 1_010, 1_100, 1_500, 2_000, 3_000, 10_000)
"""Around the interpreter's limit on recursion, and far beyond it."""

_TOKENS = (
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "-Infinity",
    "9" * 400,
    "9" * 5_000,
    "-0",
    "1E400",
    "0.1e-500",
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\u0000"',
    '"\\u001b[2J"',
    '"\\uffff"',
    "'text'",
    "nul",
    "{,}",
    "",
)
_DEEP_TOKENS = (
    *("[" * depth + "]" * depth for depth in _DEPTHS),
    *('{"a":' * (depth // 2) + "1" + "}" * (depth // 2) for depth in _DEPTHS),
)

any_text = st.text(st.characters(exclude_categories=()), max_size=40)
"""Lone surrogates and control characters too."""

_ALL_TOKENS = _TOKENS + _DEEP_TOKENS


def mostly(usual: st.SearchStrategy[T], rare: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Seven of eight are `usual`; `one_of` would make them equal."""
    return st.integers(0, 7).flatmap(lambda number: usual if number else rare)


_places_for_tokens = mostly(
    st.integers(0, len(_TOKENS) - 1), st.integers(len(_TOKENS), len(_ALL_TOKENS) - 1)
).map("@{}@".format)
_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(10**400), max_value=10**400),
    st.floats(),
    any_text,
    st.sampled_from(["", "0", "-1", "1_0", "٣", "+5", " 7 ", "1e3", "nan", "9" * 5_000, "x" * 10_000]),
    _places_for_tokens,
)
any_json = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)


def near_json(*messages: dict[str, Any]) -> st.SearchStrategy[str]:
    """One of `messages` as JSON, with up to three wrong fields, and perhaps broken as a text."""
    near = broken_text(_json_text(_changed(messages)))
    return mostly(near, any_text | _json_text(any_json))


def near_fields(fields: dict[str, str]) -> st.SearchStrategy[dict[str, str]]:
    """`fields` of a form with some of them missing, wrong or added."""
    values = st.one_of(
        any_text,
        st.integers().map(str),
        st.sampled_from(["", "-1", "1_0", "٣", "9" * 12, "9" * 5_000, "1e3", "\x00", "../.."]),
    )
    changes = st.dictionaries(st.one_of(st.sampled_from(sorted(fields)), any_text), values, max_size=3)
    missing = st.sets(st.sampled_from(sorted(fields)), max_size=2)
    return st.builds(
        lambda changed, left_out: {
            name: value for name, value in (fields | changed).items() if name not in left_out
        },
        changes,
        missing,
    )


@st.composite
def broken_text(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A text as it is, cut, with something put in or taken out, or twice."""
    text = draw(texts)
    if draw(st.integers(0, 7)) or not text:
        return text
    start = draw(st.integers(0, len(text)))
    end = min(len(text), start + draw(st.integers(0, 3)))
    return draw(
        st.sampled_from([text[:start], text[start:], text[:start] + text[end:], text + text])
        | any_text.map(lambda put_in: text[:start] + put_in + text[end:])
    )


@st.composite
def _changed(draw: st.DrawFn, messages: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    message: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(messages)))
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2, 3]))):
        inside, name = draw(st.sampled_from(_places(message)))
        if name in inside and not draw(st.integers(0, 3)):
            del inside[name]
        else:
            inside[name] = draw(mostly(_scalars, any_json))
    return message


def _places(message: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Every field, of the objects inside too, and one more in each object."""
    places = [(message, name) for name in (*message, "unknown")]
    for value in message.values():
        if isinstance(value, dict):
            places += _places(value)
    return places


@st.composite
def _json_text(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> str:
    text = json.dumps(draw(values), ensure_ascii=draw(st.booleans()))
    text = _PLACE.sub(lambda place: _ALL_TOKENS[int(place[1])], text)
    # The same field twice: the last one counts, as everywhere.
    doubled = draw(st.sampled_from([*[""] * 14, '"event":[],', '"type":"done",']))
    return text.replace("{", "{" + doubled, 1)
