"""Who asked not to be called again, in the database: no worker calls that number, whichever list it is on.

Implements `ports.OptOuts`. While the database does not answer, the outbox of this machine keeps it.
"""

from __future__ import annotations

from cartesia_call.errors import LedgerError, OptOutNotKept, QueueUnreachable
from cartesia_call.fleet.database import FleetDatabase
from cartesia_call.fleet.ledger import OPT_OUT_KIND, Outbox, insert_opt_out
from cartesia_call.ports import OptOuts

LIMIT_S = 3.0
"""For the database; whoever asks waits somewhat longer, for the outbox too."""


class FleetOptOuts:
    """The table `opt_outs` of `database`, and the file that this machine has beside it (`own`), if any.

    `rehearses`: nothing but a sentence, after which everybody may be called as before.
    """

    def __init__(
        self,
        database: FleetDatabase,
        outbox: Outbox,
        *,
        own: OptOuts | None = None,
        rehearses: bool = False,
        limit_s: float = LIMIT_S,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._own = own
        self._rehearses = rehearses
        self._limit_s = limit_s

    async def add(self, callee: str) -> str:
        """Implements the port."""
        if self._rehearses:
            return "a live call would keep every worker of the queue from calling the number again"
        told = await self._add(callee)
        if self._own is None:
            return told
        try:
            return f"{told}; {await self._own.add(callee)}"
        except OptOutNotKept as error:
            return f"{told}; {error.message}"

    async def _add(self, callee: str) -> str:
        try:
            await insert_opt_out(self._database, callee, limit_s=self._limit_s)
        except QueueUnreachable:
            return await self._keep(callee)
        except LedgerError as error:
            raise OptOutNotKept(error.message) from error
        return "no worker of the queue calls the number again"

    async def _keep(self, callee: str) -> str:
        try:
            await self._outbox.keep(callee, OPT_OUT_KIND, callee)
        except LedgerError as error:
            raise OptOutNotKept(error.message) from error
        return "no worker of the queue calls the number again once its database answers"
