"""docs/faults.md, made from the table of faults and from what every case came to."""

from __future__ import annotations

from collections.abc import Sequence

from cartesia_simulator.faults import FAULTS, Moment
from tests.faults.matrix import CALLEE, MESSAGE
from tests.faults.table import Row, render
from tests.faults.two_people import TwoPeople, Way, render_two

_HEAD = """\
# Faults

What can be broken on purpose in a rehearsal (`--fault NAME`, repeatable), and what every fault comes to.
Made by `python -m tests.faults`, which plays each row as a rehearsed call; the test suite plays them too and
compares. `@` is followed by a time (`@3s`, in seconds of the rehearsal's clock) or by a moment: `@ring`,
when the first call rings, or `@speech`, when the callee hears the first audio of a media stream.

"""

_OUTCOMES = """\

## What they come to

Every row is one run of

    cartesia-call dial --rehearse --no-cache --callee {callee} --fallback FALLBACK --fault FAULT TO MESSAGE

with the message "{message}"
*POSTs* are requests that place a call; in parentheses those that may have placed one. *The callee heard* is
taken from the bytes that the built-in network played, not from what the program says: `whole` is the whole
message, `part` a part of it from its first word on. *Call left up* says whether the call was still up two
minutes after the program had ended.

"""

_TWO_PEOPLE = """\

## With a second person

The same with `--then TO2`. The speech is made once, and what failed of it is made anew for the second person;
a public path that could not be had is not tried again. *Status* is that of the command: the last result
decides, unless one of both was `unknown` or `hangup-unconfirmed`. No call was left up, and nobody had two.

"""

_WAYS = {
    Way.FIRST_IS_BUSY: f"""\
### The first person is busy

`--callee "{Way.FIRST_IS_BUSY.callees}"`: the fault meets both calls.

""",
    Way.FIRST_CALL_ONLY: f"""\

### The fault on the first call only

`--callee "{Way.FIRST_CALL_ONLY.callees}"`: once the first result is told, the network is whole.

""",
}


def document(rows: Sequence[Row], rows_of_two: Sequence[TwoPeople]) -> str:
    """The whole file."""
    parts = [introduction(), outcomes(rows), _TWO_PEOPLE]
    parts += [outcomes_of_two(way, [row for row in rows_of_two if row.way is way]) for way in Way]
    return "".join(parts)


def introduction() -> str:
    """All that no call is needed for."""
    return _HEAD + _names()


def outcomes(rows: Sequence[Row]) -> str:
    """What every case comes to."""
    return _OUTCOMES.format(callee=CALLEE, message=MESSAGE) + render(rows)


def outcomes_of_two(way: Way, rows: Sequence[TwoPeople]) -> str:
    """What every case comes to for two people, one `way`."""
    return _WAYS[way] + render_two(rows)


def _names() -> str:
    lines = ["| fault | does | `@` a time | `@ring`, `@speech` |", "| --- | --- | --- | --- |"]
    for name, kind in FAULTS.items():
        lines.append(f"| `{name}` | {kind.effect} | {kind.time or '-'} | {kind.moment or '-'} |")
    assert len(Moment) == 2, "the table's heading names the moments"
    return "\n".join(lines) + "\n"
