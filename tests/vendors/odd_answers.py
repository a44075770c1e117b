"""Answers that Twilio never gives, and what its readers make of them: a value or ValueError."""

from __future__ import annotations

from cartesia_call.vendors import twilio_calls
from cartesia_call.vendors.twilio_account import read_balance
from tests.hostile_json import near_json

_DATE = "Fri, 20 Nov 2026 10:05:07 +0000"
_CALL = {
    **{"sid": "CA" + "0" * 32, "status": "completed", "to": "+12025550143", "from": "+12025550100"},
    **{"date_created": _DATE, "duration": "12", "answered_by": "human", "price": "-0.013"},
}
_NOTE = {"error_code": "31920", "log": "0", "message_date": _DATE, "date_created": _DATE}
_PAGES = ({"calls": [_CALL]}, {"notifications": [_NOTE, {"message_text": "Msg=x&ErrorCode=31903"}]})

_BALANCE = {"account_sid": "AC" + "0" * 32, "balance": "-1.25", "currency": "USD"}

odd_answers = near_json(_CALL, *_PAGES, _BALANCE)


def read_answer(text: str) -> str:
    """By every reader; the last one's word for it."""
    told = "nothing"
    readers = (twilio_calls.read_call, twilio_calls.read_calls, twilio_calls.read_notifications, read_balance)
    for read in readers:
        try:
            told = type(read(twilio_calls.read_object(text))).__name__
        except ValueError:
            continue
    return told
