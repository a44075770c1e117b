"""Ending one call by itself, without a leg: for `hangup`, and for whoever has nothing else left."""

from __future__ import annotations

import asyncio
import contextlib

from cartesia_call.calls.requests import CarrierRequest, carry_out
from cartesia_call.errors import CartesiaCallError
from cartesia_call.leg.facts import CallFacts
from cartesia_call.leg.hang_up import HangUp
from cartesia_call.leg.requests import Answer
from cartesia_call.loggers import logger_of
from cartesia_call.ports import Carrier, Clock

logger = logger_of(__name__)


async def hang_up(carrier: Carrier, clock: Clock, facts: CallFacts, *, within_s: float) -> None:
    """End the call and return once a fetch or an answer shows that it is over.

    HangUpNotConfirmed after `within_s` seconds, whatever the carrier's answers do.
    """
    changed = asyncio.Event()
    machine = HangUp(facts, until_s=clock.now_s() + within_s, now_s=clock.now_s())

    async def answer(request: CarrierRequest) -> None:
        found: Answer
        try:
            found = await carry_out(request, carrier, None)
        except CartesiaCallError as error:
            logger.debug("hanging up: %s", error)
            found = error
        except Exception as bug:  # a call that is up goes before everything else
            logger.exception("a fault of ours while hanging up")
            found = bug
        machine.answered(request, found, clock.now_s())
        changed.set()

    tasks: set[asyncio.Task[None]] = set()
    try:
        while not machine.is_over:
            tasks |= {asyncio.create_task(answer(request)) for request in machine.requests()}
            changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, machine.next_deadline_s() - clock.now_s())):
                    await changed.wait()
            machine.check(clock.now_s())
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
    if machine.failure is not None:
        raise machine.failure
