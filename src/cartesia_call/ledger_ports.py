"""What the flow asks of the ledger, and what it writes there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from cartesia_call.policy.guard import GuardRule
from cartesia_call.policy.withheld import Withheld
from cartesia_call.records import dataclass
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.outcomes import CallLeft, Outcome


@dataclass(frozen=True, kw_only=True)
class ListPlace:
    """For which row of which dial list an attempt is made. Rows and a row's attempts count from 1."""

    list_id: str
    row: int
    attempt: int


@dataclass(frozen=True, kw_only=True)
class CallIntent:
    """What is about to be done, never the message's text. `no_guard_reason`: why no guard is to be asked.

    `place`: the row of a dial list that is claimed with it, if it is called from one.
    """

    id: str
    to: str
    caller_id: str
    created_at: datetime
    time_limit_s: int
    account_sid: str
    region: str
    no_guard_reason: str | None = None
    place: ListPlace | None = None


@dataclass(frozen=True, kw_only=True)
class OpenCall:
    """A row that no living process owns and that was never closed.

    `end_asked_by` is the command that asked the carrier to end the call, if one did.
    """

    id: str
    to: str
    caller_id: str
    call_sid: str | None
    created_at: datetime
    time_limit_s: int
    account_sid: str
    region: str
    end_asked_by: str | None = None


class Ledger(Protocol):
    """What was meant, placed and achieved, durable. LedgerError when it cannot be read or written.

    The methods block on the disk; they run in threads of their own, never on the event loop.
    """

    async def begin(self, intent: CallIntent, guard: GuardRule | None = None) -> Withheld | None:
        """Write the intent, durably, and own its row until this process ends or closes it.

        Unless `guard` holds it back, in the same transaction: then as `withhold`, and why is returned. That
        transaction claims the intent's place in its dial list, too; PlaceClaimed if it was claimed before.
        """

    async def would_withhold(self, intent: CallIntent, guard: GuardRule) -> Withheld | None:
        """Whether `guard` would hold the intent back now. Writes nothing, and binds nobody."""

    async def withhold(self, intent: CallIntent, withheld: Withheld) -> None:
        """Write an intent that is held back: a row that is over, to which `close` may add the result."""

    async def placed(self, id: str, call_sid: str) -> None:
        """The intent became this call."""

    async def close(self, result: AttemptResult) -> None:
        """The attempt is over; the row belongs to nobody."""

    async def orphans(self) -> list[OpenCall]:
        """Rows whose process is gone."""

    async def settle(self, id: str, detail: str, outcome: Outcome | None = None) -> bool:
        """Close an orphan with a sentence about what was found, and the outcome that this proves, if any.

        False if it was closed already.
        """

    async def cut_numbers(self, before: datetime) -> int:
        """Mask the numbers in rows that are older; how many rows that were."""

    async def claimed(self, call_sids: Collection[str]) -> frozenset[str]:
        """Those of `call_sids` that a row holds already."""

    async def ended_by_command(self, call_sid: str) -> bool:
        """Whether a command of ours, in whatever process, has asked the carrier to end this call: `hangup`.

        The process that placed the call does not count: what it asks for itself, it knows.
        """


@dataclass(frozen=True, kw_only=True)
class DialListRecord:
    """A dial list as the ledger knows it; neither texts nor numbers of its rows.

    `digest` tells whether another file is the same list; `name` is the file's, without its folder; `rows`
    counts them; `ended_at` is None while not all of it is done.
    """

    id: str
    digest: str
    name: str
    rows: int
    created_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RowAttempt:
    """What the journal holds of one attempt for a row.

    `to` is masked once the ledger has cut its numbers. `outcome` is None while the attempt is open, where a
    later run settled it without a proof, for a fault of ours, and for a word of another release. `is_open`:
    it was neither closed nor settled. `account_wide`: the carrier refused it, and would
    refuse every other call of the account.
    """

    row: int
    attempt: int
    id: str
    to: str
    outcome: Outcome | None
    is_open: bool
    call_sid: str | None
    began_at: datetime
    ended_at: datetime | None
    account_wide: bool = False

    @property
    def may_be_call(self) -> bool:
        """A call was or may have been placed: its SID is known, or nothing says that none was."""
        if self.call_sid is not None or self.outcome is None:
            return True
        return self.outcome.means.left is not CallLeft.NONE


class ListJournal(Protocol):
    """The dial lists in the ledger, and which of their rows were claimed. Errors as `Ledger`, threads too."""

    async def begin_list(self, record: DialListRecord, *, known: Collection[str] | None = None) -> None:
        """Write the list, durably, before any of its rows is claimed.

        `known` are the IDs of the lists with its digest that are known of: InputError, and nothing is
        written, if another process has begun one since. None: no matter.
        """

    async def lists(self, digest: str | None = None) -> list[DialListRecord]:
        """All lists, or those with this digest; newest first."""

    async def find_list(self, id_prefix: str) -> list[DialListRecord]:
        """The list of this ID; if there is none, those whose ID begins so. Newest first."""

    async def row_attempts(self, list_id: str) -> list[RowAttempt]:
        """Every attempt that was made for a row of the list, by row and attempt."""

    def attempts_in_pieces(self, list_id: str) -> AsyncIterator[list[RowAttempt]]:
        """The same, some at a time: a list may be long. Those of one row are never parted."""

    async def attempts_of(self, list_id: str, rows: Collection[int]) -> list[RowAttempt]:
        """Those of these rows alone, row by row."""

    async def end_list(self, list_id: str, ended_at: datetime) -> None:
        """All of the list is done. LedgerError for a list that the ledger does not hold."""

    def hold(self, list_id: str) -> AbstractContextManager[None]:
        """Be the only one who calls this list, inside the block; the kernel frees it with the process.

        Looks once and blocks on the disk. InputError, which names the process, if somebody holds it.
        """
