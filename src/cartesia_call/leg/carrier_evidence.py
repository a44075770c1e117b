"""What shows that the carrier's own voice said everything, or that the callee left before its end.

Twilio tells neither who ended a call nor that a `<Say>` is over. What is left are the whole seconds that it
counts, and the moments at which it told us of the answer and of the end.
"""

from __future__ import annotations

from cartesia_call.leg.carrier_text import CarrierText
from cartesia_call.leg.endings import Ending, stream_failed
from cartesia_call.records import dataclass
from cartesia_call.telephony.estimates import fastest_reading_s
from cartesia_call.telephony.outcomes import Evidence, Outcome
from cartesia_call.telephony.progress import CallProgress

LEFT_AT_ONCE_S = 3.0
"""Who leaves so soon after answering did not wait for a stream that failed."""

COUNTED_IN_S = 1.0
"""The carrier counts an answered call in whole seconds, and does not tell how it rounds."""

WAITED = "the call ended without its media stream, and nothing shows that the carrier's voice spoke"

LEFT_BEFORE_IT_BEGAN = Ending(
    outcome=Outcome.HUNG_UP_EARLY, detail="the callee hung up before the message began"
)
LEFT_EARLY = Ending(outcome=Outcome.HUNG_UP_EARLY, detail=Outcome.HUNG_UP_EARLY.means.sentence)


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """The carrier's voice goes on. `from_sentence` is where; 0 is the whole message. `since_s` is when it can
    have begun, at the earliest.

    `is_certain`: the carrier is known to have left the stream behind; else it may wait for it in silence.
    """

    since_s: float
    from_sentence: int = 0
    is_certain: bool = True


def listened_s(progress: CallProgress, since_s: float, now_s: float, *, polled_every_s: float) -> float:
    """For how long the carrier's voice can have been heard, at the most.

    By the carrier's own count of the answered time, and by our clock. Where no callback told the end, a poll
    did, and may be late by `polled_every_s` at the answer as at the end.
    """
    by_clock_s = (progress.ended_at_s or now_s) - since_s
    if progress.is_final and not progress.final_callback_seen:
        by_clock_s += polled_every_s
    if progress.duration_s is None:
        return by_clock_s
    answered_at_s = since_s if progress.answered_at_s is None else progress.answered_at_s
    by_carrier_s = progress.duration_s + COUNTED_IN_S - (since_s - answered_at_s)
    return min(by_clock_s, by_carrier_s)


def judge(
    told: CarrierText | None, all_of_it: CarrierText | None, hand_over: HandOver, heard_s: float
) -> Ending:
    """What the end of the call means, which may have been the end of the carrier's instructions.

    `told` is what the instructions hold, `all_of_it` what they should by now. `heard_s` is an upper bound:
    who is said to have left early cannot have heard it all, however fast it was read.
    """
    text = told or CarrierText(text="", is_cut=False)
    what = "the message" if hand_over.from_sentence == 0 else "the rest of the message"
    if heard_s < fastest_reading_s(text.text):
        return Ending(
            outcome=Outcome.HUNG_UP_EARLY,
            detail=f"the call ended before the carrier's voice can have said {what} (an estimate)",
        )
    # What was written since the carrier got its instructions is not in them.
    if all_of_it is not None and (all_of_it.is_cut or all_of_it.text != text.text):
        return Ending(
            outcome=Outcome.CUT_SHORT,
            detail="the carrier's voice spoke as much of the message as its instructions held",
            evidence=Evidence.DURATION,
        )
    return Ending(
        outcome=Outcome.DELIVERED,
        detail=f"the carrier's voice spoke {what}, to judge by the call's length (an estimate)",
        evidence=Evidence.DURATION,
    )


def nobody_spoke(progress: CallProgress) -> Ending:
    """The call ended while the carrier waited for a stream."""
    ended_at_s, answered_at_s = progress.ended_at_s, progress.answered_at_s
    if ended_at_s is None or answered_at_s is None or ended_at_s - answered_at_s >= LEFT_AT_ONCE_S:
        return stream_failed(WAITED)
    return LEFT_BEFORE_IT_BEGAN
