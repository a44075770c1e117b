"""The text of an env file: reading it without interpolation, and setting values in it.

Built on python-dotenv's parser rather than `dotenv_values`, which writes its complaints about odd lines to
standard error by itself.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping

from dotenv.parser import Binding, parse_stream

from cartesia_call.patterns import regex

_BARE_VALUE = regex(r"[A-Za-z0-9_.+/:@=-]+")


def read_values(text: str) -> tuple[dict[str, str], list[int]]:
    """Values by name, and the numbers of the lines that are neither a setting, a comment nor blank."""
    values: dict[str, str] = {}
    odd_lines: list[int] = []
    for binding in _bindings(text):
        if binding.error or (binding.key is not None and binding.value is None):
            odd_lines.append(binding.original.line)
        elif binding.key is not None and binding.value is not None:
            values[binding.key] = binding.value.strip()
    return values, odd_lines


def with_values(text: str, values: Mapping[str, str]) -> str:
    """`text` without the lines that set one of `values`, and these at its end."""
    kept = "".join(binding.original.string for binding in _bindings(text) if binding.key not in values)
    if kept and not kept.endswith("\n"):
        kept += "\n"
    return kept + "".join(f"{name}={_quoted(value)}\n" for name, value in values.items())


def _bindings(text: str) -> Iterator[Binding]:
    return parse_stream(io.StringIO(text))


def _quoted(value: str) -> str:
    if _BARE_VALUE.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
