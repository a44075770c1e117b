"""What is to be checked, and with what."""

from __future__ import annotations

from collections.abc import Callable

from cartesia_call.check_ports import CarrierAccount, TunnelAgent, WritableLedger
from cartesia_call.errors import InputError, TunnelError
from cartesia_call.policy.withheld import Withheld
from cartesia_call.ports import Bridge, Clock, PublicPath
from cartesia_call.records import dataclass
from cartesia_call.speech_ports import SpeechRequest, SpeechService
from cartesia_call.telephony.limits import CallLimits


@dataclass(frozen=True, kw_only=True)
class AccountPlan:
    """Whose account it is. `signed_with` names what requests are signed with, such as `the auth token`.

    `other_carrier` is the address of a carrier that is not Twilio. `has_auth_token` and `verifies_signatures`
    say whether Twilio's own signatures can be and are verified.
    """

    account_sid: str
    region: str
    edge: str
    signed_with: str
    has_auth_token: bool
    verifies_signatures: bool
    other_carrier: str | None = None


@dataclass(frozen=True, kw_only=True)
class CheckPlan:
    """What one check looks at.

    `to` is a number as it was typed, None for none; `country` reads its national form, and `fence` says
    whether it is never called. `word` is what the voices say. `fallback_refused` is why `dial` would refuse
    its only fallback, `download_failed` why the agent that was asked for could not be had.
    """

    account: AccountPlan | None
    caller_id: str | None
    to: str | None
    country: str | None
    word: SpeechRequest
    spends: bool
    limits: CallLimits
    fallback_refused: InputError | None = None
    fence: Callable[[str], Withheld | None] | None = None
    download_failed: TunnelError | None = None

    @property
    def word_limit_s(self) -> float:
        """For a voice to say the word: connecting, the first audio, and a few chunks."""
        return self.limits.connect_timeout_s + 2 * self.limits.speech_timeout_s


@dataclass(frozen=True, kw_only=True)
class CheckPorts:
    """Everything that a check needs of the world.

    None stands for what the settings do not suffice for, and for what a call would not use: `local_voice`
    without the fallback, `agent` where the public path needs none.
    """

    clock: Clock
    account: CarrierAccount | None
    speech: SpeechService | None
    local_voice: SpeechService | None
    path: PublicPath | None
    agent: TunnelAgent | None
    bridge: Bridge | None
    ledger: WritableLedger
