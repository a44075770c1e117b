"""Fields of a body that somebody else wrote: whatever stands there, asking for one raises nothing."""

from __future__ import annotations

import json
from typing import Any

Body = dict[str, Any]


def read_json(text: str) -> object:
    """The value that `text` is written as; ValueError, with a sentence, for what is no JSON."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"it is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise ValueError("its JSON is nested too deeply") from None
    except ValueError:  # a number of more digits than Python reads
        raise ValueError("a number in its JSON is too long") from None


def bodies(value: object) -> list[Body]:
    """The objects in `value`: itself, or those of a list."""
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, dict)]


def inside(value: object, *path: str) -> object:
    """What stands at `path`, names of fields and, in lists, numbers from 0; None where nothing does."""
    for name in path:
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isascii() and name.isdecimal() and len(name) < 9:
            value = value[int(name)] if int(name) < len(value) else None
        else:
            return None
    return value


def text_at(value: object, *path: str) -> str:
    """The words at `path`: a text, a number, true or false, or a list of such; empty for anything else."""
    found = inside(value, *path)
    return ", ".join(filter(None, map(_text, found))) if isinstance(found, list) else _text(found)


def first_text(value: object, *names: str) -> str:
    """The first of these fields that has words."""
    return next((found for name in names if (found := text_at(value, name))), "")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).strip() if isinstance(value, str | int | float) else ""
