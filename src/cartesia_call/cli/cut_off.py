"""What is told of calls that earlier processes were killed in: one line each, beside a call of this run."""

from __future__ import annotations

from collections.abc import Callable

from cartesia_call.calls.settling import CutOff
from cartesia_call.cli.render import not_twilio
from cartesia_call.cli.tables import local_text

TOLD_AT_MOST = 3
"""Lines of one run: after a crash in the midst of a list there may be hundreds."""


class CutOffCalls:
    """Tells of each call by a line that is handed to `note`, which masks numbers; of too many, that there are
    more. All of them were rehearsals, or made through another `carrier` than Twilio, if the ledger is theirs.
    """

    def __init__(self, note: Callable[[str], None], *, rehearsal: bool, carrier: str | None) -> None:
        self._note = note
        self._prefix = not_twilio(rehearsal=rehearsal, carrier=carrier)
        self._told = 0

    def tell(self, call: CutOff) -> None:
        """`call` was settled by this run."""
        self._told += 1
        if self._told <= TOLD_AT_MOST:
            when = local_text(call.began_at)
            sentence = f"the call to {call.to} at {when} was cut off with its process; {call.became}"
        elif self._told == TOLD_AT_MOST + 1:
            sentence = "more calls were cut off with their processes; `cartesia-call history` shows them"
        else:
            return
        self._note(f"warning: {self._prefix}{sentence}")
