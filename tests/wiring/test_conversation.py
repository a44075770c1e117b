"""How long the conversation may take at the most."""

from __future__ import annotations

from pathlib import Path

from cartesia_call.settings.model import Settings
from cartesia_call.settings.resolve import resolve
from cartesia_call.wiring.conversation import longest_s
from tests.settings.machine import command_line

MESSAGE = "The database is down."


def settings(**options: object) -> Settings:
    given = command_line(rehearse=True, **options)
    return resolve(given, {}, working_directory=Path.cwd(), needs=frozenset())


def test_every_option_that_takes_time_makes_the_conversation_longer() -> None:
    """The bound grows with each, so that `TimeLimit` never ends a conversation."""
    growing: list[dict[str, object]] = [{}]
    for option in (
        {"ack": "1"},
        {"repeat": "5"},
        {"ack_timeout": "60s"},
        {"voicemail": "leave"},
        {"amd_timeout": "30s"},
        {"identify": "Acme alerts."},
    ):
        growing.append({**growing[-1], **option})
    lengths_s = [longest_s(settings(**options), MESSAGE) for options in growing]
    assert lengths_s == sorted(set(lengths_s))
