"""How processes that call one number come one after the other, and what they hand each other meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from cartesia_call.policy.joining import WaitingAlert
from cartesia_call.records import dataclass
from cartesia_call.telephony.attempt import AttemptResult


@dataclass(frozen=True, kw_only=True)
class Turn:
    """The wait for a number is over: it is the ticket's turn to call, or another process has called for it
    and came to `told`."""

    told: AttemptResult | None = None


class Ticket(Protocol):
    """A place in the order of those who call one number. The kernel gives it back with the process.

    Every method ends within seconds, but for `turn`. LedgerError where the disk does not answer.
    """

    async def look(self) -> Turn | None:
        """Whether the wait is over now; None: somebody who came before is calling, or waits too."""

    async def turn(self) -> Turn:
        """Wait until it is. Without a limit: whoever gives up cancels it."""

    async def leave(self) -> bool:
        """Give the ticket back while it waits; False, and it stays, if another process calls for it.

        Or has called, and told it.
        """

    async def rest(self) -> None:
        """Let those behind pass, until `resume`. Its alert may be claimed by any of them meanwhile."""

    async def resume(self) -> None:
        """Be in its place of the order again."""

    async def hold(self, for_s: float) -> None:
        """The call begins, and cannot be up for longer than `for_s` seconds: then others go on."""

    async def claim(self, choose: Callable[[Sequence[WaitingAlert]], Sequence[WaitingAlert]]) -> None:
        """The call is made for others as well: of the alerts that wait or rest for the same number, in their
        order, those that `choose` returns. They wait for `tell` from now on."""

    async def tell(self, results: Sequence[AttemptResult]) -> None:
        """What became of the claimed alerts, by their id. Of a claimed one that is not told, the next one
        takes care."""

    async def give_back(self) -> None:
        """The call is over: the next one's turn. Nothing happens if it was given back."""


class Tickets(Protocol):
    """Where they are taken."""

    async def take(self, to: str, *, for_s: float, alert: WaitingAlert | None = None) -> Ticket:
        """The next ticket for whoever may be `to`; it counts for `for_s` seconds, if it is not held anew.

        `alert` is what another process may say for this one. LedgerError where none can be had.
        """
