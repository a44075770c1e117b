"""What the calls of one carrier share, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass, field

from cartesia_call.ports import Clock
from cartesia_simulator.callee import CalleeScript
from cartesia_simulator.carrier.callee_course import Sound
from cartesia_simulator.carrier.regions import Credentials
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


@dataclass(frozen=True, kw_only=True)
class Account:
    """Calls may come from `owned_numbers`, bought ones, and from `verified_numbers`, proven ones.

    `balance`: US dollars that are left; None: a subaccount, which has none of its own. `profile_statuses` are
    those of the owner's customer profiles. `credentials`, of all regions, may change at any time, and so may
    `voice_regions`, which say which region takes the calls to a number, us1 where nothing is said.
    """

    sid: str
    owned_numbers: frozenset[str]
    verified_numbers: frozenset[str]
    balance: str | None
    profile_statuses: tuple[str, ...]
    credentials: Credentials
    voice_regions: dict[str, str] = field(default_factory=dict)
