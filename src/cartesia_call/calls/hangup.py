"""Putting the line down, and proving that it is down."""

from __future__ import annotations

import logging

from cartesia_call.calls.leg import Leg
from cartesia_call.calls.looking import look
from cartesia_call.errors import CallNotFound, HangUpNotConfirmed
from cartesia_call.ports import CallInstructions, Carrier

logger = logging.getLogger(__name__)

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 4.0
"""Between two requests: `stop` and the `completed` callback normally follow within a second."""

PLAIN_REQUESTS = 3
"""So many times `Status=completed` is asked for; then the running TwiML is replaced by a bare hang-up, which
takes another way through the carrier."""

LAST_RESORT_S = 5.0
"""So long before the limit the stream is closed, where nothing but a hang-up stands behind it."""

BARE_HANG_UP = CallInstructions(stream_url=None, fallback_text=None)


async def hang_up(leg: Leg, carrier: Carrier, *, timeout_s: float, has_trailing_say: bool = True) -> None:
    """End the leg's call and return once `stop`, a final status callback or a fetch shows that it is over.

    An answer that the call does not exist or is not in progress is no proof by itself: a young call may not
    be visible yet. The media stream stays open meanwhile, for whoever closes it first starts the trailing
    `<Say>`; without one, closing it is the last resort. HangUpNotConfirmed after `timeout_s` call seconds,
    whatever the carrier's answers do.
    """
    call_sid = leg.call_sid
    if call_sid is None:
        raise ValueError("there is no call to hang up")
    deadline_s = leg.clock.now_s() + timeout_s
    closable = None if has_trailing_say else leg.stream
    until_s = deadline_s - min(LAST_RESORT_S, timeout_s / 2) if closable else deadline_s
    leg.hang_up_asked_at_s = leg.hang_up_asked_at_s or leg.clock.now_s()
    wait_s = FIRST_WAIT_S
    attempt = 0
    last_error: Exception | None = None
    while not leg.is_down:
        if closable is not None and leg.clock.now_s() >= until_s:
            await closable.close()
            closable, until_s = None, deadline_s
        left_s = until_s - leg.clock.now_s()
        if left_s <= 0:
            raise not_confirmed(call_sid, last_error)
        attempt += 1
        ask = _ask(leg, carrier, call_sid, plainly=attempt <= PLAIN_REQUESTS)
        last_error = await leg.unless(lambda: leg.is_down, ask, left_s) or last_error
        left_s = until_s - leg.clock.now_s()
        if await leg.until(lambda: leg.is_down, min(wait_s, max(0.0, left_s))):
            return
        await look(leg, carrier, within_s=until_s - leg.clock.now_s())
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)


async def _ask(leg: Leg, carrier: Carrier, call_sid: str, *, plainly: bool) -> Exception | None:
    try:
        request = carrier.end(call_sid) if plainly else carrier.redirect(call_sid, BARE_HANG_UP)
        leg.progress.take_snapshot(await request, leg.clock.now_s())
    except Exception as error:  # of ours too: a call that is up goes before everything else
        logger.debug("hanging up: %r", error)
        return error
    return None


def not_confirmed(call_sid: str, cause: Exception | None) -> HangUpNotConfirmed:
    """Nothing shows that the call is down: which it is, and how to end it."""
    why = f" (the last answer: {cause})" if cause and not isinstance(cause, CallNotFound) else ""
    return HangUpNotConfirmed(
        call_sid,
        f"call {call_sid} may still be up{why}",
        hint=how_to_end(call_sid, None),
    )


def how_to_end(call_sid: str, region: str | None) -> str:
    """The command for it. With the region: a call is known in no other, whatever the settings say by then."""
    return f"end it with: cartesia-call hangup {call_sid}" + (f" --region {region}" if region else "")
