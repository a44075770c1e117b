"""What a process on the public line has of it, and why it may have none."""

from __future__ import annotations

import os
import secrets as random_words
import socket
from collections.abc import Callable

from cartesia_call.clock import SystemClock
from cartesia_call.errors import CartesiaCallError, TunnelError, Unauthorized
from cartesia_call.loggers import logger_of
from cartesia_call.records import dataclass
from cartesia_call.sharing.channel import close_all
from cartesia_call.sharing.door import SharedDoor
from cartesia_call.sharing.messages import Failure, Offer
from cartesia_call.wiring.line_opening import HeldTunnel, LineOpener, OpenedLine

logger = logger_of(__name__)


@dataclass(frozen=True, kw_only=True)
class HeldLine:
    """Copies of what the line consists of, and our own door to it.

    `lock` is a descriptor, None for a line that nobody can share. `tunnel` is None where there is none.
    """

    offer: Offer
    listening: socket.socket
    lock: int | None
    tunnel: HeldTunnel | None
    door: SharedDoor

    @property
    def descriptors(self) -> list[int]:
        """What goes with an offer of this line; they stay ours."""
        held = [self.listening.fileno()]
        held += [] if self.lock is None else [self.lock]
        return held if self.tunnel is None else [*held, self.tunnel.fileno()]

    async def let_go(self, *, is_last: bool) -> None:
        """Of the tunnel: with a good-bye if nobody is there who could need it."""
        if self.tunnel is not None and is_last:
            await self.tunnel.close()
        elif self.tunnel is not None:
            self.tunnel.leave()

    def close(self) -> None:
        """Our copies of the rest."""
        self.listening.close()
        if self.lock is not None:
            os.close(self.lock)


def new_line(opened: OpenedLine, lock: int | None, door: Callable[[socket.socket], SharedDoor]) -> HeldLine:
    """The line that was opened here."""
    offer = Offer(
        line_id=random_words.token_hex(8),
        public_url=opened.public_url,
        opened_at=SystemClock().utc_now().isoformat(timespec="seconds"),
        agent=opened.agent,
        warnings=opened.warnings,
    )
    listening = opened.listening
    return HeldLine(offer=offer, listening=listening, lock=lock, tunnel=opened.tunnel, door=door(listening))


def taken_line(
    offer: Offer, descriptors: list[int], opener: LineOpener, door: Callable[[socket.socket], SharedDoor]
) -> HeldLine | None:
    """The line that came with an offer; None, and all is closed, if it is none."""
    try:
        listening_fd, lock, *hold = descriptors
        tunnel = opener.adopt(hold.pop()) if hold else None
        listening = socket.socket(fileno=listening_fd)
    except (OSError, ValueError) as error:
        close_all(descriptors)
        logger.warning("a line was offered that is none: %s", error)
        return None
    return HeldLine(offer=offer, listening=listening, lock=lock, tunnel=tunnel, door=door(listening))


def as_failure(error: CartesiaCallError, *, is_final: bool) -> Failure:
    """Why there is no line, as it is told to others."""
    return Failure(
        message=error.message,
        hint=error.hint,
        code=error.code if isinstance(error, TunnelError) else None,
        is_unauthorized=isinstance(error, Unauthorized),
        is_final=is_final,
    )


def as_error(failure: Failure) -> CartesiaCallError:
    """The same, as they meet it."""
    if failure.is_unauthorized:
        return Unauthorized(failure.message, hint=failure.hint)
    return TunnelError(failure.message, code=failure.code, hint=failure.hint)
