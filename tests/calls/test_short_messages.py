"""A short message in the carrier's voice: who is said to have hung up early has not heard it all."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from cartesia_call.leg.carrier_evidence import COUNTED_IN_S
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.estimates import fastest_reading_s
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice
from tests.calls.rehearsed import rehearsed
from tests.calls.side_by_side import play_all

TEXT = "The database is down, and the operator has to be told now, I"
LENGTHS = (1, 8, 20, 21, 22, 60)
"""Around what a fast reader says in the second that the carrier leaves open."""
AT_ONCE = ",hangs-up@0s"
LEAVES = ("", AT_ONCE, ",hangs-up@0.5s", ",hangs-up@1.2s")
FAULTS = ("tunnel-refused", "speech-refused")
"""Nobody can call back without a tunnel: the carrier is asked now and then."""


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """What came of `message`. `is_heard`: the carrier's voice said the whole of it."""

    message: str
    leaves: str
    calls_back: bool
    is_heard: bool
    result: AttemptResult


async def speak(case: tuple[int, str, str]) -> Spoken:
    length, leaves, fault = case
    message = TEXT[:length].rstrip(" ,")
    async with rehearsed(f"answers,ring:1s{leaves}", fault, message=message, cache="0") as rehearsal:
        result = await rehearsal.run()
        call = rehearsal.simulated
        whole = b"".join(rehearsal.network.voice.speak(message, language="en-US")).rstrip(b"\xff")
        return Spoken(
            message=message,
            leaves=leaves,
            calls_back=fault != "tunnel-refused",
            is_heard=call.said_by_carrier == [message] and whole in call.heard,
            result=result,
        )


def is_right(spoken: Spoken) -> bool:
    """To have left early needs evidence; where there is some, it is told."""
    result = spoken.result
    come_to = (result.outcome, result.voice, result.evidence)
    if come_to == (Outcome.DELIVERED, Voice.CARRIER, Evidence.DURATION):
        # The carrier's whole seconds leave one open; without callbacks nothing else tells.
        may_be_said = not spoken.calls_back and fastest_reading_s(spoken.message) <= COUNTED_IN_S
        return spoken.leaves != AT_ONCE or may_be_said
    return come_to[0] is Outcome.HUNG_UP_EARLY and come_to[2] is Evidence.NONE and not spoken.is_heard


async def test_nobody_is_said_to_have_left_who_heard_it_all() -> None:
    """Of all lengths, with callbacks and without, whenever the callee leaves."""
    spoken = await play_all(speak, list(itertools.product(LENGTHS, LEAVES, FAULTS)))
    assert not [each for each in spoken if not is_right(each)]
    stayed = [each for each in spoken if not each.leaves]
    assert all(each.is_heard and each.result.outcome is Outcome.DELIVERED for each in stayed)


async def test_the_shortest_message_of_all() -> None:
    """Nobody hung up, and nobody calls again."""
    assert (await speak((1, "", "tunnel-refused"))).result.outcome is Outcome.DELIVERED
