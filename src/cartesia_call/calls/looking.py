"""Asking the carrier itself how a call is, where callbacks and the stream bring no news."""

from __future__ import annotations

import logging
from collections.abc import Callable

from cartesia_call.calls.leg import Leg
from cartesia_call.ports import Carrier, CarrierNote

logger = logging.getLogger(__name__)

POLL_INTERVAL_S = 5.0
"""The carrier is asked this often while no callback or stream brings news."""


async def look(
    leg: Leg, carrier: Carrier, *, within_s: float, unless: Callable[[], bool] | None = None
) -> bool:
    """Ask the carrier how the call is, unless that (default: that it is down) turns out meanwhile.

    Whether it answered. What fails is logged.
    """

    async def fetch() -> bool:
        try:
            leg.progress.take_snapshot(await carrier.fetch(str(leg.call_sid)), leg.clock.now_s())
        except Exception as error:  # of ours too: a call that is up goes before everything else
            logger.debug("looking at the call: %r", error)
            return False
        return True

    if within_s <= 0:
        return False
    return bool(await leg.unless(unless or (lambda: leg.is_down), fetch(), within_s))


async def until_or_look(leg: Leg, carrier: Carrier, happened: Callable[[], bool], within_s: float) -> bool:
    """As `Leg.until`, and ask the carrier itself when no news came for a while."""
    deadline_s = leg.clock.now_s() + within_s
    while not happened():
        left_s = deadline_s - leg.clock.now_s()
        if left_s <= 0:
            return False
        if not await leg.until(happened, min(left_s, POLL_INTERVAL_S)):
            await look(leg, carrier, within_s=deadline_s - leg.clock.now_s(), unless=happened)
    return True


async def is_trial(leg: Leg, carrier: Carrier, *, within_s: float) -> bool:
    """Whether the carrier says that this is a trial account. What fails is logged."""

    async def ask() -> bool:
        try:
            return await carrier.is_trial()
        except Exception as error:  # as in `look`
            logger.debug("asking about the account: %r", error)
            return False

    return bool(await leg.unless(lambda: False, ask(), within_s))


async def read_notes(leg: Leg, carrier: Carrier, *, within_s: float) -> list[CarrierNote] | None:
    """What the carrier noted about the call, newest first; None if it could not be asked. Kept in the leg."""

    async def ask() -> list[CarrierNote] | None:
        try:
            return await carrier.notes(str(leg.call_sid))
        except Exception as error:  # as in `look`: notes are never worth a call
            logger.debug("reading the carrier's notes: %r", error)
            return None

    notes = await leg.unless(lambda: False, ask(), within_s)
    leg.notes = notes or leg.notes
    return notes
