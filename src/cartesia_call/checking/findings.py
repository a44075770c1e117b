"""What a check found: one line each, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from cartesia_call.errors import CartesiaCallError
from cartesia_call.records import dataclass


class Status(StrEnum):
    """What became of one check.

    `warning`: a call would work, and something is not as it should be. `skipped`: nothing was found out.
    """

    PASS = "pass"  # noqa: S105  # a verdict, not a password
    FAIL = "fail"
    WARNING = "warning"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line. `detail` is a clause, `hint` what to do, `value` what a program may want to read.

    `error` is what a call would meet; a failed line has one, no other does.
    """

    name: str
    status: Status
    detail: str
    hint: str | None = None
    value: Mapping[str, object] | None = None
    error: CartesiaCallError | None = None


def passed(name: str, detail: str, **value: object) -> Finding:
    """It works; `value` is what was measured or seen."""
    return Finding(name=name, status=Status.PASS, detail=detail, value=value or None)


def failed(name: str, error: CartesiaCallError) -> Finding:
    """A call would end with `error`."""
    return Finding(name=name, status=Status.FAIL, detail=str(error), hint=error.hint, error=error)


def warned(name: str, detail: str, hint: str | None, **value: object) -> Finding:
    """A call would work all the same."""
    return Finding(name=name, status=Status.WARNING, detail=detail, hint=hint, value=value or None)


def skipped(name: str, why: str, hint: str | None = None) -> Finding:
    """Nothing was found out, and why."""
    return Finding(name=name, status=Status.SKIPPED, detail=why, hint=hint)
