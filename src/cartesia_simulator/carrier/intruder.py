"""The fault `second-stream`: another connection to a media stream's address while the stream is up.

It knows everything that the carrier knows, the signature included, and has a stream SID of its own. What it
sends besides `connected` and `start` is nothing, what it hears it ignores.
"""

from __future__ import annotations

import contextlib
import secrets

import aiohttp

from cartesia_simulator.carrier import wire
from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.handshake import HANDSHAKE_ERROR, media_socket
from cartesia_simulator.carrier.notifications import Problem
from cartesia_simulator.carrier.signature import Signer
from cartesia_simulator.carrier.twiml import ConnectStream


async def intrude(call: SimulatedCall, verb: ConnectStream, signer: Signer) -> None:
    """Connect and stay until turned away or cancelled; `call.intruders` tells what came of it so far."""
    async with media_socket(verb, signer) as socket:
        if isinstance(socket, Problem):
            call.intruders.append(socket.message.removeprefix(HANDSHAKE_ERROR))
            return
        place = len(call.intruders)
        call.intruders.append("admitted")
        stream_sid = "MZ" + secrets.token_hex(16)
        with contextlib.suppress(ConnectionError):
            await socket.send_str(wire.connected())
            await socket.send_str(
                wire.start(
                    1,
                    stream_sid,
                    account_sid=call.account_sid,
                    call_sid=call.sid,
                    parameters=dict(verb.parameters),
                )
            )
        call.intruders[place] = await _end_of(socket)


async def _end_of(socket: aiohttp.ClientWebSocketResponse) -> str:
    while True:
        message = await socket.receive()
        if message.type is aiohttp.WSMsgType.CLOSE:
            return f"closed {message.data}"
        if message.type not in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
            return "broken"
