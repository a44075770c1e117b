"""What a worker asks of the database that many machines share, beside its ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from typing import Protocol

from cartesia_call.dial_list.rows import ListRow
from cartesia_call.ledger_ports import RowAttempt
from cartesia_call.records import dataclass


@dataclass(frozen=True, kw_only=True)
class QueuedList:
    """A list that may be called now. `settings` are texts by the settings' titles."""

    id: str
    name: str
    cps: float
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class QueuedRow:
    """A row that this worker has taken, until it is done or handed back. `attempts` are those that were made,
    by whomever; `withheld` says why nobody may call it, as was found when it was queued. After its attempt
    `again_after` it is called again, whatever that came to: somebody asked for it."""

    job_id: int
    list_id: str
    row: ListRow
    attempts: Sequence[RowAttempt] = ()
    withheld: str | None = None
    again_after: int | None = None

    @property
    def number(self) -> int:
        """The row's number in its list."""
        return self.row.number

    @property
    def to(self) -> str:
        """Whom it calls."""
        return self.row.to


class Verdict(StrEnum):
    """Whether a row may be called now."""

    GO = "go"
    LATER = "later"
    FULL = "full"
    NUMBER = "number"
    """Somebody is calling the number, on whichever machine."""
    PAUSED = "paused"
    CLOSED = "closed"
    """The list is over, or was called off."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A moment at which a call may be placed: `at_s` of this machine's clock, this worker's own if it
    `is_given`; else about the first one that will be given to anybody. `key` names it."""

    at_s: float
    key: float
    is_given: bool


@dataclass(frozen=True, kw_only=True)
class Begun:
    """The call of the moment `key` had begun at `latest_s` of this machine's clock at the latest."""

    key: float
    latest_s: float


class RowQueue(Protocol):
    """Rows of many lists, taken by one worker each. QueueUnreachable where the database does not answer.

    One object for a worker, which lives by its heartbeats.
    """

    async def join(self) -> None:
        """Begin to be a worker."""

    async def leave(self) -> None:
        """End: what it holds belongs to nobody."""

    async def beat(self) -> None:
        """A sign of life. QueueNewer, and it was given, if a newer release has changed the queue since: the
        calls that are up may come to their end, and no row is to be taken."""

    async def tend(self) -> bool:
        """Give the rows of workers that are gone back to everybody, and end lists that are over. False, and
        nothing is done, while another worker does it."""

    async def open_lists(self) -> list[QueuedList]:
        """The lists that this worker may call rows of."""

    async def take(self, list_id: str) -> QueuedRow | None:
        """The next row of the list that is due; None: there is none now."""

    async def again(self, row: QueuedRow, after_s: float, *, tells: bool) -> bool:
        """Hand the row back: it is due in so many seconds. False if it was another worker's by then.

        `tells`: its last attempt is over and decided, and whoever waits for the list is to know of it.
        """

    async def done(self, row: QueuedRow) -> bool:
        """Nobody calls the row any more, whatever it came to. False as for `again`."""

    async def turn(self, row: QueuedRow, *, longest_s: float) -> tuple[Verdict, float]:
        """Whether the row's call may get ready: its moment will come in about `longest_s` at the most. A `GO`
        is taken back by `over`; else it is worth asking again in so many seconds."""

    async def moment(self, row: QueuedRow, *, longest_s: float) -> Moment:
        """When a call that was let in is to be placed: given away, if that is in `longest_s` at the most."""

    async def tell_moments(self, list_id: str, *, missed: Sequence[float], begun: Sequence[Begun]) -> None:
        """What became of moments that were given to this worker for calls of the list. `missed` are keys of
        those that were not kept: others get them. The next calls wait for what has `begun`."""

    async def over(self, row: QueuedRow) -> None:
        """The call that was let in is over, or was not made."""

    async def slow_down(self) -> None:
        """The carrier had too much to do."""

    async def deliver(self) -> None:
        """Write what this machine knows and the database did not take before: all of it, or there is an
        error."""
