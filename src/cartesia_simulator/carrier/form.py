"""Values of form parameters that several requests have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from cartesia_simulator.carrier.api_errors import ApiError

Form = Mapping[str, Sequence[str]]
"""Form parameters; a name may occur more than once."""


def first_value(form: Form, name: str) -> str | None:
    """The value of a parameter, None where it is not given."""
    values = form.get(name)
    return values[0] if values else None


def http_method(form: Form, name: str) -> str:
    """GET or POST, the default; ApiError for anything else."""
    method = (first_value(form, name) or "POST").upper()
    if method not in {"GET", "POST"}:
        raise ApiError(21209, f"Invalid {name}: {method} is neither GET nor POST")
    return method


def whole_number(form: Form, name: str, allowed: range) -> int | None:
    """A number within `allowed`, None where it is not given; ValueError for anything else."""
    text = first_value(form, name)
    if text is None:
        return None
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) not in allowed:
        raise ValueError(f"{name} {text} is not a whole number from {allowed[0]} to {allowed[-1]}")
    return int(text)


def is_web_address(url: str) -> bool:
    """Whether callbacks may go there; Twilio takes no host with an underscore."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(host) and "_" not in host
