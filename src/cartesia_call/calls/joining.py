"""`--join`: one call for what several processes have to say to one number. See `turn_taking.py` for how they
meet."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from cartesia_call.calls.turn_taking import longest_call_s
from cartesia_call.errors import LedgerError
from cartesia_call.leg.plan import CallPlan
from cartesia_call.loggers import logger_of
from cartesia_call.policy.joining import (
    JoinedText,
    WaitingAlert,
    is_everybodys,
    joined_text,
    joining,
    share_of,
)
from cartesia_call.records import dataclass
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.ticket_ports import Ticket

logger = logger_of(__name__)


@dataclass(frozen=True, kw_only=True)
class Joining:
    """`manner` is equal for calls that may be one, `plan_for` makes the plan of a call that says a text."""

    manner: str
    plan_for: Callable[[str], CallPlan]

    def alert(self, plan: CallPlan) -> WaitingAlert | None:
        """What another process may say for this one; None of a message that is still being written."""
        if plan.message is None:
            return None
        return WaitingAlert(id=plan.id, text=plan.message.text, manner=self.manner)

    async def gather(self, plan: CallPlan, ticket: Ticket) -> JoinedCall | None:
        """The call whose turn it is, with what others wait to say; None: its own message, as planned."""
        own = self.alert(plan)
        if own is None:
            return None
        chosen = [own]

        def choose(others: Sequence[WaitingAlert]) -> Sequence[WaitingAlert]:
            chosen[1:] = joining(own, others)[1:]
            return chosen[1:]

        try:
            await ticket.claim(choose)
            if len(chosen) == 1:
                return None
            text = joined_text(chosen, language=plan.voicing.language)
            whole = dataclasses.replace(
                self.plan_for(text.text), id=plan.id, to=plan.to, attempt=plan.attempt, joined=text.ids
            )
            await ticket.hold(longest_call_s(whole))
        except LedgerError as error:
            logger.warning("nobody else's alert is in this call: %s", error)
            return None
        return JoinedCall(text=text, plan=whole, ticket=ticket)


@dataclass(frozen=True, kw_only=True)
class JoinedCall:
    """What is said in one call for several alerts, its plan, and the ticket that claims them."""

    text: JoinedText
    plan: CallPlan
    ticket: Ticket

    async def share(self, result: AttemptResult) -> AttemptResult:
        """Tell the others what became of their alerts; what became of the own one."""
        own, *others = self.text.alerts
        if is_everybodys(result):
            try:
                await self.ticket.tell([share_of(result, self.text, alert) for alert in others])
            except LedgerError as error:
                logger.warning("not everybody was told of the call, and may call again: %s", error)
        return share_of(result, self.text, own)
