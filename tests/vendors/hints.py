"""What every hint in a vendor's table promises: what it tells people to use is there."""

from __future__ import annotations

import re

from cartesia_call.settings.table import TABLE

_NAMED = re.compile(r"--[a-z][a-z-]*[a-z]|\b(?:CARTESIA|TWILIO|NGROK)_[A-Z_]*[A-Z]\b")
_OF_ONE_COMMAND = frozenset({"--install-agent"})
"""Of `check`: not in the table of settings."""


def unknown_names(hint: str | None) -> set[str]:
    """Options and environment names in `hint` that nobody could set."""
    options = {option for setting in TABLE for both in setting.options for option in both.split("/")}
    names = {name for setting in TABLE for name in setting.names}
    return set(_NAMED.findall(hint or "")) - options - names - _OF_ONE_COMMAND
