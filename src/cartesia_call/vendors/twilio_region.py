"""A Twilio account as the API of one region shows it. Implements `region_ports.RegionalAccount`."""

from __future__ import annotations

from http import HTTPStatus

from cartesia_call.errors import CarrierError
from cartesia_call.vendors.twilio_account import TwilioAccount, product_base_url

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
