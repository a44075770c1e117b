"""Entries of the debugger."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest

from cartesia_simulator.carrier.notifications import Notification, Problem


@pytest.mark.parametrize(
    ("code", "is_warning", "level"), [(31920, False, "ERROR"), (31951, True, "WARN"), (21262, True, "WARN")]
)
def test_the_text_is_a_form(code: int, is_warning: bool, level: str) -> None:
    """Message, level and code, percent-encoded."""
    problem = Problem(code, "Handshake Error: HTTP 404 & more")
    entry = Notification(sid="NO1", problem=problem, noted_at=datetime(2026, 11, 20, tzinfo=UTC))
    assert entry.is_warning is is_warning
    assert parse_qs(entry.text) == {
        "Msg": ["Handshake Error: HTTP 404 & more"],
        "EmailNotification": ["false"],
        "LogLevel": [level],
        "ErrorCode": [str(code)],
    }
