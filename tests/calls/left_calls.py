"""A ledger and a carrier with calls that killed processes left, and what a later run does about them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from cartesia_call.calls.settling import CutOff, Settled, settle_orphans
from cartesia_call.clock import SystemClock
from cartesia_call.errors import CallNotFound, CartesiaCallError, LedgerError
from cartesia_call.ledger_ports import CallIntent, OpenCall
from cartesia_call.policy.guard import GuardRule
from cartesia_call.policy.withheld import Withheld
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.call_states import CallSnapshot, CallStatus
from cartesia_call.telephony.instructions import CallInstructions, CallRequest, CarrierNote
from cartesia_call.telephony.outcomes import Outcome

ACCOUNT_SID = "AC00000000000000000000000000000001"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TIME_LIMIT_S = 120
LONG_AGO = timedelta(seconds=TIME_LIMIT_S)


class FixedClock(SystemClock):
    """A clock whose wall says `NOW`."""

    def utc_now(self) -> datetime:
        return NOW


def orphan(
    id: str,
    *,
    age_s: float,
    call_sid: str | None = None,
    account_sid: str = ACCOUNT_SID,
    region: str = "us1",
    end_asked_by: str | None = None,
) -> OpenCall:
    return OpenCall(
        id=id,
        to="+12025550143",
        caller_id="+12025550100",
        call_sid=call_sid,
        created_at=NOW - timedelta(seconds=age_s),
        time_limit_s=TIME_LIMIT_S,
        account_sid=account_sid,
        region=region,
        end_asked_by=end_asked_by,
    )


class OrphanLedger:
    """Holds orphans, and what was written about them. `fails_at` names the method that raises."""

    def __init__(
        self,
        *orphans: OpenCall,
        fails_at: str = "",
        claims: Collection[str] = (),
        is_settled: bool = False,
    ) -> None:
        self.settled: dict[str, str] = {}
        self.outcomes: dict[str, Outcome | None] = {}
        self._claims = frozenset(claims)
        self.cut_before: datetime | None = None
        self._orphans = list(orphans)
        self._fails_at = fails_at
        self._is_settled = is_settled
        """By another run, meanwhile."""

    async def orphans(self) -> list[OpenCall]:
        if self._fails_at == "orphans":
            raise LedgerError("The disk of the ledger is full.")
        return self._orphans

    async def settle(self, id: str, detail: str, outcome: Outcome | None = None) -> bool:
        if self._fails_at == "settle":
            raise LedgerError("The disk of the ledger is full.")
        self.settled[id] = detail
        self.outcomes[id] = outcome
        return not self._is_settled

    async def cut_numbers(self, before: datetime) -> int:
        if self._fails_at == "cut_numbers":
            raise LedgerError("The disk of the ledger is full.")
        self.cut_before = before
        return 2

    async def would_withhold(self, intent: CallIntent, guard: GuardRule) -> None:
        raise AssertionError("settling asks no guard")

    async def withhold(self, intent: CallIntent, withheld: Withheld) -> None:
        raise AssertionError("settling withholds nothing")

    async def begin(self, intent: CallIntent, guard: GuardRule | None = None) -> None:
        raise AssertionError("settling begins nothing")

    async def placed(self, id: str, call_sid: str) -> None:
        raise AssertionError("settling places nothing")

    async def close(self, result: AttemptResult) -> None:
        raise AssertionError("settling has no result")

    async def claimed(self, call_sids: Collection[str]) -> frozenset[str]:
        return self._claims.intersection(call_sids)

    async def ended_by_command(self, call_sid: str) -> bool:
        raise AssertionError("settling knows it from the row")


class Calls:
    """A carrier with these calls. `after_end` is what they become when they are ended; `listed` are those
    that the list shows, or what asking for it raises."""

    def __init__(
        self,
        calls: dict[str, CallStatus | CartesiaCallError] | None = None,
        *,
        after_end: CallStatus | CartesiaCallError = CallStatus.COMPLETED,
        listed: Mapping[str, CallStatus] | CartesiaCallError = MappingProxyType({}),
    ) -> None:
        self.fetched: list[str] = []
        self.looked_for: list[tuple[str, str, datetime]] = []
        self._listed = listed
        self.ended: list[str] = []
        self._calls = calls or {}
        self._after_end = after_end

    async def fetch(self, call_sid: str) -> CallSnapshot:
        self.fetched.append(call_sid)
        return self._answer(call_sid)

    async def end(self, call_sid: str) -> CallSnapshot:
        self.ended.append(call_sid)
        self._calls[call_sid] = self._after_end
        return self._answer(call_sid)

    def _answer(self, call_sid: str) -> CallSnapshot:
        status = self._calls.get(call_sid, CallNotFound(f"There is no call {call_sid}.", http_status=404))
        if isinstance(status, CartesiaCallError):
            raise status
        return _snapshot(call_sid, status)

    async def load(self) -> None:
        raise AssertionError("the run's own call has loaded the client")

    async def place(self, request: CallRequest) -> CallSnapshot:
        raise AssertionError("settling places nothing")

    async def find(self, *, to: str, caller_id: str, created_since: datetime) -> list[CallSnapshot]:
        self.looked_for.append((to, caller_id, created_since))
        if isinstance(self._listed, CartesiaCallError):
            raise self._listed
        return [_snapshot(call_sid, status) for call_sid, status in self._listed.items()]

    async def redirect(self, call_sid: str, instructions: CallInstructions) -> CallSnapshot:
        raise AssertionError("settling redirects nothing")

    async def is_trial(self) -> bool:
        raise AssertionError("settling asks for no account")

    async def notes(self, call_sid: str) -> list[CarrierNote]:
        raise AssertionError("settling reads no notes")

    async def set_time_limit(self, call_sid: str, time_limit_s: int) -> None:
        raise AssertionError("settling prolongs nothing")

    async def close(self) -> None:
        raise AssertionError("the client is the run's own")


def _snapshot(call_sid: str, status: CallStatus) -> CallSnapshot:
    return CallSnapshot(call_sid=call_sid, status=status, to="+12025550143", caller_id="+12025550100")


async def settled(
    ledger: OrphanLedger,
    calls: Calls,
    *,
    gone: Collection[str] = (),
    tell: Callable[[CutOff], None] = lambda _: None,
) -> Settled:
    return await settle_orphans(
        ledger, calls, FixedClock(), account_sid=ACCOUNT_SID, region="us1", gone=gone, tell=tell
    )
