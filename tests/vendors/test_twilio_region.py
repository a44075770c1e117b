"""Which region takes a number's calls, as Twilio's routing tells it."""

from __future__ import annotations

import pytest

from cartesia_call.errors import CarrierError
from cartesia_call.vendors.twilio_region import TwilioRegion
from tests.vendors.carriers import ACCOUNT_SID, AUTH_TOKEN, CALLER_ID, DIRECT
from tests.vendors.http_peers import answering, serving


def region_at(base_url: str) -> TwilioRegion:
    return TwilioRegion(
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        api_key_sid=None,
        api_key_secret=None,
        base_url=base_url,
        connect_timeout_s=10,
        network=DIRECT,
    )


@pytest.mark.parametrize(
    ("status", "answer", "region"),
    [
        (200, {"voice_region": "IE1"}, "ie1"),
        (200, {"voice_region": None}, None),
        (200, {}, None),
        (404, {"code": 20404}, None),
        (401, {"code": 20003}, None),
        (403, {"code": 70051}, None),
    ],
)
async def test_the_region_is_told_or_not_known(status: int, answer: object, region: str | None) -> None:
    """A refusal is no failure of anything: routing may be no business of these credentials."""
    async with serving(answering(status, answer)) as peer:
        account = region_at(peer.url)
        assert await account.voice_region(CALLER_ID) == region
        await account.close()
    (request,) = peer.requests
    assert (request.method, request.path) == ("GET", f"/v2/PhoneNumbers/{CALLER_ID}")


@pytest.mark.parametrize("status", [429, 503])
async def test_what_may_pass_is_no_answer(status: int) -> None:
    """Else a busy Twilio would read as one that tells nothing."""
    async with serving(answering(status, {"code": 20429})) as peer:
        account = region_at(peer.url)
        with pytest.raises(CarrierError):
            await account.voice_region(CALLER_ID)
        await account.close()
