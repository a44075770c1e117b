"""A rehearsed call inside a test: the program's own wiring, the built-in network, time that skips."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from cartesia_call.calls.escalation import Escalation
from cartesia_call.calls.interruption import Interruption
from cartesia_call.calls.joining import Joining
from cartesia_call.calls.outbound import OutboundCall
from cartesia_call.cli.live_line import NoDisplay
from cartesia_call.clock import SystemClock
from cartesia_call.leg.plan import CallPlan
from cartesia_call.policy.retry import EscalationPlan, escalation_plan
from cartesia_call.policy.withheld import Withheld
from cartesia_call.ports import Ports
from cartesia_call.settings.resolve import resolve
from cartesia_call.speech.message_text import Message, MessageText
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.wiring.call_machinery import load_calls
from cartesia_call.wiring.line import Line, open_line
from cartesia_call.wiring.plan import build_plan, new_attempt_id
from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.network import BuiltInNetwork
from tests.settings.machine import command_line

CALLEE = "+12025550143"
SECOND = "+12025550144"
MESSAGE = "The database is down. Please call the operator."

SIDE_BY_SIDE = 20
"""Rehearsals at a time in one process, at the most. Each has a speech service of its own, and yet they count
their contexts together: waiting for one would be the only thing that takes them real time."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What was told of one attempt, and the message's audio as that attempt had it, mu-law."""

    result: AttemptResult
    warnings: list[str]
    sent_audio: bytes


class Rehearsed:
    """Calls as `dial` makes them, and the network that they are made on. `told` is what was told of each.

    `lifts_faults`: once the first attempt is told, the network is whole.
    """

    def __init__(self, line: Line, plan: CallPlan, text: MessageText, people: tuple[str, ...]) -> None:
        assert line.network is not None
        self.line = line
        self.plan = plan
        self.text = text
        self.network: BuiltInNetwork = line.network
        self.interruption = Interruption()
        self.lifts_faults = False
        self.told: list[Told] = []
        self._turns = escalation_plan(people, attempts=None)
        self.people = self.people_on(line.ports)

    def people_on(
        self,
        ports: Ports,
        turns: EscalationPlan | None = None,
        withholds: Callable[[str], Withheld | None] = lambda _: None,
        joining: Joining | None = None,
    ) -> Escalation:
        """Everybody in turn, on these ports."""
        return Escalation(
            self.plan,
            turns or self._turns,
            ports,
            self.interruption,
            load=load_calls,
            new_id=lambda: f"{self.plan.id}-{len(self.told) + 1}",
            withholds=withholds,
            tell=self._tell,
            text=self.text,
            joining=joining,
        )

    def _tell(self, result: AttemptResult, warnings: list[str]) -> None:
        audio = self.people.call.sent_audio if self.people.call is not None else b""
        self.told.append(Told(result=result, warnings=warnings, sent_audio=audio))
        if self.lifts_faults:
            self.network.faults.lift()

    async def run(self, **ports: object) -> AttemptResult:
        """Make the calls, with these ports in the place of the line's own; the result that decides."""
        if ports:
            changed = dataclasses.replace(self.line.ports, **ports)  # type: ignore[arg-type]  # ports by name
            self.people = self.people_on(changed)
        return await self.people.run()

    @property
    def call(self) -> OutboundCall:
        """The latest call."""
        assert self.people.call is not None
        return self.people.call

    @property
    def simulated(self) -> SimulatedCall:
        """The one call that the carrier knows of."""
        (call,) = self.network.carrier.calls.values()
        return call

    @property
    def synthesised(self) -> bytes:
        """All audio that the speech service sent."""
        return b"".join(bytes(context.audio) for context in self.network.speech.contexts.values())

    def requests(self, method: str, ending: str = "Calls.json") -> int:
        """How many REST requests of this kind the carrier received."""
        return sum(
            1
            for request in self.network.carrier.requests
            if request.method == method and request.path.endswith(ending)
        )


@contextlib.asynccontextmanager
async def rehearsed(
    callee: str = "answers,ring:1s",
    *faults: str,
    message: str | MessageText = MESSAGE,
    to: str = CALLEE,
    then: str = "",
    **options: object,
) -> AsyncIterator[Rehearsed]:
    """Calls that are wired and ready to `run`, with these command-line options: to `to`, and to `then` if
    nobody was reached."""
    options.setdefault("max_contexts", SIDE_BY_SIDE)
    given = command_line(rehearse=True, callee=callee, faults=faults, **options)
    settings = resolve(given, {}, working_directory=Path.cwd(), needs=frozenset())
    clock = SystemClock()
    attempt_id = new_attempt_id(clock.utc_now())
    text = MessageText.whole(Message.of(message)) if isinstance(message, str) else message
    async with open_line(settings, {}, clock=clock, observer=NoDisplay()) as line:
        plan = build_plan(settings, line, attempt_id=attempt_id, to=to, text=text)
        yield Rehearsed(line, plan, text, (to, then) if then else (to,))


def message_of(length: int) -> str:
    """Plain sentences, each another one, `length` characters in all."""
    text = ""
    for server in itertools.count(1):
        if len(text) >= length:
            break
        text += f"The database server {server} in rack seven is warm and somebody should look at it. "
    return text[: length - 1].rstrip().ljust(length - 1, "a") + "."
