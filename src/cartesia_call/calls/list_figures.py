"""How a dial list stands, as numbers."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import field

from cartesia_call.records import dataclass
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.outcomes import Next, Outcome


@dataclass(kw_only=True)
class ListFigures:
    """How a list stands. `outcomes` counts rows that are over by what decided them; None: a fault of ours.

    The others count what this run did. `minutes` are those that were begun while somebody listened, about as
    the carrier bills them; `held_for_now` rows are over because of an hour or a limit, not for ever.
    """

    outcomes: Counter[Outcome | None] = field(default_factory=Counter)
    attempts: int = 0
    characters: int = 0
    minutes: int = 0
    held_for_now: int = 0

    @property
    def over(self) -> int:
        """How many rows are over."""
        return self.outcomes.total()

    @property
    def reached(self) -> int:
        """How many rows took the message."""
        return sum(
            n for outcome, n in self.outcomes.items() if outcome and outcome.means.next is Next.REACHED
        )

    def count(self, result: AttemptResult, *, is_final: bool) -> None:
        """An attempt has ended."""
        self.attempts += 1
        self.characters += result.characters
        self.minutes += math.ceil((result.heard_ms or 0) / 60_000)
        if is_final:
            self.outcomes[result.outcome] += 1
