"""docs/conversations.md, made from what every case came to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.conversations.case import MESSAGE
from tests.conversations.play import Row

_HEAD = f"""\
# Conversations

What callees do, what is asked of the call, and what it comes to. Made by `python -m tests.conversations`,
which plays each row as a rehearsed call; the test suite plays them too and compares. Every row is one run of

    cartesia-call dial --rehearse --no-cache --callee CALLEE OPTIONS +12025550143 MESSAGE

with the message "{MESSAGE}"
*The callee heard* and *on the voicemail* are taken from the bytes that the built-in network played and
recorded, compared with those that the voices made; not from what the program says. Parts are named in their
order: `message`, `prompt`, `confirmation`, `identity` (who is calling, told to a screening robot),
`voicemail` (`--voicemail-message`). One that is named alone was heard whole, from its first byte to its last;
*beginning of* one was cut, *rest of* one had begun before the machine recorded. *Answered by* says in
parentheses whose finding it is, *beep* whether a machine's was heard, or it was silent without one.

"""

HEADER = (
    "| callee | options | outcome | status | digits | acknowledged | answered by | beep | screened | "
    "the callee heard | on the voicemail | evidence |"
)


def document(sections: Iterable[tuple[str, Sequence[Row]]]) -> str:
    """The whole file: `sections` by their titles."""
    return _HEAD + "\n".join(f"## {title}\n\n{_table(rows)}" for title, rows in sections)


def _table(rows: Iterable[Row]) -> str:
    lines = [HEADER, "|" + " --- |" * (HEADER.count("|") - 1)]
    return "\n".join([*lines, *map(line_of, rows)]) + "\n"


def line_of(row: Row) -> str:
    """The row as a line of its table."""
    return f"| {' | '.join(_cells(row))} |"


def _cells(row: Row) -> Iterable[str]:
    case, result = row.case, row.result
    options = " ".join([case.options, *(f"--fault {fault}" for fault in case.faults)]).strip()
    acknowledged = {True: "yes", False: "no", None: "-"}[result.acknowledged]
    yield from (f"`{case.callee}`", f"`{options}`" if options else "-")
    yield from (str(result.outcome), str(row.exit_status), (result.digits or "").replace("*", "\\*") or "-")
    beep = {True: "yes", False: "no", None: "-"}[result.beep]
    yield from (acknowledged, answered_by(row) or "-", beep, "yes" if result.screened else "no")
    yield from (row.heard or "nothing", row.voicemail or "-", str(result.evidence))


def answered_by(row: Row) -> str:
    """Who, and whose finding that is; empty if nobody found out."""
    result = row.result
    return f"{result.answered_by} ({result.answered_by_source})" if result.answered_by else ""
