"""`--join`: one call for what several processes have to say to one number. See `turn_taking.py` for how they
meet."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cartesia_call.errors import LedgerError
from cartesia_call.leg.plan import CallPlan
from cartesia_call.policy.joining import Alert, JoinedText, is_everybodys, joined_text, joining, share_of
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.ticket_ports import Ticket

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Joining:
    """`manner` is equal for calls that may be one, `plan_for` makes the plan of a call that says a text."""

    manner: str
    plan_for: Callable[[str], CallPlan]

    def alert(self, plan: CallPlan) -> Alert | None:
        """What another process may say for this one; None of a message that is still being written."""
        if plan.message is None:
            return None
        return Alert(id=plan.id, text=plan.message.text, manner=self.manner)

    async def gather(self, plan: CallPlan, ticket: Ticket) -> JoinedText | None:
        """What is said in the call whose turn it is; None: its own message, nobody else's."""
        own = self.alert(plan)
        if own is None:
            return None
        chosen = [own]

        def choose(others: Sequence[Alert]) -> Sequence[Alert]:
            chosen[1:] = joining(own, others)[1:]
            return chosen[1:]

        try:
            await ticket.claim(choose)
        except LedgerError as error:
            logger.warning("nobody else's alert is in this call: %s", error)
            return None
        return joined_text(chosen, language=plan.voicing.language) if len(chosen) > 1 else None

    def joined_plan(self, plan: CallPlan, joined: JoinedText) -> CallPlan:
        """The plan of the call, in the place of `plan`."""
        return dataclasses.replace(
            self.plan_for(joined.text), id=plan.id, to=plan.to, attempt=plan.attempt, joined=joined.ids
        )

    async def tell(self, result: AttemptResult, joined: JoinedText, ticket: Ticket) -> AttemptResult:
        """Tell the others what became of their alerts; what became of the own one."""
        own, *others = joined.alerts
        if is_everybodys(result):
            try:
                await ticket.tell([share_of(result, joined, alert) for alert in others])
            except LedgerError as error:
                logger.warning("not everybody was told of the call, and may call again: %s", error)
        return share_of(result, joined, own)
