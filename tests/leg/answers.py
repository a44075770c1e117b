"""What may come of each thing that a leg asks for."""

from __future__ import annotations

from hypothesis import strategies as st

from cartesia_call.errors import (
    CallNotFound,
    CallRefused,
    CarrierError,
    CarrierUnavailable,
    LedgerError,
    PlacementUnknown,
)
from cartesia_call.leg.requests import (
    Answer,
    AskAccount,
    AskList,
    AskWhoEnded,
    CloseStream,
    End,
    Post,
    RaiseTimeLimit,
    ReadNotes,
    Request,
)
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.instructions import CarrierNote
from tests.leg.given import STRANGERS, snapshot

BROKEN = [
    CarrierError("HTTP 500", http_status=500),
    CarrierError("the connection broke"),
    CallNotFound("404", code=20404, http_status=404),
    CarrierUnavailable("429", http_status=429),
    CarrierUnavailable("no route"),
    PlacementUnknown("lost"),
    CallRefused("21215", code=21215, http_status=400),
    LedgerError("locked"),
    RuntimeError("a fault of ours"),
]
NOTES = CarrierNote(code=31920, sentence="handshake", hint=None, is_error=True, ended_stream=True)

BLOCKED = CarrierNote(
    code=32017, sentence="reputation", hint=None, is_error=True, ended_stream=False, blocked_call=True
)


def answers_to(request: Request) -> st.SearchStrategy[Answer]:
    """What may come of `request`."""
    broken = st.sampled_from(BROKEN)
    calls = st.builds(snapshot, st.sampled_from(CallStatus), duration_s=st.sampled_from([None, 0, 7]))
    match request:
        case AskList():
            found = [snapshot(CallStatus.RINGING), snapshot(CallStatus.COMPLETED, STRANGERS)]
            return st.one_of(broken, st.sampled_from([[], found[:1], found[1:], found]))
        case ReadNotes():
            return st.one_of(broken, st.sampled_from([[], [NOTES], [BLOCKED]]))
        case AskAccount() | AskWhoEnded() | CloseStream():
            return st.one_of(broken, st.booleans())
        case _:
            return st.one_of(broken, calls)


def ordinary_answer(request: Request) -> Answer:
    """What comes of `request` on a good day."""
    match request:
        case Post():
            return snapshot(CallStatus.QUEUED)
        case AskList():
            return [snapshot(CallStatus.RINGING)]
        case End():
            return snapshot(CallStatus.COMPLETED)
        case ReadNotes():
            return []
        case AskAccount() | AskWhoEnded():
            return False
        case CloseStream():
            return True
        case RaiseTimeLimit():
            return None
        case _:
            return snapshot(CallStatus.IN_PROGRESS)
