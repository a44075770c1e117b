"""What a leg asks of carrier and ledger, carried out."""

from __future__ import annotations

from cartesia_call.ledger_ports import Ledger
from cartesia_call.leg.requests import (
    Answer,
    AskAccount,
    AskList,
    AskWhoEnded,
    End,
    Fetch,
    Post,
    RaiseTimeLimit,
    ReadNotes,
    Redirect,
)
from cartesia_call.ports import Carrier
from cartesia_call.telephony.call_states import CallSnapshot

CarrierRequest = (
    Post | AskList | Fetch | End | Redirect | ReadNotes | AskAccount | AskWhoEnded | RaiseTimeLimit
)


async def carry_out(request: CarrierRequest, carrier: Carrier, ledger: Ledger | None) -> Answer:
    """The answer. Raises as the methods of `ports.Carrier` and `ledger_ports.Ledger` do."""
    answer: Answer = None
    match request:
        case Post(request=call):
            answer = await carrier.place(call)
        case AskList():
            answer = await _calls_that_may_be_ours(request, carrier, ledger)
        case Fetch(call_sid=call_sid):
            answer = await carrier.fetch(call_sid)
        case End(call_sid=call_sid):
            answer = await carrier.end(call_sid)
        case Redirect(call_sid=call_sid, instructions=instructions):
            answer = await carrier.redirect(call_sid, instructions)
        case ReadNotes(call_sid=call_sid):
            answer = await carrier.notes(call_sid)
        case AskAccount():
            answer = await carrier.is_trial()
        case AskWhoEnded(call_sid=call_sid):
            answer = ledger is not None and await ledger.ended_by_command(call_sid)
        case RaiseTimeLimit(call_sid=call_sid, time_limit_s=time_limit_s):
            await carrier.set_time_limit(call_sid, time_limit_s)
    return answer


async def _calls_that_may_be_ours(
    request: AskList, carrier: Carrier, ledger: Ledger | None
) -> list[CallSnapshot]:
    """Those that fit and that no row of the ledger claims."""
    calls = await carrier.find(to=request.to, caller_id=request.caller_id, created_since=request.since)
    if ledger is None:
        return calls
    claimed = await ledger.claimed([call.call_sid for call in calls])
    return [call for call in calls if call.call_sid not in claimed]
