"""The machinery of calls, loaded beside what is waited for anyway."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartesia_call.calls.legs import Legs
    from cartesia_call.calls.outbound import OutboundCall


async def load_calls() -> tuple[type[Legs], type[OutboundCall]]:
    """What leads calls, and the kind of a call. The event loop has its turn after each piece: a thread that
    imports would contend with it for the interpreter."""
    for piece in (_listening, _stream, _conversation, _leg):
        piece()
        await asyncio.sleep(0)
    from cartesia_call.calls.legs import Legs

    await asyncio.sleep(0)
    from cartesia_call.calls.outbound import OutboundCall

    return Legs, OutboundCall


def _listening() -> object:
    from cartesia_call.listening import detector, greeting

    return detector, greeting


def _stream() -> object:
    from cartesia_call.mediastream import session

    return session


def _conversation() -> object:
    from cartesia_call.conversation import talk

    return talk


def _leg() -> object:
    from cartesia_call.leg import machine, result

    return machine, result
