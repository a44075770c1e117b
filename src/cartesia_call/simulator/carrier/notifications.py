"""What the carrier notes about a call in its debugger, readable as the call's Notifications."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

_WARNINGS = frozenset(
    {12200, 13510, 13511, 13520, 13521, 15003, 20001, 31930, 31931, 31950, 31951, 32015, 32019}
)
"""Codes of level WARNING in Twilio's error dictionary, among those this carrier uses; the rest are errors."""


@dataclass(frozen=True)
class Problem:
    """Something wrong, by Twilio's code, before it belongs to a call."""

    code: int
    message: str


@dataclass(frozen=True, kw_only=True)
class Notification:
    """One entry about one call; `sid` starts with NO."""

    sid: str
    code: int
    message: str
    noted_at: datetime

    @property
    def is_warning(self) -> bool:
        """True where the call went on as if nothing had happened (`log` 1 in the resource)."""
        return self.code in _WARNINGS
