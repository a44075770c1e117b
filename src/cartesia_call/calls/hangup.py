"""Putting the line down, and proving that it is down."""

from __future__ import annotations

import logging
from collections.abc import Callable

from cartesia_call.calls.leg import Leg
from cartesia_call.errors import CallNotFound, HangUpNotConfirmed
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
    `<Say>`. HangUpNotConfirmed after `timeout_s` call seconds, whatever the carrier's answers do.
    """
    call_sid = leg.call_sid
    if call_sid is None:
        raise ValueError("there is no call to hang up")
    deadline_s = leg.clock.now_s() + timeout_s
    leg.hang_up_asked_at_s = leg.hang_up_asked_at_s or leg.clock.now_s()
    wait_s = FIRST_WAIT_S
    attempt = 0
    last_error: Exception | None = None
    while not leg.is_down:
        left_s = deadline_s - leg.clock.now_s()
        if left_s <= 0:
            raise not_confirmed(call_sid, last_error)
        attempt += 1
        ask = _ask(leg, carrier, call_sid, plainly=attempt <= PLAIN_REQUESTS)
        last_error = await leg.unless(lambda: leg.is_down, ask, left_s) or last_error
        left_s = deadline_s - leg.clock.now_s()
        if await leg.until(lambda: leg.is_down, min(wait_s, max(0.0, left_s))):
            return
        await look(leg, carrier, within_s=deadline_s - leg.clock.now_s())
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)


async def _ask(leg: Leg, carrier: Carrier, call_sid: str, *, plainly: bool) -> Exception | None:
    request = carrier.end if plainly else carrier.redirect_to_hang_up
    try:
        leg.progress.take_snapshot(await request(call_sid), leg.clock.now_s())
    except Exception as error:  # of ours too: a call that is up goes before everything else
        logger.debug("hanging up: %r", error)
        return error
    return None


async def look(
    leg: Leg, carrier: Carrier, *, within_s: float, unless: Callable[[], bool] | None = None
) -> bool:
    """Ask the carrier how the call is, unless that (default: that it is down) turns out meanwhile.

    Whether it answered. What fails is logged.
    """

    async def fetch() -> bool:
        try:
            leg.progress.take_snapshot(await carrier.fetch(str(leg.call_sid)), leg.clock.now_s())
        except Exception as error:  # as in `_ask`
            logger.debug("looking at the call: %r", error)
            return False
        return True

    if within_s <= 0:
        return False
    return bool(await leg.unless(unless or (lambda: leg.is_down), fetch(), within_s))


def not_confirmed(call_sid: str, cause: Exception | None) -> HangUpNotConfirmed:
    """Nothing shows that the call is down: which it is, and how to end it."""
    why = f" (the last answer: {cause})" if cause and not isinstance(cause, CallNotFound) else ""
    return HangUpNotConfirmed(
        call_sid,
        f"call {call_sid} may still be up{why}",
        hint=f"end it with: cartesia-call hangup {call_sid}",
    )
