"""What to write instead of a first word that is no command."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence

from cartesia_call.patterns import regex

_A_NUMBER = regex(r"\+?[\d().-]{5,}|sips?:.+|@.+")

_MEANT = {"call": "dial", "ring": "dial", "phone": "dial", "version": "--version"}
"""What else people type."""


def no_such_command(words: Sequence[str], commands: Collection[str]) -> str:
    """One sentence about `words`, the command line from the unknown command on."""
    name, *others = words
    if _A_NUMBER.fullmatch(name):
        return 'Name the command before the number: cartesia-call dial NUMBER "MESSAGE"'
    if name == "help":
        topic = f" {others[0]}" if others and others[0] in commands else ""
        return f"No such command 'help'. Write: cartesia-call{topic} --help"
    if name.lower() in _MEANT:
        return f"No such command {name!r}. Write: cartesia-call {_MEANT[name.lower()]}"
    near = difflib.get_close_matches(name.lower(), list(commands), n=1)
    return f"No such command {name!r}." + (f" Did you mean {near[0]!r}?" if near else "")
