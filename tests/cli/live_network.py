"""The built-in network beside the program: a live call's settings, another process at the other end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator

from cartesia_call.clock import SystemClock
from cartesia_simulator.callee import parse_callees
from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.regions import DEFAULT_REGION
from cartesia_simulator.faults import FaultPlan, parse_fault
from cartesia_simulator.network import BuiltInNetwork

WAIT_S = 30
"""Real seconds: a bound against hanging."""


class LiveNetwork(BuiltInNetwork):
    """The network in real time, and `public_port`: where a live call's public address leads."""

    public_port: int

    def all_regions(self) -> dict[str, str]:
        """The names of the default region too, which win over the plain ones."""
        return self.environment() | self.regional_environment(DEFAULT_REGION)


@contextlib.asynccontextmanager
async def live_network(
    callee: str = "answers,ring:0.2s",
    *faults: str,
    calls: dict[str, SimulatedCall] | None = None,
    signs_with_shared_key: bool = False,
) -> AsyncIterator[LiveNetwork]:
    """The network in real time, as `cartesia-call simulator` would run it.

    Networks that share their `calls` are one carrier, as far as their account can see.
    """
    network = LiveNetwork(
        SystemClock(),
        callee=parse_callees(callee),
        faults=FaultPlan(tuple(parse_fault(fault) for fault in faults)),
        signs_with_shared_key=signs_with_shared_key,
    )
    if calls is not None:
        network.carrier.calls = calls
    with reserved_port() as network.public_port:
        await network.start()
        try:
            yield network
        finally:
            await network.stop()


@contextlib.contextmanager
def reserved_port() -> Iterator[int]:
    """A loopback port that only somebody who asks for it by its number gets.

    Many tests run at once, and each asks for free ports. On Linux a socket that is bound and does not listen
    keeps them away, and lets a server have the port.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def live_environment(network: LiveNetwork) -> dict[str, str]:
    """What points a live `dial` at `network`, with a loopback port as its public address."""
    return network.environment() | {"CARTESIA_CALL_PUBLIC_URL": f"http://127.0.0.1:{network.public_port}"}


def is_listening(port: int) -> bool:
    """Whether anybody takes connections on this loopback port."""
    with socket.socket() as visitor:
        return visitor.connect_ex(("127.0.0.1", port)) == 0


async def reached(happened: Callable[[], bool]) -> None:
    """Wait until the network got so far."""
    async with asyncio.timeout(WAIT_S):
        while not happened():
            await asyncio.sleep(0.01)


def only_call(network: BuiltInNetwork) -> SimulatedCall:
    """The one call that the carrier knows of."""
    (call,) = network.carrier.calls.values()
    return call
