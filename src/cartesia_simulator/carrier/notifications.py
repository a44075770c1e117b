"""What the carrier notes about a call in its debugger, readable as the call's Notifications.

The text of an entry is a form, as the Alerts that share the entries' SIDs have it in public test fixtures:
`Msg=HTTP+retrieval+failure&EmailNotification=false&LogLevel=ERROR&...&ErrorCode=11200`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

_WARNINGS = frozenset(
    {12200, 13510, 13511, 13520, 13521, 15003, 20001, 21262, 31930, 31931, 31950, 31951, 32015, 32019}
)
"""Codes of level WARNING in Twilio's error dictionary, among those this carrier uses; the rest are errors."""


@dataclass(frozen=True)
class Problem:
    """Something wrong, by Twilio's code, before it belongs to a call.

    `request_method` and `request_url` are of the request to the customer that it is about, if any.
    """

    code: int
    message: str
    request_method: str | None = None
    request_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Notification:
    """One entry about one call; `sid` starts with NO. It is listed from `listed_at_s` of the clock on."""

    sid: str
    problem: Problem
    noted_at: datetime
    listed_at_s: float = 0.0

    @property
    def code(self) -> int:
        return self.problem.code

    @property
    def message(self) -> str:
        return self.problem.message

    @property
    def is_warning(self) -> bool:
        """True where the call went on as if nothing had happened (`log` 1 in the resource)."""
        return self.code in _WARNINGS

    @property
    def text(self) -> str:
        """The entry as `message_text` has it."""
        return urlencode(
            {
                "Msg": self.message,
                "EmailNotification": "false",
                "LogLevel": "WARN" if self.is_warning else "ERROR",
                "ErrorCode": str(self.code),
            }
        )
