"""docs/faults.md, made from the table of faults and from what every case came to."""

from __future__ import annotations

from collections.abc import Sequence

from cartesia_call.simulator.faults import FAULTS, Moment
from tests.faults.matrix import CALLEE, MESSAGE
from tests.faults.table import Row, render

_HEAD = """\
# Faults

What can be broken on purpose in a rehearsal (`--fault NAME`, repeatable), and what every fault comes to.
Made by `python -m tests.faults`, which plays each row as a rehearsed call; the test suite plays them too and
compares. `@` is followed by a time (`@3s`, in seconds of the rehearsal's clock) or by a moment: `@ring`,
when the first call rings, or `@speech`, when the callee hears the first audio of a media stream.

"""

_OUTCOMES = """
## What they come to

Every row is one run of

    cartesia-call dial --rehearse --no-cache --callee {callee} --fallback FALLBACK --fault FAULT TO MESSAGE

with the message "{message}"
*POSTs* are requests that place a call; in parentheses those that may have placed one. *The callee heard* is
taken from the bytes that the built-in network played, not from what the program says: `whole` is the whole
message, `part` a part of it from its first word on. *Call left up* says whether the call was still up two
minutes after the program had ended.

"""


def document(rows: Sequence[Row]) -> str:
    """The whole file."""
    outcomes = _OUTCOMES.format(callee=CALLEE, message=MESSAGE)
    return _HEAD + _names() + outcomes + render(rows)


def _names() -> str:
    lines = ["| fault | does | `@` a time | `@ring`, `@speech` |", "| --- | --- | --- | --- |"]
    for name, kind in FAULTS.items():
        lines.append(f"| `{name}` | {kind.effect} | {kind.time or '-'} | {kind.moment or '-'} |")
    assert len(Moment) == 2, "the table's heading names the moments"
    return "\n".join(lines) + "\n"
