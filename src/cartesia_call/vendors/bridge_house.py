"""What the bridge's connections share: a door, and a crowd of those that have not proven who they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Generic, Protocol, TypeVar

from websockets.http11 import Request

from cartesia_call.ports import MediaListener
from cartesia_call.records import dataclass
from cartesia_call.vendors.bridge_gathering import Gathering
from cartesia_call.vendors.bridge_requests import Admission

MOST_STRANGERS = 64
"""With the rest of the program far below 256 open files, the smallest limit that systems set."""

MOST_UNPROVEN_STREAMS = 32
"""Of one call, that knew its secret and have not named it in `start`. Twilio opens one, and names it as soon
as it hears that it is let in."""

_READ_BYTES = 64 * 1024
"""At a time, of one connection."""


class Guest(Protocol):
    """A connection to the bridge."""

    crowd: Crowd | None

    def leave_crowd(self) -> None:
        """It is one of a crowd no more."""

    def begin_close(self) -> None:
        """Close it, within a second."""

    def abort(self) -> None:
        """Cut it."""


class Crowd:
    """Connections that have not proven who they are, in the order of their arrival.

    Beyond `most` the oldest gives way: refusing the newest would let anybody shut out the carrier by opening
    connections and saying nothing.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._connections: dict[Guest, None] = {}

    def add(self, connection: Guest) -> None:
        """Whoever was in another crowd leaves it."""
        connection.leave_crowd()
        connection.crowd = self
        self._connections[connection] = None
        if len(self._connections) > self._most:
            oldest = next(iter(self._connections))
            self.remove(oldest)
            oldest.abort()

    def remove(self, connection: Guest) -> None:
        self._connections.pop(connection, None)

    def __iter__(self) -> Iterator[Guest]:
        return iter(tuple(self._connections))

    def abort_all(self) -> None:
        for connection in self:
            connection.abort()


G = TypeVar("G", bound=Guest)


@dataclass(frozen=True, kw_only=True)
class Door(Generic[G]):
    """What the house does about a connection: as it comes, asks for something, is let in, and is gone.

    `refused` is told of who was let in by the verdict and asked for no websocket. `let_in` says who listens
    to it; None: nobody does any more, and it is closed.
    """

    arrived: Callable[[G], None]
    judge: Callable[[Request], Admission]
    refused: Callable[[Admission], None]
    let_in: Callable[[G, Admission], MediaListener | None]
    left: Callable[[G], None]
    gathering: Gathering = field(default_factory=Gathering)
    buffer: memoryview = field(default_factory=lambda: memoryview(bytearray(_READ_BYTES)))
    """What comes in is read into, on any of its connections. (Who has asyncio make a new one for each reading
    pays twice as much for a frame: 256 KiB are more than glibc gives out without a system call.)"""
