"""What a report is made of: the attempts of a list, or of a part of the history, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cartesia_call.records import dataclass
from cartesia_call.telephony.attempt import AttemptResult


@dataclass(frozen=True, kw_only=True)
class ReportedAttempt:
    """One attempt. `to` and `sentence` are printed as they are: whoever masks numbers has done it there.

    `row` is the row of the list, from 1; None for a call that belongs to no list. `attempt` counts the
    attempts of that row, from 1. `outcome` is the word, also one that only another release has; None while
    the attempt is open, and where it ended without one. `result` is None until the attempt's own process
    closed it; of it, timing and lengths are read, and neither numbers nor words. `began_at` and `ended_at`
    are aware, in the zone in which they are to be read. `sentence` says how the attempt ended.
    """

    row: int | None
    attempt: int
    to: str
    result: AttemptResult | None
    outcome: str | None
    began_at: datetime
    ended_at: datetime | None
    sentence: str


@dataclass(frozen=True, kw_only=True)
class ListReport:
    """A list and its attempts, in any order. All moments are aware, in the zone in which they are to be read.

    `name` is the heading; `list_id` is None where the attempts are a part of the history. `rows` is how many
    rows the list has, those that nobody called yet included; of a history, how many calls there are.
    `began_at` and `ended_at` are None where nothing began, or is not over. `other_carrier`: these calls
    went through somebody else than Twilio, whom their results name.
    """

    name: str
    list_id: str | None
    rows: int
    began_at: datetime | None
    ended_at: datetime | None
    attempts: Sequence[ReportedAttempt]
    made_at: datetime
    rehearsal: bool
    other_carrier: bool

    @property
    def carriers(self) -> list[str]:
        """The addresses of carriers that are not Twilio, as far as they are known."""
        return sorted({one.result.carrier for one in self.attempts if one.result and one.result.carrier})

    @property
    def is_list(self) -> bool:
        """Whether its attempts belong to rows."""
        return self.list_id is not None
