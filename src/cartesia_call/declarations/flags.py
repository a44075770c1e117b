"""Yes and no, as people write them. It imports nothing: whoever waits to start has to know them already."""

from __future__ import annotations

YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off"})


def flag(value: str) -> bool:
    """Yes or no. ValueError for anything else."""
    word = value.lower()
    if word in YES | NO:
        return word in YES
    raise ValueError(f"{value!r} is neither yes nor no; write 1 or 0")
