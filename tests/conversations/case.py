"""One rehearsal of a conversation, and what it has to come to."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

from cartesia_call.telephony.outcomes import Evidence, Outcome

MESSAGE = (
    "The database is down. Please call the operator. Then restart the server. Tell us when you are done."
)
"""Some seven seconds: longer than our detector needs to tell a machine by its talking."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """`options` as on a command line, each with a value, faults aside. The rest is what has to come of it.

    `answered_by`: who, and in parentheses whose finding that is. `heard`: the parts that the callee heard, in
    order, `voicemail`: those that a machine recorded; empty for nothing.
    """

    callee: str
    options: str
    faults: tuple[str, ...]
    outcome: Outcome
    heard: str
    digits: str
    answered_by: str
    screened: bool
    voicemail: str
    evidence: Evidence

    @property
    def name(self) -> str:
        """What is typed, but for the message."""
        faults = "".join(f" --fault {fault}" for fault in self.faults)
        return f"--callee {self.callee} {self.options}{faults}".rstrip()

    @property
    def settings(self) -> dict[str, Any]:
        """`options` by the names of the settings."""
        words = iter(shlex.split(self.options))
        return {word.removeprefix("--").replace("-", "_"): next(words) for word in words}

    @property
    def asks_for_key(self) -> bool:
        """Whether there is one that acknowledges."""
        words = {entry.partition("=")[2] for entry in self.settings.get("key", "").split(",")}
        return "ack" in self.settings or bool(words - {"", "rejected", "opt-out"})


def case(
    callee: str,
    options: str,
    outcome: Outcome,
    heard: str,
    *faults: str,
    digits: str = "",
    answered_by: str = "",
    screened: bool = False,
    voicemail: str = "",
    evidence: Evidence | None = None,
) -> Case:
    """Whoever pressed a key is a person, by our own finding; what was played to its end has its mark."""
    return Case(
        callee=callee,
        options=options,
        faults=faults,
        outcome=outcome,
        heard=heard,
        digits=digits,
        answered_by=answered_by or ("human (local)" if digits else ""),
        screened=screened,
        voicemail=voicemail,
        evidence=evidence or (Evidence.MARK if outcome in _PLAYED else Evidence.NONE),
    )


_PLAYED = {Outcome.DELIVERED, Outcome.ACKNOWLEDGED, Outcome.NOT_ACKNOWLEDGED, Outcome.VOICEMAIL_LEFT}
