"""What Twilio's REST API tells about an account, its numbers and its permissions, without a call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from cartesia_call.check_ports import AccountFacts, Balance, OwnedNumber
from cartesia_call.errors import CarrierError
from cartesia_call.patterns import regex
from cartesia_call.vendors import twilio_calls
from cartesia_call.vendors.twilio_client import TwilioCarrier

_V2010_HOST = regex(r"(?i)https://api\.((?:[a-z0-9-]+\.)*twilio\.com)$")
_REFUSALS = frozenset(range(400, 500)) - {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_AMOUNT = regex(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")
_APPROVED = "twilio-approved"
_FEW_PROFILES = 20
_CURRENCY = regex(r"[A-Za-z]{3}")
"""A code of ISO 4217, as the Balance resource has it."""


class TwilioAccount(TwilioCarrier):
    """Implements `check_ports.CarrierAccount` with the requests, limits and errors of `TwilioCarrier`.

    Resources: Account, Balance, IncomingPhoneNumbers and OutgoingCallerIds of API v2010, and
    DialingPermissions of voice.twilio.com and CustomerProfiles of trusthub.twilio.com, v1, which are asked
    for below `base_url` where that is not Twilio's.
    """

    async def account(self) -> AccountFacts:
        """The account; what makes a call, its list of calls, where these credentials may not read it.

        An API key may place calls and yet not see the account.
        """
        try:
            fields, answered_at = await self._fields_and_date(".json", {})
        except CarrierError as error:
            if error.http_status not in _REFUSALS:
                raise
            _, answered_at = await self._fields_and_date("/Calls.json", {"PageSize": 1})
            return AccountFacts(is_trial=None, status=None, answered_at=answered_at)
        kind, status, owner = fields.get("type"), fields.get("status"), fields.get("owner_account_sid")
        return AccountFacts(
            is_trial=str(kind).lower() == "trial" if kind else None,
            status=str(status).lower() if status else None,
            answered_at=answered_at,
            is_subaccount=None if owner is None else owner != fields.get("sid"),
        )

    async def balance(self) -> Balance | None:
        """Balance, which the OpenAPI description says is empty for subaccounts, and may lag behind."""
        return await self._ask("GET", f"{self._account_url}/Balance.json", {}, read_balance)

    async def owned_number(self, number: str) -> OwnedNumber | None:
        """IncomingPhoneNumbers. One whose capabilities are not told counts as made for voice."""
        for entry in await self._numbers("IncomingPhoneNumbers", "incoming_phone_numbers", number):
            capabilities = entry.get("capabilities")
            told = capabilities if isinstance(capabilities, dict) else {}
            return OwnedNumber(takes_voice=told.get("voice", True) is not False)
        return None

    async def is_verified_number(self, number: str) -> bool:
        """OutgoingCallerIds, which Twilio has in no other region than us1 and au1."""
        return bool(await self._numbers("OutgoingCallerIds", "outgoing_caller_ids", number))

    async def dialing_permission(self, country: str) -> bool | None:
        """`low_risk_numbers_enabled`: without it no number of the country can be called.

        Ranges that are known for fraud have switches of their own, which are not looked at.
        """
        url = f"{product_base_url('voice', self._base_url)}/v1/DialingPermissions/Countries/{country}"
        try:
            fields = await self._ask("GET", url, {}, dict)
        except CarrierError as error:
            if error.http_status == HTTPStatus.NOT_FOUND:
                return None
            raise
        allowed = fields.get("low_risk_numbers_enabled")
        return allowed if isinstance(allowed, bool) else None

    async def has_customer_profile(self) -> bool:
        """CustomerProfiles of trusthub.twilio.com, v1. The primary one belongs to the main account alone."""
        url = f"{product_base_url('trusthub', self._base_url)}/v1/CustomerProfiles"
        fields = await self._ask("GET", url, {"Status": _APPROVED, "PageSize": _FEW_PROFILES}, dict)
        entries = fields.get("results")
        if not isinstance(entries, list):
            raise CarrierError("Twilio's answer about CustomerProfiles cannot be understood")
        return any(isinstance(entry, dict) and entry.get("status") == _APPROVED for entry in entries)

    async def _numbers(self, resource: str, key: str, number: str) -> list[dict[str, Any]]:
        """Entries of a list of numbers that are `number`: the filter finds numbers that contain it, too."""
        url = f"{self._account_url}/{resource}.json"
        fields = await self._ask("GET", url, {"PhoneNumber": number}, dict)
        entries = fields.get(key)
        if not isinstance(entries, list):
            raise CarrierError(f"Twilio's answer about {resource} cannot be understood")
        return [entry for entry in entries if isinstance(entry, dict) and entry.get("phone_number") == number]

    async def _fields_and_date(
        self, path: str, query: Mapping[str, object]
    ) -> tuple[dict[str, Any], datetime | None]:
        """The fields of an answer, and Twilio's clock at it."""
        answer = await self._exchange("GET", f"{self._account_url}{path}", query)
        fields = self._understood(answer, dict)
        return fields, twilio_calls.http_date(answer.headers.get("date"))


def read_balance(fields: Mapping[str, Any]) -> Balance | None:
    """A balance; None for the empty one of a subaccount. ValueError for what is none."""
    amount, currency = fields.get("balance"), str(fields.get("currency"))
    if amount is None:
        return None
    if _AMOUNT.fullmatch(str(amount)) is None or _CURRENCY.fullmatch(currency) is None:
        raise ValueError("the answer tells no balance")
    return Balance(amount=Decimal(str(amount)), currency=currency.upper())


def product_base_url(product: str, base_url: str) -> str:
    """Where `product` (`voice`, `routes`, `trusthub`) of an account is whose API v2010 is at `base_url`.

    The same edge and region; the same address where it is not Twilio's.
    """
    return _V2010_HOST.sub(rf"https://{product}.\1", base_url.rstrip("/"))


_NOT_REFUSALS = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class TwilioRegion(TwilioAccount):
    """`TwilioAccount`, and the Inbound Processing Region API (twilio.com/docs/global-infrastructure)."""

    async def voice_region(self, number: str) -> str | None:
        """`voice_region` of routes.twilio.com, v2, which the console shows as the number's routing.

        Asked for below `base_url` where that is not Twilio's. A refusal, for whatever reason, tells nothing:
        routing may be no business of these credentials.
        """
        url = f"{product_base_url('routes', self._base_url)}/v2/PhoneNumbers/{number}"
        try:
            fields = await self._ask("GET", url, {}, dict)
        except CarrierError as error:
            status = error.http_status
            if status is not None and 400 <= status < 500 and status not in _NOT_REFUSALS:
                return None
            raise
        region = fields.get("voice_region")
        return region.lower() if isinstance(region, str) and region else None
