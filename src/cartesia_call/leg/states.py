"""Where one call leg stands, from the first preparation to the end."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Every one but the last three has a deadline; whatever may be on the line by then is hung up first."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> State:
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    PREPARING = ("preparing", "path and speech are made ready; the carrier has heard of nothing")
    POSTING = ("posting", "the placing request is on its way, or its answer is")
    HELD_OFF = (
        "held off",
        "the carrier had too much to do and placed nothing (429); it is asked again after a pause",
    )
    SEARCHING = ("searching", "the answer was lost: a proof is awaited, and the carrier's list is asked")
    WATCHING = (
        "watching",
        "calls that may be ours are watched and never touched, until one is proven or over",
    )
    PROVING = ("proving", "given up; a proof that is on its way is let in, so that the call can be hung up")
    QUEUED = ("queued", "there is a call, and the carrier has not dialled yet")
    RINGING = ("ringing", "the callee's telephone rings, as far as anybody knows")
    AWAITING_STREAM = ("awaiting the stream", "somebody answered; the carrier is to open the media stream")
    ASKING_NOTES = ("asking the notes", "does the carrier's debugger tell why there is no stream?")
    ASKING_ACCOUNT = ("asking the account", "is it a trial account, whose calls get no stream?")
    PAUSING = ("pausing", "nobody could tell, or the carrier refused; all of it again after a pause")
    REDIRECTING = ("redirecting", "the carrier is told to say the message, or the rest of it, itself")
    STREAM_YIELDS = (
        "stream yields",
        "the new instructions were taken; they hold once they have closed the stream",
    )
    SPEAKING = ("speaking", "our voice, over the media stream")
    LOST_STOP = ("lost stop", "the call is over, and its stream does not know yet")
    CLOSING = ("closing", "the stream is closed from our side, so that the carrier's voice begins")
    BROKEN = ("broken", "the stream has ended before the conversation; it is closed from our side too")
    DOUBTING = ("doubting", "did the call end with it? A callback would tell")
    LOOKING = ("looking", "the carrier itself is asked")
    CARRIER_SPEAKS = ("carrier speaks", "the carrier's own voice says the message, or the rest of it")
    HANGING_UP = (
        "hanging up",
        "the carrier is asked to end the call, again and again, and looked at in between",
    )
    CONFIRMING = (
        "confirming",
        "the call is down by what stream or status say; the carrier's own word is awaited",
    )
    EXPLAINING = (
        "explaining",
        "the carrier's debugger is asked why the stream failed, or whether the call was blocked on the way",
    )
    ASKING_WHO_ENDED = (
        "asking who ended it",
        "the callee, or a command of ours from elsewhere? The ledger knows",
    )
    DOWN = ("down", "no call of this leg is up")
    UNCONFIRMED = ("unconfirmed", "nothing showed within the limit that the call is down")
    UNKNOWN = ("unknown", "a call may have been placed, and nothing has proven it")


OVER = frozenset({State.DOWN, State.UNCONFIRMED, State.UNKNOWN})
"""Nothing more is done."""

ANSWERED = frozenset(
    {
        *(State.AWAITING_STREAM, State.ASKING_NOTES, State.ASKING_ACCOUNT, State.PAUSING),
        *(State.REDIRECTING, State.STREAM_YIELDS, State.SPEAKING, State.LOST_STOP, State.CLOSING),
        *(State.BROKEN, State.DOUBTING, State.LOOKING, State.CARRIER_SPEAKS),
    }
)
"""Somebody answered and the message is their business; `--max-duration` counts."""

POLLED = frozenset({State.QUEUED, State.RINGING, State.AWAITING_STREAM, State.CARRIER_SPEAKS})
"""Callbacks may be lost, and no stream would tell: the carrier is asked now and then."""
