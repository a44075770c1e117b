"""Putting the line down, and proving that it is down."""

from __future__ import annotations

import logging

from cartesia_call.calls.leg import Leg
from cartesia_call.errors import CallNotFound, CarrierError, HangUpNotConfirmed
from cartesia_call.ports import Carrier

logger = logging.getLogger(__name__)

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 4.0
"""Between two requests: `stop` and the `completed` callback normally follow within a second."""

PLAIN_REQUESTS = 3
"""So many times `Status=completed` is asked for; then the running TwiML is replaced by a bare hang-up, which
takes another way through the carrier."""


async def hang_up(leg: Leg, carrier: Carrier, *, timeout_s: float) -> None:
    """End the leg's call and return once `stop`, a final status callback or a fetch shows that it is over.

    An answer that the call does not exist or is not in progress is no proof by itself: a young call may not
    be visible yet. The media stream stays open meanwhile, for whoever closes it first starts the trailing
    `<Say>`. HangUpNotConfirmed after `timeout_s` call seconds.
    """
    call_sid = leg.call_sid
    if call_sid is None:
        raise ValueError("there is no call to hang up")
    deadline_s = leg.clock.now_s() + timeout_s
    wait_s = FIRST_WAIT_S
    attempt = 0
    last_error: CarrierError | None = None
    while not leg.is_down:
        attempt += 1
        if leg.hang_up_asked_at_s is None:
            leg.hang_up_asked_at_s = leg.clock.now_s()
        last_error = await _ask(leg, carrier, call_sid, plainly=attempt <= PLAIN_REQUESTS)
        left_s = deadline_s - leg.clock.now_s()
        if await leg.until(lambda: leg.is_down, min(wait_s, max(0.0, left_s))):
            return
        await _look(leg, carrier, call_sid)
        if leg.clock.now_s() >= deadline_s and not leg.is_down:
            raise not_confirmed(call_sid, last_error)
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)


async def _ask(leg: Leg, carrier: Carrier, call_sid: str, *, plainly: bool) -> CarrierError | None:
    try:
        request = carrier.end if plainly else carrier.redirect_to_hang_up
        leg.progress.take_snapshot(await request(call_sid), leg.clock.now_s())
    except CallNotFound as error:
        logger.debug("hanging up: %s", error)
        await _look(leg, carrier, call_sid)
        return error
    except CarrierError as error:
        logger.debug("hanging up: %s", error)
        return error
    return None


async def _look(leg: Leg, carrier: Carrier, call_sid: str) -> None:
    try:
        leg.progress.take_snapshot(await carrier.fetch(call_sid), leg.clock.now_s())
    except CarrierError as error:
        logger.debug("looking whether the call is down: %s", error)


def not_confirmed(call_sid: str, cause: CarrierError | None) -> HangUpNotConfirmed:
    """Nothing shows that the call is down: which it is, and how to end it."""
    why = f" (the last answer: {cause})" if cause else ""
    return HangUpNotConfirmed(
        call_sid,
        f"call {call_sid} may still be up, and the carrier's voice may now repeat the message{why}",
        hint=f"end it with: cartesia-call hangup {call_sid}",
    )
