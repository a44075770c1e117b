"""What the edge implements and `checking/` relies on besides `ports.py`: account, tunnel agent, ledger."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from cartesia_call.records import dataclass

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class AccountFacts:
    """What the carrier says about the account whose credentials it accepted.

    `is_trial`, `status` (`active`, `suspended`, `closed`) and `is_subaccount` are None if these credentials
    may not read them. `answered_at` is the carrier's own clock, whole seconds, when it answered; None if it
    said nothing.
    """

    is_trial: bool | None
    status: str | None
    answered_at: datetime | None
    is_subaccount: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What is left to be spent, in `currency` (`USD`); below nothing where more was spent."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class OwnedNumber:
    """A number that the account bought. `takes_voice`: it can be the caller ID of a call."""

    takes_voice: bool


class CarrierAccount(Protocol):
    """What the carrier's API tells about an account, without a call. Limits and errors as `ports.Carrier`."""

    async def account(self) -> AccountFacts:
        """The account; Unauthorized only if these credentials may not look at calls either."""

    async def balance(self) -> Balance | None:
        """What is left; None for an account that has no balance of its own, as subaccounts have none."""

    async def owned_number(self, number: str) -> OwnedNumber | None:
        """The account's own number of this E.164 form, or None."""

    async def is_verified_number(self, number: str) -> bool:
        """Whether somebody else's number was verified as a caller ID of this account."""

    async def dialing_permission(self, country: str) -> bool | None:
        """Whether the account may call numbers of this country (ISO 3166-1 alpha-2) at all.

        None for a country that the carrier does not know.
        """

    async def has_customer_profile(self) -> bool:
        """Whether the carrier has approved a profile of whoever owns the account."""

    async def close(self) -> None:
        """Release connections. Does not wait for a blocked request."""


@dataclass(frozen=True, kw_only=True)
class AgentFacts:
    """The program that opens the public path: its file and its version (`3.39.10`).

    `doubts` say, each in a clause, why it may open none, and `hint` what to do about that.
    """

    path: str
    version: str
    doubts: tuple[str, ...] = ()
    hint: str | None = None


class TunnelAgent(Protocol):
    """The program behind a `ports.PublicPath` that needs one."""

    async def inspect(self) -> AgentFacts:
        """Find it and ask for its version, within a few real seconds; TunnelError if it has none, or one that
        can open no path."""


class WritableLedger(Protocol):
    """A ledger that can be tried out."""

    async def prove_writable(self) -> None:
        """Write durably, as an intent is written, and leave no row; LedgerError if that fails."""
