"""What the calls of one carrier share."""

from __future__ import annotations

from dataclasses import dataclass, field

from cartesia_call.ports import Clock
from cartesia_simulator.callee import CalleeScript
from cartesia_simulator.carrier.callee_course import Sound
from cartesia_simulator.carrier.signature import Signer
from cartesia_simulator.carrier.webhooks import Webhooks
from cartesia_simulator.faults import FaultPlan
from cartesia_simulator.voice import Voice


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Everything that a call of one carrier needs besides itself.

    `performed` is the audio of what callees were heard with, mu-law: each call of one script has the same.
    """

    clock: Clock
    signer: Signer
    callee: CalleeScript
    faults: FaultPlan
    voice: Voice
    webhooks: Webhooks
    performed: dict[tuple[Sound, ...], bytes] = field(default_factory=dict)
