"""The built-in network beside the program: a live call's settings, another process at the other end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable

from cartesia_call.clock import SystemClock
from cartesia_call.simulator.callee import parse_callee
from cartesia_call.simulator.carrier.call import SimulatedCall
from cartesia_call.simulator.faults import FaultPlan, parse_fault
from cartesia_call.simulator.network import BuiltInNetwork

WAIT_S = 30
"""Real seconds: a bound against hanging."""


@contextlib.asynccontextmanager
async def live_network(callee: str = "answers,ring:0.2s", *faults: str) -> AsyncIterator[BuiltInNetwork]:
    """The network in real time, as `cartesia-call simulator` would run it."""
    network = BuiltInNetwork(
        SystemClock(),
        callee=parse_callee(callee),
        faults=FaultPlan(tuple(parse_fault(fault) for fault in faults)),
    )
    await network.start()
    try:
        yield network
    finally:
        await network.stop()


def live_environment(network: BuiltInNetwork) -> dict[str, str]:
    """What points a live `dial` at `network`, with a loopback port as its public address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return network.environment() | {"CARTESIA_CALL_PUBLIC_URL": f"http://127.0.0.1:{port}"}


async def reached(happened: Callable[[], bool]) -> None:
    """Wait until the network got so far."""
    async with asyncio.timeout(WAIT_S):
        while not happened():
            await asyncio.sleep(0.01)


def only_call(network: BuiltInNetwork) -> SimulatedCall:
    """The one call that the carrier knows of."""
    (call,) = network.carrier.calls.values()
    return call
