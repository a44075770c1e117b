"""What the carrier's API tells in advance: credentials, account, caller ID, permission, clock."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal

from cartesia_call.check_ports import AccountFacts, Balance, CarrierAccount
from cartesia_call.checking.findings import Finding, failed, passed, skipped, warned
from cartesia_call.checking.plan import AccountPlan
from cartesia_call.errors import (
    CallRefused,
    CarrierError,
    CartesiaCallError,
    StreamNeverStarted,
    Unauthorized,
)
from cartesia_call.ports import Clock
from cartesia_call.records import dataclass

CREDENTIALS = "credentials"
ACCOUNT = "account"
BALANCE = "balance"
CALLER_ID = "caller-id"
PROFILE = "profile"
PERMISSION = "permission"
SIGNATURE = "signature"
CLOCK = "clock"

CLOCK_TOLERANCE = timedelta(seconds=2)
"""What the search for a call whose placing was not answered forgives; see `vendors/twilio_client.py`."""

LOW_BALANCE = Decimal(1)
"""In the account's currency: an hour of calls within the United States (0.014 USD a minute), and few minutes
to expensive countries."""

_FUNDS = "add funds, or let them be added by themselves, in the Twilio console (console.twilio.com): Billing"
_REGIONS_WITHOUT_VERIFIED_NUMBERS = frozenset({"ie1"})
"""twilio.com/docs/global-infrastructure/regional-product-and-feature-availability"""

_NOT_OURS = 21210
_COUNTRY_NOT_PERMITTED = 21215
_CONSOLE = "look at billing and the account's status in the Twilio console (console.twilio.com)"


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What came of the first question, and this machine's clock before and after it."""

    facts: AccountFacts | None
    error: CartesiaCallError | None
    asked_at: datetime
    answered_at: datetime


class CarrierChecks:
    """The lines about one account, each to be run once; without `credentials` the others never end."""

    def __init__(self, plan: AccountPlan, account: CarrierAccount, clock: Clock) -> None:
        self._plan = plan
        self._account = account
        self._clock = clock
        self._answer: _Answer | None = None
        self._is_answered = asyncio.Event()

    async def credentials(self) -> Finding:
        """Twilio can be reached and accepts the credentials. Asks what all other lines wait for."""
        self._answer = answer = await self._ask()
        self._is_answered.set()
        if answer.error is not None:
            return failed(CREDENTIALS, answer.error)
        plan = self._plan
        return passed(
            CREDENTIALS,
            f"{_carrier(plan)} accepts {plan.signed_with} of {plan.account_sid}",
            account_sid=plan.account_sid,
            region=plan.region,
            edge=plan.edge,
        )

    async def account(self) -> Finding:
        """It is active, and no trial account."""
        facts = (await self._answer_when_there()).facts
        if facts is None:
            return _not_asked(ACCOUNT)
        if facts.status is None:
            return skipped(
                ACCOUNT,
                f"{self._plan.signed_with} may not read the account, so its type and status are not known",
                "a trial account cannot use media streams",
            )
        if facts.status != "active":
            return failed(ACCOUNT, Unauthorized(f"the Twilio account is {facts.status}", hint=_CONSOLE))
        if facts.is_trial:
            return failed(
                ACCOUNT,
                StreamNeverStarted(
                    "it is a trial account, which cannot use media streams: Twilio says so to whoever "
                    "answers, and then its own voice says the message, if --fallback allows that",
                    hint="upgrade the account in the Twilio console (console.twilio.com)",
                ),
            )
        kind = "an account of unknown type" if facts.is_trial is None else "a full account"
        return passed(ACCOUNT, f"{kind}, {facts.status}", status=facts.status, is_trial=facts.is_trial)

    async def balance(self) -> Finding:
        """Something is left to pay with. An empty balance is no failure: some accounts get invoices."""
        if (await self._answer_when_there()).facts is None:
            return _not_asked(BALANCE)
        try:
            left = await self._account.balance()
        except Unauthorized as error:
            return skipped(BALANCE, f"{self._plan.signed_with} may not read the balance: {error}", _FUNDS)
        except CarrierError as error:
            return skipped(BALANCE, f"the balance could not be looked up: {error}", error.hint)
        if left is None:
            return skipped(BALANCE, "a subaccount has no balance of its own; its main account's is not told")
        return _judged(left)

    async def caller_id(self, number: str) -> Finding:
        """The caller ID is a number of the account that takes voice, or verified with it."""
        if (await self._answer_when_there()).facts is None:
            return _not_asked(CALLER_ID)
        try:
            return await self._look_up(number)
        except CarrierError as error:
            return skipped(CALLER_ID, f"{number} could not be looked up: {error}", error.hint)

    async def _look_up(self, number: str) -> Finding:
        owned = await self._account.owned_number(number)
        if owned is not None and owned.takes_voice:
            return passed(
                CALLER_ID, f"{number} is a number of the account, and takes voice calls", kind="owned"
            )
        if owned is not None:
            return failed(
                CALLER_ID,
                CallRefused(
                    f"{number} is a number of the account that takes no voice calls",
                    code=_NOT_OURS,
                    hint="use a number with the capability Voice: --from or TWILIO_FROM_NUMBER",
                ),
            )
        region = self._plan.region
        if region in _REGIONS_WITHOUT_VERIFIED_NUMBERS:
            return failed(
                CALLER_ID,
                CallRefused(
                    f"{number} is no number of the account, and region {region} takes no verified caller IDs",
                    code=_NOT_OURS,
                    hint="use a number that the account bought: --from or TWILIO_FROM_NUMBER",
                ),
            )
        if await self._account.is_verified_number(number):
            return passed(CALLER_ID, f"{number} is verified with the account", kind="verified")
        return failed(
            CALLER_ID,
            CallRefused(
                f"{number} is neither a number of the account nor verified with it",
                code=_NOT_OURS,
                hint="use a number that the account bought or verified: --from or TWILIO_FROM_NUMBER",
            ),
        )

    async def permission(self, country: str | None) -> Finding:
        """The account may call the country. What is not known is no failure: Twilio decides at the call."""
        if (await self._answer_when_there()).facts is None:
            return _not_asked(PERMISSION)
        if country is None:
            return skipped(PERMISSION, "the number belongs to no country that has a permission of its own")
        try:
            allowed = await self._account.dialing_permission(country)
        except CarrierError as error:
            return skipped(
                PERMISSION, f"the permission for {country} could not be looked up: {error}", error.hint
            )
        if allowed is None:
            return skipped(PERMISSION, f"Twilio tells no permission for {country}")
        if not allowed:
            return failed(
                PERMISSION,
                CallRefused(
                    f"the account may not call {country}",
                    code=_COUNTRY_NOT_PERMITTED,
                    hint="allow the country in the Twilio console: Voice > Settings > Geo permissions",
                ),
            )
        return passed(PERMISSION, f"the account may call {country}", country=country)

    async def profile(self) -> Finding:
        """Twilio knows who calls a number in +1. Where it does not, it may block the call (21216, 32203)."""
        facts = (await self._answer_when_there()).facts
        if facts is None:
            return _not_asked(PROFILE)
        if facts.is_subaccount is not False:
            whose = (
                "the account is a subaccount" if facts.is_subaccount else "whose account it is is not known"
            )
            return skipped(PROFILE, f"{whose}; only a main account shows its Primary Customer Profile")
        try:
            has_one = await self._account.has_customer_profile()
        except CarrierError as error:
            return skipped(PROFILE, f"the customer profiles could not be looked up: {error}", error.hint)
        if has_one:
            return passed(PROFILE, "a customer profile of the account is approved")
        return warned(
            PROFILE,
            "the account has no approved Primary Customer Profile: calls to +1 may be blocked (error 21216)",
            "make one in the Twilio console: console.twilio.com/us1/account/trust-hub/customer-profiles",
        )

    async def signature(self) -> Finding:
        """Whether what knocks can be proven to be Twilio."""
        if not self._plan.has_auth_token:
            return warned(
                SIGNATURE,
                f"without the auth token of region {self._plan.region} Twilio's signature cannot be "
                "verified; the secrets in the addresses that it is given decide alone",
                f"set TWILIO_AUTH_TOKEN_{self._plan.region.upper()} beside the API key",
            )
        if not self._plan.verifies_signatures:
            return warned(
                SIGNATURE,
                "--no-verify-signature: the secrets in the addresses that Twilio is given decide alone",
                None,
            )
        if (await self._answer_when_there()).facts is None:
            return skipped(
                SIGNATURE, f"whether the auth token is the right one is not known: see {CREDENTIALS}"
            )
        return passed(SIGNATURE, "Twilio's requests are verified by their signature")

    async def clock(self) -> Finding:
        """This machine's clock agrees with the carrier's as far as a search for a lost call needs it."""
        answer = await self._answer_when_there()
        if answer.facts is None:
            return _not_asked(CLOCK)
        theirs = answer.facts.answered_at
        if theirs is None:
            return skipped(CLOCK, "Twilio did not tell its time")
        # Their clock, told without fractions, was read at some moment between the question and the answer.
        earliest = answer.asked_at - (theirs + timedelta(seconds=1))
        latest = answer.answered_at - theirs
        skew = max(earliest, timedelta(0)) + min(latest, timedelta(0))
        skew_s = skew.total_seconds()
        if abs(skew) <= CLOCK_TOLERANCE:
            return passed(CLOCK, "this machine's clock agrees with Twilio's", skew_s=skew_s)
        direction = "ahead of" if skew > timedelta(0) else "behind"
        return warned(
            CLOCK,
            f"this machine's clock is {abs(skew_s):.0f} s {direction} Twilio's: a call whose placing was not "
            "answered may not be found again",
            "set the clock, for instance by NTP",
            skew_s=skew_s,
        )

    async def close(self) -> None:
        """Release the connections."""
        await self._account.close()

    async def _ask(self) -> _Answer:
        facts, error = None, None
        asked_at = self._clock.utc_now()
        try:
            facts = await self._account.account()
        except CartesiaCallError as caught:
            error = caught
        return _Answer(facts=facts, error=error, asked_at=asked_at, answered_at=self._clock.utc_now())

    async def _answer_when_there(self) -> _Answer:
        await self._is_answered.wait()
        assert self._answer is not None  # noqa: S101  # set before the event
        return self._answer


def _judged(left: Balance) -> Finding:
    told = f"{left.amount:.2f} {left.currency}"
    value = {"balance": str(left.amount), "currency": left.currency}
    if left.amount <= 0:
        return warned(
            BALANCE,
            f"the balance is empty ({told}): unless the account is billed by invoice, Twilio places no call",
            _FUNDS,
            **value,
        )
    if left.amount < LOW_BALANCE:
        return warned(BALANCE, f"the balance is low: {told}", _FUNDS, **value)
    return passed(BALANCE, f"{told} are left", **value)


def _carrier(plan: AccountPlan) -> str:
    name = "Twilio" if plan.other_carrier is None else f"{plan.other_carrier}, which is not Twilio,"
    return f"{name} in region {plan.region} (edge {plan.edge})"


def _not_asked(name: str) -> Finding:
    return skipped(name, f"not looked up: see {CREDENTIALS}")
